"""The words of the pages: one gettext catalogue per language, compiled in memory.

Keys are symbols (`finding.leader`), never sentences, so that both languages are translations. A key
without words is an error: a page never shows a key.
"""

import gettext
import io
from functools import cache
from importlib.resources import files

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from qos.domain.errors import QosError


class Words:
    """Words of one language: `words("key", name=value)`, `words.count("key", 3, n="3")`."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalogue = _compiled(language)

    def __call__(self, key: str, **values: object) -> str:
        """The sentence of a key, with `{name}` filled in. Raises QosError when nobody has written it."""
        return self._catalogue.gettext(key).format_map(values)

    def count(self, key: str, number: float, **values: object) -> str:
        """The sentence in the plural form of `number`; what is printed comes from `values`."""
        return self._catalogue.ngettext(key, f"{key}.plural", round(number)).format_map(values)

    def has(self, key: str) -> bool:
        try:
            self._catalogue.gettext(key)
        except QosError:
            return False
        return True


class _Nowhere(gettext.NullTranslations):
    """What gettext falls back to: no words, no page."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def gettext(self, message: str) -> str:
        raise QosError(f"{self._language}: no words for {message!r}; add them to qos/site/locale/*.po")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(f"{msgid1} / {msgid2} ({n})")


@cache
def _compiled(language: str) -> gettext.GNUTranslations:
    source = files("qos.site") / "locale" / f"{language}.po"
    if not source.is_file():
        raise QosError(f"no catalogue for language {language!r} in qos/site/locale")
    with source.open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    translations = gettext.GNUTranslations(compiled)
    translations.add_fallback(_Nowhere(language))
    return translations
