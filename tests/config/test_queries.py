"""Saved queries and the mail settings as an operator writes them: read, refused together, on only with a recipient."""

from pathlib import Path

import pytest

import config
from config.loading import Loaded, load
from config.query import digest_asked

WORDS = "title: préavis\nquery: préavis\n"


def read(folder: Path, settings: str = "contact: null\n", **files: str) -> Loaded:
    for name, text in {"settings": settings}.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "sources").mkdir()
    (folder / "queries").mkdir()
    for name, text in files.items():
        (folder / "queries" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load(folder, {})


def test_a_query_is_on_once_a_recipient_is_named(tmp_path: Path) -> None:
    loaded = read(tmp_path, a=WORDS, b=WORDS + "recipients: [redaction@exemple.test]\n")

    assert loaded.faults == ()
    assert {name: query.is_on for name, query in loaded.queries.items()} == {"a": False, "b": True}


def test_every_shipped_query_reads_and_is_off() -> None:
    loaded = load(Path(config.__path__[0]), {})

    assert loaded.errors == ()
    assert len(loaded.queries) == 5
    assert not any(query.is_on for query in loaded.queries.values())
    assert all(query.examples.match and query.examples.no_match for query in loaded.queries.values())


def test_the_faults_of_all_files_are_shown_at_once(tmp_path: Path) -> None:
    loaded = read(
        tmp_path,
        a=WORDS + "recipients: [a@b.test, A@b.test]\n",
        b=WORDS + "schedule: daily 7:30\n",
        c=WORDS + "schedule: weekly mondai 07:30\n",
        d="title: rien\nquery: ''\n",
        e="title: rien\n",
        f=WORDS + 'recipients: ["x@y.test\\nBcc: z@y.test"]\n',
        g=WORDS + "on_edits: first\n",
        h=WORDS + "since: 2026-02-30\n",
    )

    said = {fault.file.stem: str(fault).partition(": ")[2] for fault in loaded.errors}
    assert sorted(said) == list("abcdefgh")
    assert said["a"].startswith("expected each recipient once")
    assert "Times have two digits" in said["b"]
    assert 'Did you mean "monday"?' in said["c"]
    assert said["e"].startswith("query: expected a value, got nothing")
    assert "one e-mail address" in said["f"]
    assert 'Did you mean "on_edit"?' in said["g"]
    assert "a day such as 2026-03-14" in said["h"]


def test_queries_that_share_a_digest_share_its_times(tmp_path: Path) -> None:
    loaded = read(
        tmp_path, a=WORDS + "digest: matin\nschedule: daily 07:30\n", b=WORDS + "digest: matin\nschedule: daily 08:00\n"
    )

    assert [fault.key for fault in loaded.errors] == ["schedule"]
    assert 'b.yaml: schedule: expected one schedule for the digest matin, got "daily 08:00", but a.yaml has' in str(
        loaded.errors[0]
    )


def test_a_query_of_a_source_that_is_not_configured_is_a_warning(tmp_path: Path) -> None:
    loaded = read(tmp_path, a=WORDS + "sources: [inconnu]\n")

    assert loaded.ok
    assert "inconnu" in str(loaded.warnings[0])


def test_what_decides_the_documents_changes_the_digest_and_nothing_else_does(tmp_path: Path) -> None:
    loaded = read(
        tmp_path, a=WORDS, b=WORDS + "recipients: [x@y.test]\nschedule: hourly\n", c=WORDS + "on_edit: mail\n"
    )

    digests = {name: digest_asked(query.asked) for name, query in loaded.queries.items()}
    assert digests["a"] == digests["b"] != digests["c"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("server: mail.exemple.test\n  security: none", "starttls or tls"),
        ("user: vigie", 'user with password_file, got "vigie" without a password'),
        ("password_file: secret", "user beside password_file"),
        ("sender: Vigie <v@exemple.test>", "one e-mail address"),
        ("server: mail.exemple.test:25", "without port"),
    ],
)
def test_mail_that_would_travel_in_clear_is_refused(tmp_path: Path, said: str, expected: str) -> None:
    loaded = read(tmp_path, f"mail:\n  {said}\n")

    assert expected in str(loaded.errors[0])


def test_the_folder_of_messages_lies_in_the_data_folder(tmp_path: Path) -> None:
    loaded = read(tmp_path, "data_folder: ../d\nmail: {password_file: secret, user: v}\n")

    assert loaded.settings.mail.folder == tmp_path.parent / "d" / "mail"
    assert loaded.settings.mail.password_file == tmp_path / "secret"


def test_the_password_may_stand_in_the_environment_and_in_one_place_alone(tmp_path: Path) -> None:
    read(tmp_path, "mail: {user: v}\n")
    environ = {"VIGIE_MAIL_PASSWORD": "sesame"}

    loaded = load(tmp_path, environ)
    assert (loaded.ok, loaded.credentials.mail_password) == (True, "sesame")
    assert "sesame" not in repr(loaded)

    (tmp_path / "settings.yaml").write_text("mail: {user: v, password_file: secret}\n", encoding="utf-8")
    assert "the password in one place" in str(load(tmp_path, environ).errors[0])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("silence: 5", 'Did you mean "5x"?'),
        ("silence: 1x", 'a multiple from "2x" to "100x"'),
        ("silence: true", 'a multiple from "2x" to "100x"'),
        ("on_removal: tell", "on_removal"),
        ("told_in: de", "told_in"),
    ],
)
def test_what_a_query_tells_is_checked(tmp_path: Path, said: str, expected: str) -> None:
    assert expected in str(read(tmp_path, a=WORDS + said + "\n").errors[0])


def test_queries_that_share_a_digest_share_its_language(tmp_path: Path) -> None:
    loaded = read(tmp_path, a=WORDS + "digest: matin\ntold_in: en\n", b=WORDS + "digest: matin\n")

    assert [fault.key for fault in loaded.errors] == ["told_in"]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://vigie.exemple.test/", "https://vigie.exemple.test"),
        ("http://127.0.0.1:8080/v", "http://127.0.0.1:8080/v"),
    ],
)
def test_the_address_of_the_pages_is_kept_without_its_last_slash(tmp_path: Path, address: str, kept: str) -> None:
    assert read(tmp_path, f"web: {{base_address: {address}}}\n").settings.web.base_address == kept


def test_the_address_of_the_pages_has_no_question_mark(tmp_path: Path) -> None:
    assert "a question mark" in str(read(tmp_path, "web: {base_address: 'https://v.test/?a=b'}\n").errors[0])
