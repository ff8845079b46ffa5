"""A letter with everything in it that a digest can say, and with what makes lines overflow: the tests' worst case."""

from archive.catalogue.outbox import Letter
from config.query import MailLanguage
from indexer.alerts.letters import Content, Line, RemovalLine, Section, SilenceLine, write_letter
from indexer.alerts.phrases import PHRASES
from indexer.alerts.revisions import compare

LONG_WORD = "Anticonstitutionnellementement" * 6
LONG_ADDRESS = "https://estuaire.exemple.test/actualites/" + "preavis-de-greve-a-valbrune-" * 12
BEFORE = "Le syndicat réclame 1 200 € de prime et douze postes. « Nous ne céderons pas », dit sa déléguée jeudi."
AFTER = "Le syndicat réclame 1 350 € de prime et quinze postes. « Nous ne céderons jamais », dit sa déléguée vendredi."


def make_rich_letter(language: MailLanguage = "fr", pages: bool = True) -> Letter:
    """A hundred lines, edits, removals, silences, copies, long words and addresses, and what could not be seen."""
    phrases = PHRASES[language]
    lines = [_line(number, pages) for number in range(96)]
    lines[1] = _line(1, pages, title=LONG_WORD)
    lines[2] = _line(2, pages, passage=f"Un mot {LONG_WORD} au milieu", source=LONG_WORD[:80])
    lines[3] = _line(3, pages, link=None, address=LONG_ADDRESS)
    copies = (("Le même texte ailleurs", "Radio Estuaire", "https://radio.exemple.test/a"), (LONG_WORD, "B", None))
    lines[4] = _line(4, pages, copies=copies)
    revision = compare(("Prime réclamée à Valbrune", BEFORE), ("Prime demandée à Valbrune", AFTER))
    lines[5] = _line(5, pages, edited=True, revision=revision)
    long_one = compare(("T", "Fin."), ("T", f"{LONG_WORD} {LONG_ADDRESS} Fin."))
    lines[6] = _line(6, pages, edited=True, revision=long_one)
    section = Section(
        title="préavis de grève", words='(préavis OR "appel à manifester") AND kind:union ' + LONG_WORD, new=250,
        edited=2, lines=tuple(lines), left_out=156, counted=12, removed=30, restored=1,
        removals=(_removal(LONG_WORD, pages), _removal("Rassemblement devant la préfecture de Valbrune", pages)),
        silent=(SilenceLine("Syndicat du Lac", phrases.silence_began.format(
            source="Syndicat du Lac", since="3 mars 2026, 10 h 00", usual="3 jours")),),
        talking=(SilenceLine("Radio Estuaire", phrases.silence_ended.format(
            source="Radio Estuaire", since="4 mars 2026, 9 h 00", length="12 jours")),),
        all_link="https://vigie.exemple.test/search?q=pr%C3%A9avis" if pages else None,
        all_command="vigie search 'préavis' " + LONG_WORD,
    )  # fmt: skip
    quiet = Section(title="refus d’obtempérer", words='"refus d\'obtempérer"')
    unseen = (f"Gazette du Lac : adresse mise de côté, {LONG_ADDRESS}", "Radio Estuaire : ne répond pas")
    return write_letter(Content((section, quiet), unseen, "vigie@exemple.test"), phrases)


def _line(number: int, pages: bool, **values: object) -> Line:
    given: dict[str, object] = {
        "title": f"Préavis déposé à Saint-Étienne-des-Grès, où l’équipe réclame des effectifs, {number}",
        "passage": "Le syndicat dépose un préavis à partir de lundi, et appelle à un rassemblement.",
        "link": f"https://lac.exemple.test/article/{number}",
        "address": f"https://lac.exemple.test/article/{number}",
        "source": "Gazette du Lac", "region": "Auvergne-Rhône-Alpes", "date": "3 mars 2026, 10 h 00", "edited": False,
        "archived": f"https://vigie.exemple.test/captures/{number}" if pages else None,
        "command": f"vigie show 01JQ{number:022}",
    } | values  # fmt: skip
    title, passage = str(given.pop("title")), str(given.pop("passage"))
    return Line(title=((title, False), (" préavis", True)), passage=((passage, False), (" grève", True)), **given)  # type: ignore[arg-type]


def _removal(title: str, pages: bool) -> RemovalLine:
    archived = "https://vigie.exemple.test/captures/7" if pages else None
    return RemovalLine(title, "Gazette du Lac", "page retirée, constaté le 3 mars 2026", archived, "vigie show 01JQ")
