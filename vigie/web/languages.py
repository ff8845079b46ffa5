"""The page in French and in English: sentences, dates and numbers as people of either language write them.

Templates and pages are written in French; `wording/en.po` holds their English. Sentences of the program itself (ends of
requests, what is wrong with a query) are English; `wording/fr.po` holds their French, with `{}` for what varies.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_timedelta
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import Translations

from indexer.document import ARCHIVE_ZONE

WORDING = Path(__file__).parent / "wording"
NAMES = {"fr": "Français", "en": "English"}
DEFAULT = "fr"

_VARIES = re.compile(r"\{\}")
_UNITS = {"fr": ("o", "Kio", "Mio", "Gio", "Tio"), "en": ("B", "KiB", "MiB", "GiB", "TiB")}


@dataclass(frozen=True)
class Language:
    """One language of the page."""

    code: str
    translations: NullTranslations
    sentences: Mapping[str, str] = field(default_factory=dict)
    patterns: tuple[tuple[re.Pattern[str], str], ...] = ()
    _locale: Locale = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_locale", Locale.parse(self.code))

    def say(self, text: str, **values: object) -> str:
        """A sentence that is written in French in the code."""
        said = self.translations.gettext(text)
        return said % values if values else said

    def count(self, one: str, many: str, number: int) -> str:
        """A count and its noun; `%(num)s` stands for the number."""
        said = self.translations.ngettext(one, many, number) if self.code != DEFAULT else one if number < 2 else many
        return said % {"num": self.number(number)}

    def tell(self, sentence: str) -> str:
        """A sentence of the program itself, which is English; as it is where nobody translated it."""
        if sentence in self.sentences:
            return self.sentences[sentence]
        for pattern, said in self.patterns:
            if found := pattern.fullmatch(sentence):
                return _fill(said, tuple(map(self.tell, found.groups())))
        return sentence

    def number(self, value: float) -> str:
        """A number with its separators."""
        return format_decimal(value, locale=self._locale)

    def name_language(self, code: str) -> str:
        """A language by its code: français, allemand."""
        return str(self._locale.languages.get(code.partition("-")[0], code))

    def percent(self, share: float) -> str:
        """A share of the whole."""
        return format_percent(share, locale=self._locale)

    def bytes(self, size: float) -> str:
        """A number of bytes in the largest unit that leaves a number of at least one."""
        units = iter(_UNITS[self.code])
        unit = next(units)
        while size >= 1024 and (larger := next(units, None)):
            size, unit = size / 1024, larger
        return f"{format_decimal(size, '#,##0.#', locale=self._locale)}\u00a0{unit}"

    def instant(self, at: datetime | None, zone: str) -> str:
        """Day and time in the archive's zone, to the minute."""
        if at is None:
            return self.say("jamais")
        local = at.astimezone(ZoneInfo(zone))
        return f"{format_date(local.date(), 'medium', locale=self._locale)}, {local:%H:%M}"

    def day(self, day: date) -> str:
        """One whole day."""
        return format_date(day, "long", locale=self._locale)

    def duration(self, length: timedelta) -> str:
        """A length of time in the unit that suits it."""
        return format_timedelta(length, granularity="minute", threshold=1.5, locale=self._locale)

    def month(self, day: date) -> str:
        """The month of a day."""
        return format_skeleton("yMMMM", day, locale=self._locale)

    def date(self, at: datetime, precision: str) -> str:
        """A date of the archive as precise as it is known."""
        local = at.astimezone(ARCHIVE_ZONE)
        if precision == "year":
            return str(local.year)
        if precision == "month":
            return self.month(local.date())
        if precision == "day":
            return self.day(local.date())
        return f"{self.day(local.date())}, {local:%H:%M}"


def load_languages() -> dict[str, Language]:
    """Both languages, read from their catalogues."""
    return {
        "fr": Language("fr", NullTranslations(), *_read_sentences(read_catalogue("fr"))),
        "en": Language("en", _compile(read_catalogue("en"))),
    }


def read_catalogue(code: str) -> Catalog:
    """The catalogue of one language, as it lies in the folder."""
    with (WORDING / f"{code}.po").open("rb") as file:
        return read_po(file, code)


def choose_language(cookie: str, accepted: str) -> str:
    """The language that was chosen, otherwise the first that the browser asks for, otherwise French."""
    if cookie in NAMES:
        return cookie
    for part in accepted.split(","):
        code = part.partition(";")[0].strip().lower().partition("-")[0]
        if code in NAMES:
            return code
    return DEFAULT


def _compile(catalogue: Catalog) -> Translations:
    """Compiled in memory, so that no compiled file has to be kept beside its source."""
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    buffer.seek(0)
    return Translations(buffer)


def _read_sentences(catalogue: Catalog) -> tuple[dict[str, str], tuple[tuple[re.Pattern[str], str], ...]]:
    """Sentences that are always the same, and the others as patterns, those in which the most is fixed first."""
    written = [(str(one.id), str(one.string)) for one in catalogue if one.id and one.string]
    fixed = {english: french for english, french in written if "{}" not in english}
    varying = sorted((pair for pair in written if "{}" in pair[0]), key=lambda pair: -len(_VARIES.sub("", pair[0])))
    return fixed, tuple((_make_pattern(english), french) for english, french in varying)


def _make_pattern(sentence: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, _VARIES.split(sentence))), re.DOTALL)


def _fill(said: str, values: tuple[str, ...]) -> str:
    left = iter(values)
    return _VARIES.sub(lambda _: next(left, ""), said)


def later(text: str) -> str:
    """Marks a French text that is said in the reader's language where it is shown."""
    return text
