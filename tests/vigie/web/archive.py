"""An archive for the pages, taken in from WARC files of our own: ordinary, edited and hostile articles."""

import contextlib
import json
import sqlite3
from pathlib import Path

from archive.catalogue import documents, open_catalogue, runs, utc_now
from tests.archive.foreign_files import Foreign, write_foreign
from tests.vigie.program import Program
from vigie.portrait import find_document

PORT = 8137
AMBRE = f"http://127.0.0.5:{PORT}"
RIVES = f"http://127.0.0.4:{PORT}"
ARTICLES = 45  # three pages of hits
EDITED = f"{RIVES}/societe/le-commissariat-de-valmorel.html"
WITHDRAWN = f"{AMBRE}/archives/2025/retire"
REMOVED = f"{AMBRE}/archives/2025/supprime"
HOSTILE = f"{AMBRE}/archives/2025/hostile"
SCRIPT = "<script>document.title='pris'</script>"
IMAGE = '"><img src=x onerror="document.title=\'pris\'">'
BIDI = "\u202egnp.exe\u202c\u200b"

_FILLING = (
    "Les agents du service de nuit décrivent des patrouilles sans relève et des véhicules à bout de souffle dans le "
    "quartier de la gare, où la municipalité promet depuis deux ans un poste fixe et des horaires élargis.",
    "La direction départementale répond que vingt élèves rejoindront la ville avant l’été et que les heures "
    "supplémentaires seront payées au mois de juin, comme le prévoit l’accord signé à l’automne dernier.",
    "Une délégation sera reçue vendredi matin, a confirmé le cabinet du préfet, sans préciser l’heure de l’audience "
    "ni la liste des organisations invitées à y prendre part.",
)


def make_page(title: str, paragraphs: tuple[str, ...], day: str, author: str = "Anne Delmas") -> bytes:
    """A page as a small paper prints it; nothing in it is escaped, so that a hostile one stays so."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta property="og:type" content="article"><meta property="article:published_time" content="{day}T08:00:00">'
        f'<meta name="author" content="{author}"></head>'
        f"<body><main><article><h1>{title}</h1>{body}</article></main></body></html>"
    ).encode()


def escape(text: str) -> str:
    """As an honest page writes a text that holds markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def list_records() -> list[Foreign]:
    """Every record of the archive, in the order of time."""
    gone = [
        Foreign(url, "2025-07-02T06:30:00Z", make_page(f"Disparition {number}", _FILLING[number:], "2025-07-01"))
        for number, url in enumerate((WITHDRAWN, REMOVED))
    ]
    return [*_ordinary(), *_edited(), *_hostile(), *gone]


def _ordinary() -> list[Foreign]:
    return [
        Foreign(
            f"{AMBRE}/archives/2025/patrouille-{number}",
            f"2025-{1 + number % 9:02}-10T06:30:00Z",
            make_page(f"Patrouille {number} : la nuit à Port-Ligneul", _FILLING, f"2025-{1 + number % 9:02}-09"),
        )
        for number in range(ARTICLES)
    ]


def _edited() -> list[Foreign]:
    first = ("Le préfet annonce 12 postes pour le commissariat de Valmorel.", "Il dit : « Nous tiendrons parole. »")
    second = ("Le préfet annonce 15 postes pour le commissariat de Valmorel.", "Il dit : « Nous ferons au mieux. »")
    return [
        Foreign(EDITED, "2025-05-02T06:30:00Z", make_page("Valmorel attend", (*first, *_FILLING), "2025-05-01")),
        Foreign(EDITED, "2025-05-03T06:30:00Z", make_page("Valmorel obtient", (*second, *_FILLING), "2025-05-01")),
    ]


def _hostile() -> list[Foreign]:
    """Addresses with markup, and markup in what the page says of itself."""
    text = (escape(f"Un texte piège {SCRIPT} et {IMAGE} dans le commissariat."), *_FILLING)
    page = make_page(escape(f"Piège {SCRIPT}"), text, "2025-06-01", author=escape(f"Jean {IMAGE}"))
    return [
        Foreign(f"{HOSTILE}?x=%22%3E%3Cscript%3E", "2025-06-02T06:30:00Z", page),
        Foreign(f"{HOSTILE}/2?q='onload=alert(1)//", "2025-06-03T06:30:00Z", page.replace(b"vingt", b"trente")),
    ]


def take_away(program: Program) -> None:
    """One document is withdrawn, one removed by its publisher; one source was not seen on two days of May."""
    program.must("withdraw", WITHDRAWN, "--reason", "à la demande d'une personne nommée")
    catalogue, now = open_catalogue(program.data), utc_now()
    with catalogue.write() as transaction:
        removed = find_document(transaction, REMOVED)
        assert removed is not None
        documents.mark_gone(transaction, removed, now, confirm_after_seconds=0)
        again = documents.read_document(transaction, removed.id)
        assert again is not None and documents.mark_gone(transaction, again, now, confirm_after_seconds=0)
        for day, outcome in (("01", "read"), ("02", "failed"), ("03", "throttled"), ("04", "same")):
            runs.count_day(transaction, "rives", f"2025-05-{day}", outcome)
    catalogue.close()


def poison(program: Program) -> None:
    """Put into the catalogue what extraction would never let through: the page must not rely on it."""
    text = f"Un texte piège {SCRIPT} et {IMAGE} {BIDI} dans le commissariat.\n\n{_FILLING[0]}"
    values = {"title": f"Piège {SCRIPT} {IMAGE} {BIDI}", "text": text, "authors": json.dumps([f"Jean {IMAGE}"])}
    with contextlib.closing(sqlite3.connect(program.data / "catalogue.sqlite", timeout=30)) as connection, connection:
        where = "WHERE id IN (SELECT extraction FROM version JOIN document ON id = document WHERE url LIKE '%hostile%')"
        connection.execute(f"UPDATE extraction SET title = :title, text = :text, authors = :authors {where}", values)
        connection.execute("UPDATE claim SET text = :title, value = :title, rule = :title", values)
        connection.execute("UPDATE document SET url = 'javascript:alert(1)' WHERE url LIKE '%hostile/2%'")
        connection.execute("UPDATE alias SET url = 'data:text/html,<script>1</script>' WHERE url LIKE '%hostile/2%'")
        connection.execute(
            "UPDATE source SET failing_since = '2025-06-01T00:00:00.000000Z', failing_why = :title", values
        )
        connection.execute("UPDATE candidate SET detail = :title", values)
        connection.execute("UPDATE message SET said = :title", values)
        connection.execute("UPDATE letter SET subject = :title", values)


def build(folder: Path) -> Program:
    """The whole installation with a saved query whose digest was sent."""
    program = Program(folder, PORT)
    queries = program.config / "queries"
    queries.mkdir()
    (queries / "piege.yaml").write_text(
        "title: piège <script>\nquery: piège OR commissariat\nrecipients: [redaction@exemple.test]\nsince: 2020-01-01\n"
        "tell_backfill: true\n",
        encoding="utf-8",
    )
    program.must("init")
    program.must("import", str(write_foreign(folder / "pages.warc.gz", list_records())))
    program.must("extract")
    take_away(program)
    for command in ("index", "alerts run"):
        program.must(*command.split())
    poison(program)
    return program
