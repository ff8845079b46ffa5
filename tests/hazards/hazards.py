"""Everything that the world outside is known to do to a crawler, numbered, one plain sentence each.

A test holds a hazard when its name carries the number (`test_n8_retry_after_a_year`). `python -m tests.hazards` runs
them and prints what became of each number; the sentences say what Vigie promises, not how.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
CARRIES_A_NUMBER = re.compile(r"test_(?P<section>[a-z])(?P<number>\d+)_")


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the world that goes wrong, and its hazards in order."""

    letter: str
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hazard:
    """One numbered line, such as N8."""

    number: str
    sentence: str


RULES = Section(
    "R",
    "Rules behind most of them",
    (
        "Every limit stands in one place with its default, and a source may have its own where that makes sense.",
        "Every request gets exactly one named end, and a candidate waits for its next attempt until it has a last one.",
        "What is read is durable before it is written down, and what is written down before anything is made of it.",
        "What parses a stranger's bytes runs in a process that can be killed from outside, and so does a crawl.",
        "A crawl ends with a named reason, and its exit code says it.",
        "What was fetched is hostile text until it is made harmless for the place where it is shown.",
        "Alerts go by numbers of the log and never by dates: one match a version, one message a digest and recipient.",
    ),
)

SECTIONS = (
    Section(
        "N",
        "Network and servers",
        (
            "A host that is unknown, silent, closed or out of reach fails with its cause and holds up nobody else.",
            "A body that drips, or that is far too long, ends at the limit of time or size.",
            "Small answers that unpack into huge ones are refused at the limit and are not taken for pages.",
            "Endless or enormous headers end within the limits of time and memory.",
            "An answer that was cut short is asked for again, or kept with a mark, and never taken for the whole text.",
            "Answers that break the rules of HTTP, or hold nothing, end by name and without a traceback.",
            "Refusals are recorded and not asked again in the run; a host that refuses everything is not evaded.",
            "Hosts that ask for patience get it, up to a limit, however they put it, and nothing drops out of line.",
            "Redirects that turn in circles, lead nowhere or leave the publisher end by name, with each hop archived.",
            "A bad certificate or an outdated protocol is named with its host and is not tried like a mere delay.",
            "A robots.txt that fails, lies, hangs, changes or is huge has one reading that is always the same.",
            "One and the same wall for many addresses is recognised, kept, and neither searched nor mailed.",
            "A crawl that is asked to stop asks for nothing new, ends what is under way, and closes its files.",
        ),
    ),
    Section(
        "F",
        "Feeds, sitemaps, listings",
        (
            "Something else in the place of a feed is told apart, and the last good state stays.",
            "A feed or sitemap that was cut gives its whole entries, never half an address.",
            "Entities made to explode or to read files and addresses are not expanded.",
            "A few wrong bytes in a feed leave the accents of the rest as they were.",
            "An entry with a useless link has an end of its own, and its neighbours are none the worse for it.",
            "Lists far too long are cut, newest first, with a warning that says how much was left out.",
            "Sitemaps that name themselves, each other, other hosts or too many levels come to an end.",
            "Entries that change their identifiers or share them make neither second documents nor second alerts.",
            "Whatever a server claims, an unchanged body is stored once, and all is read whole once a day.",
            "A feed that moved is followed and reported; nothing changes the configuration by itself.",
            "A listing that suddenly holds no links is a warning, and a flag on the source after three runs.",
            "A feed whose bytes name a file or an address never makes anything be opened.",
        ),
    ),
    Section(
        "P",
        "Pages and their encodings",
        (
            "A page made to hold a processor is stopped from outside, kept, and not tried for ever.",
            "A page made to fill memory ends within its limit or is refused with the reason.",
            "Whatever a page declares of its encoding, its French text is exact.",
            "Control characters, bidirectional marks and split accents do not reach the stored text.",
            "What a file is follows from its bytes, not from what the server calls it.",
            "Pages without text, walls and teasers are named as such and counted, and set off no alert.",
            "Broken, huge or lying metadata leaves the extraction whole, and the origin of each field is recorded.",
            "A page that crashes its worker is set aside, and the rest of the batch is done.",
        ),
    ),
    Section(
        "U",
        "Identity of addresses",
        (
            "The many spellings of one address lead to one document, which keeps the first and lists the others.",
            "A parameter that selects the article keeps articles apart, even if it looks like tracking.",
            "A canonical link is a hint, ignored when it loops, leaves the kind of page or is shared by many texts.",
            "A canonical link to another publisher changes neither identity nor source.",
            "A new text at an old address is a version; one text at two stays two documents that name each other.",
            "Passwords in addresses, look-alike hosts and endless addresses are dropped, shown or refused by name.",
        ),
    ),
    Section(
        "D",
        "Dates and time zones",
        (
            "A date that cannot be known stays unknown, and the time of the first sight is always there.",
            "Impossible dates are named, kept as found, and neither crash anything nor lead the list.",
            "Dates in the future or from the dawn of computing are kept, shown as doubtful and sorted by first sight.",
            "A time without zone gets that of its source and says so; one with a zone keeps both.",
            "French dates in words are right or unknown, and an update is never taken for the publication.",
            "On the days when the clock changes a digest goes out once, and days have 23 and 25 hours.",
        ),
    ),
    Section(
        "E",
        "Edits and removals",
        (
            "An edited text makes a version, both can be read, and the rule for a second mail is explicit.",
            "Counters, adverts and relative times that change make no version.",
            "An article is removed only when its publisher said so twice a day apart, and it may come back.",
            "A page that turned into something else is suspect and not stored as an edit.",
            "One command withdraws an article everywhere and for good, even from an older backup.",
        ),
    ),
    Section(
        "S",
        "Storage",
        (
            "A full disk stops the run by name, no row points to bytes that are missing, and room is all it takes.",
            "A process killed at any moment loses nothing and repeats at most what was under way.",
            "A file of the archive that was cut is never added to, and the cut is reported.",
            "One damaged byte or a missing file is reported, and everything else stays readable.",
            "Writers wait for one another up to a limit, and then say so in a sentence.",
            "A catalogue that is missing, empty, foreign or damaged is refused by name, never quietly made anew.",
            "A backup made while everything runs is whole, and putting it back is rehearsed.",
            "A search index that is missing or unusable stops no crawl and is rebuilt beside the old one.",
            "Two writers of one kind exclude each other by name, and a dead one blocks nobody.",
            "A clock that jumps breaks neither order nor names nor digests, and is warned of.",
            "Folders that are gone or read-only, half-done and newer catalogues are refused at start in one sentence.",
        ),
    ),
    Section(
        "X",
        "Elasticsearch",
        (
            "While the cluster is away the crawl goes on, the lag is said, and what arrived twice does no harm.",
            "A cluster that is busy is asked for the failed items only, after growing pauses.",
            "One bad document is set aside by name and the others of its batch are indexed.",
            "Answers are counted against what was sent, and documents that cannot be sent are named.",
            "A cluster that blocks writes is left blocked, said, and followed again once it is free.",
            "Wrong certificates, keys and servers are one sentence, without a storm and without the key.",
            "A cluster that lost or moved its index is noticed, and nothing is mailed twice.",
        ),
    ),
    Section(
        "M",
        "Saved queries and mail",
        (
            "Mail that cannot be handed over waits with growing pauses, and the oldest is shown.",
            "Passing refusals are repeated once accepted, lasting ones are not, and the operator is told.",
            "Each recipient has a message of his own, and one refused address keeps nothing from the others.",
            "Without the encryption that was asked for, neither password nor mail leaves.",
            "A message of which nobody knows whether it arrived is sent once more under the same name and counted.",
            "Hostile titles are cleaned for the header and never stop a digest.",
            "Markup and dangerous links in titles are shown as text.",
            "A saved query that cannot work is refused, or put aside alone and told of once.",
            "A query that finds everything mails a bounded list, the count and a link.",
            "Each new article is matched exactly once, and no rebuild mails anything.",
        ),
    ),
    Section(
        "W",
        "Page and command line",
        (
            "Markup in anything that is shown is escaped, and the browser is told to run nothing foreign.",
            "No other site can change anything, and no mere look at a page does.",
            "Unknown host names are refused, and no open address is served without a login.",
            "Captures are asked for by number, so that no path leads out of the archive.",
            "Absurd searches and pages get a sentence within two seconds.",
            "Terminals, pipes, spreadsheets and scripts get what cannot harm them.",
        ),
    ),
    Section(
        "A",
        "Private addresses",
        (
            "No spelling of a private address, wherever it comes from, is ever connected to.",
            "The address really connected to is the one that was checked, and so is its port.",
        ),
    ),
    Section(
        "C",
        "Configuration",
        (
            "Files that cannot be read are named with their line, and the daemon keeps the last good configuration.",
            "Unknown keys and values of the wrong kind are refused with the nearest that would do.",
            "Identifiers that clash or could not name a file, and things named twice, are refused or warned of.",
            "Schedules and zones that cannot work, or that mean something else than they seem to, are refused.",
            "Patterns made to hang are found at load, and no secret shows in anything that Vigie writes.",
        ),
    ),
)


def list_hazards(*, rules: bool = True) -> Iterator[Hazard]:
    """Every hazard in order, the rules first."""
    for section in (RULES, *SECTIONS) if rules else SECTIONS:
        for n, sentence in enumerate(section.sentences, start=1):
            yield Hazard(f"{section.letter}{n}", sentence)


def number_of(test: str) -> str | None:
    """The hazard that a test's name says it holds."""
    found = CARRIES_A_NUMBER.match(test)
    return f"{found['section'].upper()}{int(found['number'])}" if found else None


def list_tests(folder: Path = FOLDER) -> dict[str, list[str]]:
    """The names of the tests of each hazard, read from the files of the folder."""
    tests: dict[str, list[str]] = {}
    for file in sorted(folder.glob("test_*.py")):
        for name in re.findall(r"^def (test_\w+)\(", file.read_text(encoding="utf-8"), re.MULTILINE):
            number = number_of(name)
            if number is not None:
                tests.setdefault(number, []).append(name)
    return tests
