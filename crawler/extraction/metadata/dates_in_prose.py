"""Dates as people write them: `mercredi 8 octobre 2025 à 14 h 30`, `08/10/2025`, `hier à 18h`, `October 8, 2025`.

`find_dates` reads a short text and gives every date in it, in order, with its precision and with what the words
before it call it: publication or update. French comes first; months of other languages are known by name. Days
stand before months (08/10/2025 is 8 October) unless the caller says otherwise. Nothing is guessed: a date without a
year is only read against the day the page was fetched, and only with its weekday or as one of the relative words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from archive.records import Precision
from crawler.extraction.metadata.months import MONTHS
from crawler.extraction.metadata.wording import unaccented

Label = Literal["published", "modified", "other"]

# Nothing longer is a dateline; the bound also keeps the patterns cheap.
MAX_PROSE = 400

MONTH = "(?P<month>" + "|".join(sorted((re.escape(name) for name in MONTHS), key=len, reverse=True)) + r")\b\.?"
YEAR = r"(?P<year>(?:19|20)\d\d)"
DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
DAY_ANY = r"(?P<day>\d{1,2})"
ORDINAL = r"(?:\s?(?:er|e|eme|st|nd|rd|th|º|ª|\.))?"
JOIN = r"[\s,./\-]*(?:(?:de|del|of|den|di)\s+)?"
CLOCK = (
    r"(?:[\s,;.|·•(–—-]*(?:a|at|um|as|alle|o|om|kl|klo|godz|the)?\.?[\s:]*)"
    r"(?P<hour>[01]?\d|2[0-3])\s?(?P<mark>heures?|hrs?|h|:|\.(?=\d\d\b)|uhr)\s?(?P<minute>[0-5]\d)?"
    r"(?::(?P<second>[0-5]\d))?(?:\s?(?P<half>[ap])\.?\s?m\b)?"
)
WITH_CLOCK = f"(?:{CLOCK})?"

# The form of Over-blog: day, month in digits, month by name, year, each behind a stroke.
OVER_BLOG = rf"\b{DAY}\s?/\s?\d\d\s?/\s?{MONTH}\s?/\s?{YEAR}\b{WITH_CLOCK}"
DIGITS_ONLY = re.compile(
    rf"\b{DAY_ANY}\s?(?P<mark_d>[-/.])\s?(?P<month>\d{{1,2}})\s?(?P=mark_d)\s?"
    rf"(?P<year>(?:19|20)?\d\d)\b{WITH_CLOCK}"
)
PATTERNS = (
    re.compile(OVER_BLOG),
    re.compile(rf"\b{DAY}{ORDINAL}{JOIN}{MONTH}{JOIN}{YEAR}\b{WITH_CLOCK}"),
    re.compile(rf"\b{MONTH}\s+{DAY}{ORDINAL}\s*,?\s+{YEAR}\b{WITH_CLOCK}"),
    re.compile(rf"\b{YEAR}[-/.]\s?(?P<month>\d\d)[-/.]\s?(?P<day>\d\d)\b(?:t|{JOIN}){WITH_CLOCK}"),
    DIGITS_ONLY,
    re.compile(rf"\b{YEAR}\s?[年.]\s?(?P<month>\d{{1,2}})\s?[月.]\s?(?P<day>\d{{1,2}})\s?[日.]?{WITH_CLOCK}"),
    re.compile(rf"\b{YEAR}\.?\s+{MONTH}\s+{DAY}\b{WITH_CLOCK}"),
)
WEEKDAY = r"(?P<weekday>lun(?:di)?|mar(?:di)?|mer(?:credi)?|jeu(?:di)?|ven(?:dredi)?|sam(?:edi)?|dim(?:anche)?)\b\.?"
WEEKDAYS = ("lun", "mar", "mer", "jeu", "ven", "sam", "dim")
WITHOUT_YEAR = re.compile(rf"\b{WEEKDAY}\s+{DAY}{ORDINAL}\s+{MONTH}(?!\s*(?:19|20)\d\d){WITH_CLOCK}")
RELATIVE_DAY = re.compile(
    rf"\b(?P<word>aujourd'?\s?hui|avant-hier|hier|today|yesterday|heute|gestern|hoy|ayer)\b{WITH_CLOCK}"
)
# One of these is in every relative date, a digit in every other one: most blocks of a page hold neither. The other
# patterns cost more; most of what holds a digit has no year of ours and no digits on both sides of a mark.
RELATIVE_WORDS = (*"aujourd hier today yesterday heute gestern hoy ayer vor hace ago".split(), "il y a")
DIGIT = re.compile(r"\d")
OUR_YEAR = re.compile(r"(?:19|20)\d\d")
DIGITS_APART = re.compile(r"\d\s?[-/.]\s?\d")
# A text that holds a relative date and no more than this besides is a dateline; in a longer one it is a story.
MAX_AROUND_RELATIVE = 12
DAYS_BACK = {"avant-hier": 2, "hier": 1, "yesterday": 1, "gestern": 1, "ayer": 1}
AGO = re.compile(
    r"\b(?:il y a|vor|hace)\s+(?P<count>\d{1,3}|une?|eine[rm]?)\s?"
    r"(?P<unit>min(?:ute[ns]?|utos?)?|mn|h(?:eures?|oras?)?|"
    r"stunden?|jours?|j|tag(?:en)?|dias?|semaines?)\b"
    r"|\b(?P<count_en>\d{1,3}|an?|one)\s?(?P<unit_en>min(?:ute)?s?|hours?|hrs?|days?|weeks?)\s+ago\b"
)
UPDATE_WORDS = re.compile(
    r"\b(?:m(?:is|aj)e?s? a jour|maj|actualise|modifie|modification|derniere (?:mise|modif|maj)|corrige|updated?|"
    r"last (?:modified|update|edit)|modified|edited|revised|aktualisiert|geandert|zuletzt|actualizad[oa]|"
    r"aggiornat[oa]|atualizad[oa]|bijgewerkt|gewijzigd|aktualizacja|zaktualizowan[oya]|обновлен\w*)\b"
)
PUBLISH_WORDS = re.compile(
    r"\b(?:publi(?:e|ee|es|cation|cado|cada|shed|cato|kowano)|mis(?:e)? en ligne|poste|paru|"
    r"parution|diffuse|cree|ecrit|redige|"
    r"posted|issued|first published|veroffentlicht|erschienen|erstellt|stand|opublikowano|dodano|data publikacji|"
    r"gepubliceerd|geplaatst|pubblicato|publicad[oa]|publiceret|publicerad|опубликован\w*)\b"
)
# A bare "Date :" at the start of a line, as on union sites and in tables of facts.
DATE_WORD = re.compile(r"^\W*(?:date|datum|fecha|data|dato|paivays)\W*(?:de publication\W*)?(?:le |am |du )?$")
OTHER_WORDS = re.compile(
    r"\b(?:inscrite?|membre|registriert|mitglied|joined|member since|registered|ne le|nee le|geboren|born|expire|"
    r"jusqu'au|avant le|copyright)\W*"
    r"(?:le|depuis|seit|am|on|:)?\W*$"
)


@dataclass(frozen=True)
class ProseDate:
    """One date in a text. `moment` is naive local time; None for an impossible day such as 30 February.

    `label` is what the words before call it; "other" is the date of something else, such as a member's joining.
    """

    text: str
    moment: datetime | None
    precision: Precision
    label: Label | None
    start: int = 0


def find_dates(text: str, now: datetime, month_first: bool = False) -> list[ProseDate]:
    """Every date in a short text; `now` is the local time at which the page was fetched, naive."""
    folded = fold(text[:MAX_PROSE])
    found: list[ProseDate] = []
    taken: list[tuple[int, int]] = []
    for match in absolute_matches(folded):
        if all(match.end() <= start or match.start() >= end for start, end in taken):
            taken.append(match.span())
            date_read = read_absolute(match, folded, now, month_first)
            if date_read is not None:
                found.append(date_read)
    found.extend(relative_dates(folded, now))
    return sorted(found, key=lambda item: item.start)


def relative_dates(folded: str, now: datetime) -> Iterator[ProseDate]:
    """Relative dates with a time of day, with a label, or alone in their text; no bare `hier`, a German word too."""
    if not any(word in folded for word in RELATIVE_WORDS):
        return
    for pattern, read in ((RELATIVE_DAY, relative_day), (AGO, time_ago)):
        for match in pattern.finditer(folded):
            found = read(match, folded, now)
            alone = len(folded.strip()) - len(found.text) <= MAX_AROUND_RELATIVE
            exact = found.precision != "day"
            if found.label or (exact and pattern is RELATIVE_DAY) or (alone and (exact or pattern is AGO)):
                yield found


def absolute_matches(folded: str) -> Iterator[re.Match[str]]:
    """Matches of all patterns that hold a day of the month, the most telling patterns first."""
    if not DIGIT.search(folded):
        return
    has_year, is_apart = OUR_YEAR.search(folded), DIGITS_APART.search(folded)
    for pattern in PATTERNS:
        if is_apart if pattern is DIGITS_ONLY else has_year:
            yield from pattern.finditer(folded)
    yield from WITHOUT_YEAR.finditer(folded)


def find_dated_lines(unaccented_lines: str) -> set[int]:
    """The numbers of the lines in which `find_dates` may find something; cheaper, for the many blocks of a page."""
    words = [word for word in RELATIVE_WORDS if word in unaccented_lines]
    return {
        number
        for number, line in enumerate(unaccented_lines.split("\n"))
        if DIGIT.search(line) or (words and any(word in line for word in words))
    }


def fold(text: str) -> str:
    """Lower case without accents, one apostrophe, plain blanks."""
    return re.sub(r"\s", " ", unaccented(text)).replace("’", "'").replace("`", "'")


def read_absolute(match: re.Match[str], folded: str, now: datetime, month_first: bool) -> ProseDate | None:
    """The date of one match, None for digits that are no date; `month_first` counts where both readings may be."""
    groups = match.groupdict()
    month = month_number(groups["month"])
    day = int(groups["day"])
    if groups.get("mark_d") and (month > 12 or (month_first and groups["mark_d"] == "/" and day <= 12)):
        day, month = month, day
    year = full_year(groups["year"]) if groups.get("year") else guess_year(groups, day, month, now)
    if month > 12 or year is None:
        return None
    moment: datetime | None
    try:
        moment = datetime.combine(date(year, month, day), read_clock(groups) or time())
    except ValueError:
        moment = None
    return ProseDate(
        match[0].strip(), moment, clock_precision(groups), label_before(folded[: match.start()]), match.start()
    )


def month_number(word: str) -> int:
    """From a name or from digits."""
    return int(word) if word.isdigit() else MONTHS[word]


def full_year(digits: str) -> int:
    """Two digits are of this century up to 69, as in POSIX."""
    year = int(digits)
    if year >= 100:
        return year
    return 2000 + year if year < 70 else 1900 + year


def guess_year(groups: dict[str, str | None], day: int, month: int, now: datetime) -> int | None:
    """For `lun. 12 janv.`: this year or the last, whichever has that weekday on that day and is not to come."""
    weekday = WEEKDAYS.index((groups["weekday"] or "")[:3])
    for year in range((now + timedelta(days=1)).year, now.year - 2, -1):
        try:
            candidate = date(year, month, day)
        except ValueError:
            continue
        if candidate.weekday() == weekday and candidate <= (now + timedelta(days=1)).date():
            return year
    return None


def read_clock(groups: dict[str, str | None]) -> time | None:
    """`14h30`, `14 h`, `2:30 pm`; None where no time stands."""
    if not groups.get("hour"):
        return None
    if groups["mark"] in (":", ".") and not groups.get("minute"):
        return None
    hour = int(groups["hour"] or 0)
    if groups.get("half") == "p" and hour < 12:
        hour += 12
    elif groups.get("half") == "a" and hour == 12:
        hour = 0
    return time(hour, int(groups.get("minute") or 0), int(groups.get("second") or 0))


def clock_precision(groups: dict[str, str | None]) -> Precision:
    """How exactly a match says when."""
    if read_clock(groups) is None:
        return "day"
    return "second" if groups.get("second") else "minute"


def relative_day(match: re.Match[str], folded: str, now: datetime) -> ProseDate:
    """`aujourd'hui à 14h05`, `hier`."""
    groups = match.groupdict()
    day = now.date() - timedelta(days=DAYS_BACK.get(groups["word"] or "", 0))
    moment = datetime.combine(day, read_clock(groups) or time())
    return ProseDate(
        match[0].strip(), moment, clock_precision(groups), label_before(folded[: match.start()]), match.start()
    )


def time_ago(match: re.Match[str], folded: str, now: datetime) -> ProseDate:
    """`il y a 2 heures`: known to the minute at best, to the day from a day on."""
    word = match["count"] or match["count_en"]
    unit = match["unit"] or match["unit_en"]
    count = int(word) if word.isdigit() else 1
    label = label_before(folded[: match.start()])
    if unit.startswith(("min", "mn")):
        moment: datetime = (now - timedelta(minutes=count)).replace(second=0, microsecond=0)
        return ProseDate(match[0], moment, "minute", label, match.start())
    if unit.startswith(("h", "st")):
        moment = (now - timedelta(hours=count)).replace(second=0, microsecond=0)
        return ProseDate(match[0], moment, "minute", label, match.start())
    days = count * 7 if unit.startswith(("semaine", "week")) else count
    return ProseDate(match[0], datetime.combine(now.date() - timedelta(days=days), time()), "day", label, match.start())


def label_before(before: str) -> Label | None:
    """What the folded words before a date call it; the nearest label wins."""
    if DATE_WORD.match(before):
        return "published"
    before = before[-60:]
    if OTHER_WORDS.search(before):
        return "other"
    update = max((match.end() for match in UPDATE_WORDS.finditer(before)), default=-1)
    publication = max((match.end() for match in PUBLISH_WORDS.finditer(before)), default=-1)
    if update < 0 and publication < 0:
        return None
    return "modified" if update > publication else "published"
