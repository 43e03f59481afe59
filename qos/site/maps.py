"""The map of one indicator: six classes of one hue, hatched where there is too little, no third party."""

from markupsafe import Markup, escape

from qos.site.book import Book
from qos.site.outlines import outlines
from qos.site.regions import Matrix

_HATCH = (
    '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="5" height="5" class="hatch-back"/><rect width="2" height="5" class="hatch-line"/></pattern></defs>'
)


def country_map(book: Book, matrix: Matrix, title: str) -> Markup | None:
    """The drawing, named by `title`; None without boundaries or without a region that has a class."""
    boundaries = book.pack.boundaries
    if boundaries is None or not any(shade is not None for shade in matrix.shades.values()):
        return None
    drawn = outlines(boundaries)
    shades = matrix.shades
    paths = "".join(_region(path, shades.get(code)) for code, path in drawn.paths.items())
    return Markup(
        f'<svg class="map" role="img" aria-label="{escape(title)}" viewBox="-1 -1 {drawn.width + 2} {drawn.height + 2}">'
        f"{_HATCH}{paths}</svg>"
    )


def _region(path: str, shade: int | None) -> str:
    look = 'fill="url(#hatch)"' if shade is None else f'class="m{shade}"'
    return f'<path {look} d="{path}"/>'
