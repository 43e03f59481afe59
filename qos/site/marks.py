"""Bars, ticks and tracks as inline SVG. Places are percentages, so one drawing fits every width;
colours are classes of the style sheet. All are decoration of numbers that stand beside them as text."""

from collections.abc import Sequence

from markupsafe import Markup

from qos.site.axis import Axis

_GAP = 1.5
"""Percent of the track's width between two slots."""


def track(low: int, high: int, slots: int) -> Markup:
    """One slot per ranked operator; those between the best and the worst possible place are dark."""
    width = (100 - _GAP * (slots - 1)) / slots
    drawn = (
        f'<rect x="{_n(place * (width + _GAP))}%" width="{_n(width)}%" height="9"'
        + (' class="on"/>' if low <= place + 1 <= high else "/>")
        for place in range(slots)
    )
    return Markup(f'<svg class="track" aria-hidden="true">{"".join(drawn)}</svg>')


def bar(axis: Axis, value: float, low: float, high: float) -> Markup:
    """Grid, interval bar and value tick of one row."""
    left, right, at = axis.percent(low), axis.percent(high), axis.percent(value)
    return Markup(
        f'<svg class="bar" aria-hidden="true">{_grid(axis)}'
        f'<rect class="ci" x="{_n(left)}%" width="{_n(right - left)}%" y="50%" height="12"/>'
        f'<rect class="at" x="{_n(at)}%" y="50%" width="3" height="22"/></svg>'
    )


def scale(axis: Axis, labels: Sequence[str]) -> Markup:
    """The tick labels above the bars; decoration, the unit stands in the value's column."""
    texts = (
        f'<text x="{_n(axis.percent(tick))}%" y="14">{label}</text>'
        for tick, label in zip(axis.ticks, labels, strict=True)
    )
    return Markup(f'<svg class="scale" aria-hidden="true">{"".join(texts)}</svg>')


def lanes(axis: Axis, figures: Sequence[float | None], reconciled: float | None) -> Markup:
    """Each source's own figure in its own lane (from the top), the reconciled one as a line through all."""
    height = 100 / max(len(figures), 1)
    drawn = [
        f'<rect class="s{lane % 4}" x="{_n(axis.percent(figure))}%" y="{_n((lane + 0.5) * height)}%"'
        ' width="10" height="6"/>'
        for lane, figure in enumerate(figures)
        if figure is not None
    ]
    if reconciled is not None:
        at = _n(axis.percent(reconciled))
        drawn.append(f'<line x1="{at}%" x2="{at}%" y1="0" y2="100%"/>')
    return Markup(f'<svg class="lanes" aria-hidden="true">{"".join(drawn)}</svg>')


def _grid(axis: Axis) -> str:
    ticks = (_n(axis.percent(tick)) for tick in axis.ticks)
    return "".join(f'<line x1="{at}%" x2="{at}%" y1="0" y2="100%"/>' for at in ticks)


def _n(number: float) -> str:
    """Two digits after the point at most, without idle zeros."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
