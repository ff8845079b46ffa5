"""C5: patterns made to hang, and secrets planted in an installation and searched for in all that it says and writes.

There is no support bundle: nothing of Vigie gathers files to be sent away. What people do send are output, logs,
backups, exports and pages, and these are searched.
"""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from config.patterns import MATCH_SECONDS, compile_pattern
from tests.crawler.crawling import ROOT
from tests.hazards.archived import Archived, copy_of
from tests.hazards.planted import (
    ADDRESS,
    CLUSTER,
    ENVIRONMENT,
    MAIL,
    WEBHOOK,
    WITH_PASSWORD,
    find_in_commands,
    find_in_files,
    find_secrets,
)
from tests.indexer.alerts.mail_server import Inbox, make_certificate
from tests.indexer.alerts.mail_server import serve as serve_mail
from tests.ports import find_port
from tests.processes import children_of
from tests.site.server import Site
from tests.vigie.program import Done
from tests.vigie.test_daemon import daemon, wait_for
from tests.vigie.web.serving import serve

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

COMMANDS = (
    "config check", "config show --json", "status --json", "search police --json", "alerts list --json", "alerts run",
    "alerts outbox --json", "alerts audit --json", "mail test someone@exemple.test",
)  # fmt: skip
TYPED = (
    ("sources", "try", WITH_PASSWORD),
    ("show", WITH_PASSWORD),
    ("search", f'url:"{WITH_PASSWORD}"'),
    ("import", WITH_PASSWORD),
)
PAGES = (
    "/", "/search?q=police", "/sources", "/alerts", "/status", "/about",
    "/api/v1/status", "/api/v1/search?q=police", "/api/v1/sources",
)  # fmt: skip
QUERY = """\
title: police
query: police
recipients: [redaction@exemple.test]
since: 2020-01-01
webhook: {{url: "http://127.0.0.1:{0}/"}}
"""
SOURCE = "- id: {0}\n  name: Essai\n  kind: local_press\n  homepage: https://a.test/\n  feeds: ['{1}']\n"
FAULT = """
import sys
from vigie import cli, stages
def fail(installation, **rest):
    raise RuntimeError(f"{installation!r} {installation.loaded.credentials} https://lecteur:{sys.argv[1]}@exemple.test/")
stages.extract = fail
sys.exit(cli.run(sys.argv[2:]))
"""


class FullRun:
    """Everything that an installation with planted secrets did, and everything that it said meanwhile."""

    def __init__(self, archived: Archived) -> None:
        self.archived = archived
        self.said: dict[str, bytes] = {}

    def note(self, what: str, done: Done) -> Done:
        self.said[what] = (done.out + done.err).encode()
        return done

    def ask(self, *arguments: str) -> Done:
        return self.note(" ".join(arguments), self.archived.run(*arguments))


@pytest.fixture(scope="module")
def full_run(untouched: Archived, running_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FullRun]:
    running_site.reset()
    folder = tmp_path_factory.mktemp("planted")
    archived = copy_of(untouched, folder / "installation")
    certificate, context = make_certificate(folder / "certificate")
    inbox, closed = Inbox(), find_port()
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        port = stack.enter_context(
            serve_mail(inbox, tls_context=context, require_starttls=True, authenticator=inbox.authenticate)
        )
        mail = f'server: localhost, port: {port}, user: vigie, certificates: "{certificate}"'
        archived.set(f"mail: {{{mail}, timeout_seconds: 5}}\nkibana: {{address: 'http://127.0.0.1:{closed}'}}")
        settings = archived.config / "settings.yaml"
        settings.write_text(
            settings.read_text().replace("private_hosts:\n", f"private_hosts:\n  - 127.0.0.1:{closed}\n")
        )
        (archived.config / "queries").mkdir(exist_ok=True)
        (archived.config / "queries" / "police.yaml").write_text(QUERY.format(closed), encoding="utf-8")
        yield _run(FullRun(archived), closed)


def _run(full_run: FullRun, closed: int) -> FullRun:
    archived = full_run.archived
    for command in COMMANDS:
        full_run.ask(*command.split())
    for typed in TYPED:
        full_run.ask(*typed)
    full_run.ask("backup", str(archived.folder / "backups"))
    full_run.ask("export", "police", "--format", "csv", "--output", str(archived.folder / "hits.csv"))
    full_run.note("a fault of the program", _fail(archived))
    log = archived.folder / "daemon.log"
    with daemon(archived) as process:
        wait_for(lambda: b"crawl child" in log.read_bytes(), "the daemon is at work")
        for pid in (process.pid, *children_of(process.pid)):
            assert find_in_commands(pid) == []
    with serve(archived) as address:
        for page in PAGES:
            full_run.said[f"GET {page}"] = httpx.get(address + page, timeout=30).content
    _use_cluster(full_run, closed)
    return full_run


def _fail(archived: Archived) -> Done:
    """A command that ends in a fault of the program itself, whose message holds all that it can lay its hands on."""
    words = [sys.executable, "-c", FAULT, ADDRESS, "--config", str(archived.config), "extract"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60)
    return Done(done.returncode, done.stdout, done.stderr)


def _use_cluster(full_run: FullRun, closed: int) -> None:
    """The same archive on a cluster that does not answer."""
    full_run.archived.set(f"engine: elasticsearch\nelasticsearch: {{addresses: ['http://127.0.0.1:{closed}']}}")
    for command in ("status", "search police", "index", "kibana install"):
        full_run.note(f"{command} on a cluster", full_run.archived.run(*command.split()))


def test_c5_the_search_would_find_them(tmp_path: Path) -> None:
    """A secret that is written somewhere is found, whether it lies there as it is, in base64 or compressed."""
    (tmp_path / "plain").write_text(f"x{MAIL}x")
    (tmp_path / "coded").write_text("Authorization: Basic bGVjdGV1cjpBZHJlc3NlLUtwOXdSdDVZYkhjMw==")

    assert len(list(find_in_files(tmp_path))) == 2
    assert find_secrets(f"ApiKey {CLUSTER}, {WEBHOOK}".encode()) == ["the key of the cluster", "the key of webhooks"]


def test_c5_the_run_was_a_full_one(full_run: FullRun) -> None:
    """Commands did their work, the mail server and the cluster were asked, and a traceback stands in the log."""
    said = {what: text.decode(errors="replace") for what, text in full_run.said.items()}
    logs = "".join(path.read_text() for path in (full_run.archived.data / "logs").glob("*.log"))

    assert "RuntimeError" in logs and "Traceback" in logs and "https://***@exemple.test/" in logs
    assert "A fault of the program itself ended the command" in said["a fault of the program"]
    assert full_run.archived.rows("SELECT count(*) FROM message WHERE attempts > 0")[0][0] >= 2, said["alerts run"]
    assert '"total"' in said["search police --json"] and "rempart" in said["GET /api/v1/sources"]
    assert "127.0.0.1" in said["index on a cluster"] and "Traceback" not in said["index on a cluster"]


def test_c5_no_secret_is_said(full_run: FullRun) -> None:
    """No output, page or traceback of a full run shows a password, a key or what stands before a host."""
    assert {what: found for what, text in full_run.said.items() if (found := find_secrets(text))} == {}


def test_c5_no_secret_is_written(full_run: FullRun) -> None:
    """Logs, catalogue, archive, index, mails, exports, backups and the daemon's copy of the configuration hold none."""
    folder = full_run.archived.folder
    searched = {path.relative_to(folder).parts[0] for path in folder.rglob("*") if path.is_file()}

    assert {"data", "config", "backups", "hits.csv", "daemon.log", "web.log"} <= searched
    assert list(find_in_files(folder)) == []


def test_c5_a_password_in_the_address_of_a_source_is_refused_unseen(archived: Archived) -> None:
    """A source whose address holds a password is refused with its line, and the password is not repeated."""
    entry = SOURCE.format("privee", WITH_PASSWORD)
    (archived.config / "sources" / "privee.yaml").write_text(entry, encoding="utf-8")

    done = archived.run("config", "check")

    assert done.code == 2 and "privee.yaml:5: feeds[0]: expected a URL without user name or password" in done.err
    assert find_secrets((done.out + done.err).encode()) == []


def test_c5_a_key_file_that_others_can_read_is_refused(archived: Archived) -> None:
    """A file with a secret is taken only when nobody but its owner can read it."""
    key = archived.config / "webhook.key"
    key.write_text(WEBHOOK, encoding="utf-8")
    key.chmod(0o644)
    query = (
        QUERY.format(9)
        .replace('/"}', f'/", key_file: {key.name}}}')
        .replace("http://127.0.0.1:9", "https://exemple.test")
    )
    (archived.config / "queries").mkdir(exist_ok=True)
    (archived.config / "queries" / "police.yaml").write_text(query, encoding="utf-8")

    refused = archived.run("config", "check")
    key.chmod(0o600)
    taken = archived.run("config", "check")

    assert refused.code == 2 and "webhook.key" in refused.err and "chmod 600" in refused.err, refused.err
    assert taken.code == 0, taken.err
    assert find_secrets((refused.err + taken.out).encode()) == []


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("re:(a+)+$", "expected a regular expression that answers within 50 ms on any path"),
        ("re:(", "expected a regular expression that compiles"),
        ("actualites", 'expected a pattern that begins with "/", "*" or "re:"'),
    ],
)
def test_c5_a_pattern_that_hangs_or_is_none(archived: Archived, pattern: str, said: str) -> None:
    """Patterns are compiled and tried when they are read; one that would hold up a crawl is refused with its line."""
    entry = SOURCE.format("motif", "https://a.test/rss") + f"  exclude: ['{pattern}']\n"
    (archived.config / "sources" / "motif.yaml").write_text(entry, encoding="utf-8")
    began = time.monotonic()

    done = archived.run("config", "check")

    assert done.code == 2 and f"motif.yaml:6: exclude[0]: {said}" in done.err, done.err
    assert time.monotonic() - began < 30


def test_c5_a_pattern_is_stopped_at_its_limit_while_crawling() -> None:
    """Even a pattern that passed is stopped at its limit on a path that nobody tried, and does not fit it."""
    began = time.process_time()

    assert compile_pattern("re:(a+)+$")("/" + "a" * 1500 + "!") is False

    assert time.process_time() - began < 20 * MATCH_SECONDS
