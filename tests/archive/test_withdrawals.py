"""Withdrawals: list and catalogue hold the same, whichever of them was lost, cut short or put back from before."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, create_catalogue, documents, open_catalogue, withdrawals
from archive.catalogue.withdrawals import Withdrawal
from archive.errors import ArchiveError
from archive.withdrawals import list_path, read_list, reconcile, withdraw
from tests.indexer.newsroom import START, Newsroom

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    opened = create_catalogue(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def newsroom(catalogue: Catalogue) -> Newsroom:
    made = Newsroom(catalogue)
    for name in "abc":
        made.publish(name)
        add_alias(catalogue, name)
    return made


@pytest.fixture
def make_id() -> Callable[[], str]:
    numbers = itertools.count()
    return lambda: f"w{next(numbers)}"


def add_alias(catalogue: Catalogue, name: str, document: str | None = None) -> None:
    with catalogue.write() as transaction:
        documents.add_alias(transaction, f"//lac.test/{name}", document or name, f"https://lac.test/{name}", START)


def hide(catalogue: Catalogue, name: str, make_id: Callable[[], str]) -> Withdrawal:
    with catalogue.read() as transaction:
        found = documents.read_document(transaction, name)
    assert found is not None
    return withdraw(catalogue, found, withdrawal_id=make_id(), now=NOW, reason="décision de justice", by="greffe")


def states(catalogue: Catalogue) -> dict[str, str]:
    with catalogue.read() as transaction:
        found = {name: documents.read_document(transaction, name) for name in "abc"}
    return {name: one.state for name, one in found.items() if one is not None}


def recorded(catalogue: Catalogue) -> list[Withdrawal]:
    with catalogue.read() as transaction:
        return withdrawals.list_withdrawals(transaction)


def test_a_withdrawal_stands_in_list_catalogue_and_log(
    catalogue: Catalogue, newsroom: Newsroom, make_id: Callable[[], str]
) -> None:
    made = hide(catalogue, "a", make_id)

    assert (made.documents, made.addresses, made.reason, made.by) == (
        ("a",), ("//lac.test/a",), "décision de justice", "greffe"
    )  # fmt: skip
    assert read_list(list_path(catalogue.folder)) == recorded(catalogue) == [made]
    assert states(catalogue) == {"a": "withdrawn", "b": "live", "c": "live"}
    assert reconcile(catalogue, NOW, make_id).applied == ()


def test_what_was_merged_is_withdrawn_with_it_whichever_is_named(
    catalogue: Catalogue, newsroom: Newsroom, make_id: Callable[[], str]
) -> None:
    newsroom.merge("a", "b")

    made = hide(catalogue, "b", make_id)

    assert (made.documents, made.addresses) == (("a", "b"), ("//lac.test/a", "//lac.test/b"))
    assert states(catalogue) == {"a": "withdrawn", "b": "merged", "c": "live"}


def test_an_older_catalogue_learns_from_the_list(
    catalogue: Catalogue, newsroom: Newsroom, make_id: Callable[[], str], tmp_path: Path
) -> None:
    # given: a copy from before a was merged into c, and c withdrawn
    older = tmp_path / "older"
    older.mkdir()
    with catalogue.read() as transaction:
        transaction.exec_driver_sql("COMMIT")
        transaction.exec_driver_sql("VACUUM INTO ?", (str(older / "catalogue.sqlite"),))
        transaction.exec_driver_sql("BEGIN")
    newsroom.merge("c", "a")
    made = hide(catalogue, "c", make_id)
    shutil.copytree(catalogue.folder / "warc", older / "warc")

    # when
    restored = open_catalogue(older)
    done = reconcile(restored, NOW, make_id)

    # then: both are hidden in it, though it knows of no merge
    assert done.applied == (made,)
    assert states(restored) == {"a": "withdrawn", "b": "live", "c": "withdrawn"}
    assert reconcile(restored, NOW, make_id) == type(done)()
    restored.close()


def test_a_lost_list_is_made_again_from_the_catalogue(
    catalogue: Catalogue, newsroom: Newsroom, make_id: Callable[[], str]
) -> None:
    made = hide(catalogue, "a", make_id)
    list_path(catalogue.folder).unlink()

    assert reconcile(catalogue, NOW, make_id).noted == 1
    assert read_list(list_path(catalogue.folder)) == [made]


def test_what_turns_out_to_be_the_same_article_later_joins_the_list(
    catalogue: Catalogue, newsroom: Newsroom, make_id: Callable[[], str]
) -> None:
    hide(catalogue, "b", make_id)
    newsroom.merge("a", "b")
    add_alias(catalogue, "a-imprimer", "a")

    reconcile(catalogue, NOW, make_id)

    (_, later) = read_list(list_path(catalogue.folder))
    assert (later.documents, later.reason, later.by) == (("a", "b"), "décision de justice", "greffe")
    assert later.addresses == ("//lac.test/a", "//lac.test/a-imprimer", "//lac.test/b")
    assert reconcile(catalogue, NOW, make_id).noted == 0


def test_a_line_cut_by_a_power_failure_is_no_withdrawal_and_spoils_no_other(
    catalogue: Catalogue, newsroom: Newsroom, make_id: Callable[[], str]
) -> None:
    first, path = hide(catalogue, "a", make_id), list_path(catalogue.folder)
    with path.open("ab") as file:
        file.write(b'{"id": "w9", "at": "2026-03-')

    assert read_list(path) == [first]
    second = hide(catalogue, "b", make_id)
    assert read_list(path) == [first, second]


def test_a_line_that_lost_its_end_in_an_editor_counts(
    catalogue: Catalogue, newsroom: Newsroom, make_id: Callable[[], str]
) -> None:
    first, path = hide(catalogue, "a", make_id), list_path(catalogue.folder)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))

    assert read_list(path) == [first]
    second = hide(catalogue, "b", make_id)
    assert read_list(path) == [first, second]


@pytest.mark.parametrize("line", ["", "[]", "{}", "pas de liste", '{"id": 3}'])
def test_a_list_that_is_none_is_refused_by_line(
    catalogue: Catalogue, newsroom: Newsroom, make_id: Callable[[], str], line: str
) -> None:
    hide(catalogue, "a", make_id)
    path = list_path(catalogue.folder)
    path.write_text(path.read_text() + line + "\n")

    with pytest.raises(ArchiveError, match=r"withdrawals.jsonl: line 2: expected a withdrawal .* newest backup"):
        reconcile(catalogue, NOW, make_id)
