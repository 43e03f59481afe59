"""The map of one indicator: six classes of one hue, hatched where there is too little, no third party."""

from markupsafe import Markup, escape

from qos.site.book import Book
from qos.site.outlines import outlines
from qos.site.regions import Matrix

_HATCH = (
    '<pattern id="{hatch}" width="5" height="5" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><rect width="5" height="5" class="hatch-back"/>'
    '<rect width="2" height="5" class="hatch-line"/></pattern>'
)


def country_map(book: Book, matrix: Matrix, title: str, name: str) -> Markup | None:
    """The drawing, read aloud as `title`; None without boundaries or a region that has a class.

    `name` keeps the maps of one page apart. The land is drawn twice: once for the outline of the
    coast, once with fine borders between regions.
    """
    boundaries = book.pack.boundaries
    if boundaries is None or not any(shade is not None for shade in matrix.shades.values()):
        return None
    drawn = outlines(boundaries)
    shades = matrix.shades
    land, hatch = f"land-{name}", f"hatch-{name}"
    paths = "".join(_region(path, shades.get(code), hatch) for code, path in drawn.paths.items())
    return Markup(
        f'<svg class="map" role="img" aria-label="{escape(title)}"'
        f' viewBox="-1 -1 {drawn.width + 2} {drawn.height + 2}">'
        f'<defs>{_HATCH.format(hatch=hatch)}<g id="{land}">{paths}</g></defs>'
        f'<use href="#{land}" class="coast"/><use href="#{land}" class="land"/></svg>'
    )


def _region(path: str, shade: int | None, hatch: str) -> str:
    look = f'fill="url(#{hatch})"' if shade is None else f'class="m{shade}"'
    return f'<path {look} d="{path}"/>'
