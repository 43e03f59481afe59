"""One small page above several sites: what each says, and where it is."""

from collections.abc import Sequence
from os.path import relpath
from pathlib import Path

from qos.site.addresses import FRONT, STYLE
from qos.site.build import SiteReport, style
from qos.site.press import Link, rendered
from qos.site.words import Words


def index(sites: Sequence[SiteReport], out: Path, *, languages: Sequence[str] = ("en", "vi")) -> Path:
    """Writes `index.html` in the first language and `<language>.html` in the others; returns the first.

    The sites keep their order and are linked relative to `out`.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / STYLE).write_bytes(style().content)
    names = {language: FRONT if at == 0 else f"{language}.html" for at, language in enumerate(languages)}
    for language in languages:
        words = Words(language)
        others = [
            (other, Link(words(f"language.{other}"), name))
            for other, name in names.items()
            if other != language
        ]
        entries = [
            (site, site.told[language], Path(relpath(site.folder / site.told[language].home, out)).as_posix())
            for site in sites
        ]
        content = rendered("front", t=words, lang=language, style=STYLE, entries=entries, languages=others)
        (out / names[language]).write_bytes(content)
    return out / FRONT
