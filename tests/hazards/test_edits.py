"""Hazards E1 to E5: articles that are edited, touched, taken down, put back, replaced or withdrawn.

One newsroom is visited six times by the real commands while its articles change; at the end its host is gone.
"""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from tests.crawler.crawling import LONG_AGO
from tests.hazards.gazette import Gazette, make_page
from tests.site.server import Site
from tests.site.trouble.articles import article_text
from tests.vigie.program import Program
from tests.vigie.test_alerts import read_mails, save_query
from tests.vigie.test_backup import restore_elsewhere
from tests.vigie.web.serving import serve

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

GONE = {"/e3/404": 404, "/e3/410": 410, "/e3/451": 451}
EDITED = ["/e1/text", "/e1/title", "/e1/bottom"]
TURNED = ["/e4/home", "/e4/not-found", "/e4/shrunk"]
ABSENT = ["/e3/404", "/e3/410", "/e3/451", "/e3/error", "/e3/once"]
STATED = '<meta property="article:published_time" content="2025-12-01T09:00:00+01:00">'
CORRECTION = "<p>Rectificatif : la surveillance a duré trois nuits, et non cinq comme nous l’avions écrit.</p>"
DIFFERENCES = {
    "/e1/text": ("Deux personnes ont été entendues", "Trois personnes ont été entendues"),
    "/e1/title": (article_text("/e1/title")[0], "Affaire de la cour : tout est retrouvé"),
    "/e1/bottom": ("", "Rectificatif : la surveillance a duré trois nuits"),
}
NOT_FOUND = "<html><head><title>Article introuvable</title></head><body><h1>Article introuvable</h1></body></html>"
REASON = "décision de justice du 3 mars"


def make_touched(count: int) -> str:
    """A page whose every number but those of its text is another each time."""
    others = (f"<li><a href='/autre-{count}-{n}'>Une autre affaire, la {count * 7 + n}e</a></li>" for n in range(4))
    counters = (
        f"Publié il y a {count + 1} heures",
        f"{count * 13} commentaires",
        f"Lu {count * 431} fois",
        f"{count} 204 vues, {count + 3} partages",
    )
    before = "".join(f"<p>{counter}</p>" for counter in counters)
    return make_page("e2", before=before, after=f"<aside><h2>À lire aussi</h2><ul>{''.join(others)}</ul></aside>")


class Story(Gazette):
    """The newsroom, and what its visits left."""

    def __init__(self, folder: Path, site: Site) -> None:
        super().__init__(folder, site)
        self.mails: list[list[EmailMessage]] = []
        self.after_first_answer: dict[str, str] = {}
        self.after_another_answer: dict[str, str] = {}
        self.after_the_second: dict[str, str] = {}
        self.after_the_outage: dict[str, str] = {}

    def visit(self) -> None:
        """Look at every article again, and read what came."""
        self.must("crawl", "--look-again")
        self.must("extract")

    def tell(self) -> None:
        """Send what is to be told; keep the letters of this time."""
        self.must("alerts", "run")
        seen = sum(map(len, self.mails))
        self.mails.append(read_mails(self)[seen:])

    def states(self) -> dict[str, str]:
        """The state of every document, by path."""
        return {url.removeprefix(self.base): state for url, state in self.rows("SELECT url, state FROM document")}

    def a_day_later(self) -> None:
        """What is missing has been missing for longer than a day."""
        self.execute("UPDATE document SET gone_since = ? WHERE gone_since IS NOT NULL", LONG_AGO)


def publish(story: Story) -> None:
    """The first day."""
    for path in (
        "/e1/text",
        "/e1/title",
        "/e1/bottom",
        "/e4/home",
        "/e4/not-found",
        "/e4/shrunk",
        *ABSENT,
        "/e5/named",
    ):
        story.put(path, make_page(path, head=STATED))
    story.put("/e2/touched", make_touched(1))


def change(story: Story) -> None:
    """The second visit: edits, touches, and articles that turn into something else."""
    text = (
        make_page("/e1/text", head=STATED)
        .replace("deux personnes", "trois personnes")
        .replace("Deux personnes", "Trois personnes")
    )
    story.put("/e1/text", text, listed=False)
    story.put(
        "/e1/title", make_page("/e1/title", head=STATED, title="Affaire de la cour : tout est retrouvé"), listed=False
    )
    story.put("/e1/bottom", make_page("/e1/bottom", head=STATED, after=CORRECTION), listed=False)
    story.put("/e2/touched", make_touched(2), listed=False)
    story.put("/e4/home", b"", status=302, headers=(("Location", f"{story.base}/"),), listed=False)
    story.put("/e4/not-found", NOT_FOUND, listed=False)
    title, (first, *_) = article_text("/e4/shrunk")
    short = f"<html><head>{STATED}</head><body><article><h1>{title}</h1><p>{first[:140]}</p></article></body></html>"
    story.put("/e4/shrunk", short, listed=False)


def take_down(story: Story) -> None:
    """404, 410, 451; an error of the server; and one that is back before the second look."""
    for path, status in GONE.items():
        story.put(path, "<p>Plus rien ici</p>", status=status, listed=False)
    story.put("/e3/error", "<p>Erreur interne</p>", status=500, listed=False)
    story.put("/e3/once", "<p>Plus rien ici</p>", status=404, listed=False)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """All visits, on a site of its own that is gone at the end."""
    with Site() as site:
        story = Story(tmp_path_factory.mktemp("edits"), site)
        with (story.config / "settings.yaml").open("a", encoding="utf-8") as settings:
            settings.write("limits: {look_again_share: 1}\n")
        save_query(story, "first", since="2020-01-01", query="policiers", recipients="[une@exemple.test]")
        publish(story)
        story.must("init")
        story.visit()
        story.tell()
        change(story)
        story.visit()
        story.tell()
        story.must("backup", str(story.folder / "backups"))
        take_down(story)
        story.visit()
        story.after_first_answer = story.states()
        story.visit()  # again within the day
        story.after_another_answer = story.states()
        story.put("/e3/once", make_page("/e3/once", head=STATED), listed=False)
        story.a_day_later()
        story.visit()
        story.after_the_second = story.states()
        story.put("/e3/410", make_page("/e3/410", head=STATED), listed=False)
        story.visit()
        story.must("index")
    story.must("crawl", "--look-again")  # nobody listens any more
    story.after_the_outage = story.states()
    yield story


def find(program: Program, words: str, *more: str) -> list[dict[str, str]]:
    """The hits of a search."""
    hits = program.must("search", words, "--limit", "100", "--json", *more).json["hits"]
    assert isinstance(hits, list)
    return hits


@pytest.mark.parametrize("path", EDITED)
def test_e1_an_edit_is_a_version_and_both_can_be_read(story: Story, path: str) -> None:
    """An edited text, an edited title, a correction at the bottom: two versions, each found, the difference shown."""
    assert story.kinds(path) == ["new", "edited"]
    shown = story.must("show", story.base + path, "--json").json
    assert [version["number"] for version in shown["versions"]] == [1, 2]
    lines = story.must("show", story.base + path, "--diff").out.splitlines()
    old, new = DIFFERENCES[path]
    assert any(line.startswith(f"+{new}") for line in lines)
    assert any(line.startswith(f"-{old}") for line in lines[1:]) is bool(old)
    hits = find(story, f'url:"{story.base}{path}"', "--past")
    assert {hit["id"] for hit in hits} == {f"{shown['document']['id']}.{number}" for number in (1, 2)}


def test_e1_an_edit_of_what_was_told_sends_no_second_mail(story: Story) -> None:
    """By default an article is told once, with its first version that matches."""
    first, second, *_ = story.mails
    assert len(first) == 1 and "e1/text" in first[0].as_string().replace("=\n", "")
    assert second == []


def test_e2_counters_relative_times_and_teasers_make_no_version(story: Story) -> None:
    """Comments, reads, `il y a 2 heures` and other articles' titles changed: the text did not."""
    captures = story.rows(
        "SELECT extraction_outcome FROM capture WHERE url LIKE '%/e2/touched' AND status = 200 ORDER BY id"
    )
    assert captures[:2] == [("new_document",), ("same_text",)]
    assert story.kinds("/e2/touched") == ["new"]


@pytest.mark.parametrize("path", GONE)
def test_e3_an_article_is_removed_after_two_answers_a_day_apart(story: Story, path: str) -> None:
    """404, 410 or 451 twice within the day change nothing; a day later the article is removed, and all is kept."""
    assert story.after_first_answer[path] == story.after_another_answer[path] == "live"
    assert story.after_the_second[path] == "removed"
    assert story.kinds(path)[:2] == ["new", "removed"]
    ((number,),) = story.rows("SELECT min(id) FROM capture WHERE url LIKE ?", f"%{path}")
    assert story.must("show", str(number), "--raw").out == make_page(path, head=STATED)
    shown = story.must("show", story.base + path, "--text").out
    assert article_text(path)[1][1][:60] in shown


def test_e3_a_removed_article_stays_in_the_search_and_is_marked(story: Story) -> None:
    """Searches show it with its state."""
    hits = find(story, "policiers", "--state", "removed")
    assert {hit["url"].removeprefix(story.base) for hit in hits} == {"/e3/404", "/e3/451"}, "the third one is back"


def test_e3_what_is_back_is_restored(story: Story) -> None:
    """An article that is there again is live again; one that was missing once never was removed."""
    assert story.kinds("/e3/410") == ["new", "removed", "restored"]
    assert story.states()["/e3/410"] == "live"
    assert story.kinds("/e3/once") == ["new"]


def test_e3_neither_an_error_nor_a_host_that_is_gone_removes_anything(story: Story) -> None:
    """Status 500 and a host where nobody listens are never a removal."""
    assert story.kinds("/e3/error") == ["new"]
    assert story.after_the_outage["/e3/error"] == story.after_the_outage["/e1/text"] == "live"
    assert "failed" in {
        outcome for (outcome,) in story.rows("SELECT outcome FROM fetch_attempt ORDER BY id DESC LIMIT 5")
    }
    assert story.rows("SELECT count(*) FROM document WHERE state = 'removed'") == [(2,)]


@pytest.mark.parametrize("path", TURNED)
def test_e4_what_turned_into_something_else_is_suspect_and_no_edit(story: Story, path: str) -> None:
    """A redirect to the home page, `article introuvable` with status 200, four fifths of the text gone."""
    assert story.kinds(path) == ["new"]
    ((suspect, version),) = story.rows(
        "SELECT suspect_since IS NOT NULL, current_version FROM document WHERE url = ?", story.base + path
    )
    assert (suspect, version) == (1, 1)
    assert "suspect" in story.must("show", story.base + path).out
    assert article_text(path)[1][1][:60] in story.must("show", story.base + path, "--text").out


def test_e5_one_command_hides_an_article_everywhere_and_for_good(story: Story, tmp_path: Path) -> None:
    """From search, page, mail and export, after a rebuild, and in a restored backup that is older than the request."""
    address, (title, _) = f"{story.base}/e5/named", article_text("/e5/named")
    meant = next(hit for hit in find(story, "policiers") if hit["url"] == address)
    save_query(story, "late", since="2020-01-01", query="policiers", recipients="[autre@exemple.test]")

    said = story.must("withdraw", address, "--reason", REASON).out
    story.must("alerts", "run")
    story.must("rebuild")

    assert "withdrawn" in said
    assert address not in {hit["url"] for hit in find(story, "policiers", "--past")}
    assert title not in story.must("show", address, "--text").out and REASON in story.must("show", address).out
    late = [mail for mail in read_mails(story) if mail["To"] == "autre@exemple.test"]
    assert late and not [mail for mail in late if "e5/named" in mail.as_string().replace("=\n", "")]
    story.must("export", "policiers", "--format", "jsonl", "--output", str(tmp_path / "all.jsonl"))
    assert address not in (tmp_path / "all.jsonl").read_text(encoding="utf-8")
    with serve(story) as page:
        assert title not in httpx.get(f"{page}/search", params={"q": "policiers"}, timeout=60).text
        assert title not in httpx.get(f"{page}/documents/{meant['document']}", timeout=60).text
    older, newest = story.folder / "backups", story.data / "warc" / "withdrawals.jsonl"
    refused = story.run("restore", str(older), "--to", str(tmp_path / "no"))
    assert refused.code == 2 and "give the newest list of withdrawals" in refused.err
    copy = restore_elsewhere(story, older, tmp_path / "copy", "--withdrawals", str(newest))
    assert address not in {hit["url"] for hit in find(copy, "policiers", "--past")}
    assert REASON in copy.must("show", address).out
