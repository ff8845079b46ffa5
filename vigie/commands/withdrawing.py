"""`vigie withdraw`: hide a document for good, and list what was hidden, when and why."""

from typing import Annotated

import typer

from archive import withdrawals as withdrawing
from archive.catalogue import withdrawals
from archive.catalogue.withdrawals import Withdrawal
from indexer.engines.base import EngineError
from vigie import stages
from vigie.commands.session import AS_JSON, open_installation
from vigie.exits import CommandError, ExitCode
from vigie.installation import Installation
from vigie.portrait import find_document
from vigie.terminal import complain, count_words, one_line, print_json, print_rows, say, show_instant

REASON_CHARACTERS = 1000  # a sentence or two and a reference; letters belong elsewhere


def withdraw_command(
    context: typer.Context,
    document: Annotated[str | None, typer.Argument(help="A document's id, or an address it had.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why; kept for good beside the date.")] = None,
    by: Annotated[str | None, typer.Option(metavar="WHO", help="Who asked for it, or decided.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="Show what was withdrawn, when and why.")] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> int:
    """Hide a document for good: from searches, mails, exports and every index. It cannot be taken back.

    A dated note of what it was stays, and so do its bytes in the archive. Later captures of its addresses are kept and
    never shown. The decision stands in the catalogue and in data/warc/withdrawals.jsonl, which outlives it.
    """
    installation = open_installation(context)
    if listing:
        if document or reason or by:
            raise CommandError("--list takes no document, reason or name.", ExitCode.usage)
        return _list(installation, as_json)
    if document is None:
        raise CommandError("Name the document, or ask for `vigie withdraw --list`.", ExitCode.usage)
    one, fresh = _withdraw(installation, document, _check_reason(reason), by)
    left = _clear_index(installation)
    if as_json:
        print_json(vars(one) | {"fresh": fresh, "index": left})
    else:
        _say_done(one, fresh, installation.settings.clock.zone)
        if left is not None:
            complain(left)
    return ExitCode.done if left is None else ExitCode.unusable


def _check_reason(reason: str | None) -> str:
    said = one_line(reason or "")
    if not 0 < len(said) <= REASON_CHARACTERS:
        found = "none" if not said else f"{len(said)} characters"
        expected = f"expected a reason of at most {REASON_CHARACTERS} characters"
        raise CommandError(f"--reason: {expected}, got {found}. It is kept for good.", ExitCode.usage)
    return said


def _withdraw(installation: Installation, name: str, reason: str, by: str | None) -> tuple[Withdrawal, bool]:
    """The withdrawal of the document, and whether it was made just now."""
    now = installation.clock()
    with installation.open_catalogue() as catalogue:
        withdrawing.reconcile(catalogue, now, installation.make_id)
        with catalogue.read() as transaction:
            found = find_document(transaction, name)
            if found is None:
                message = f'There is no document "{one_line(name)[:200]}". Give its id, or an address it had.'
                raise CommandError(message)
            head = withdrawals.find_head(transaction, found)
            known = withdrawals.find_withdrawal(transaction, head) if head.state == "withdrawn" else None
        if known is not None:
            return known, False
        made = withdrawing.withdraw(
            catalogue, found, withdrawal_id=installation.make_id(), now=now, reason=reason,
            by=one_line(by) if by else None,
        )  # fmt: skip
    return made, True


def _clear_index(installation: Installation) -> str | None:
    """Take the entries out of the search index now; beside a daemon, which does it within seconds, that is left to it.

    Searches leave the document out in any case; None where nothing is left to do.
    """
    if stages.daemon_runs(installation) is not None:
        return None
    try:
        stages.project(installation, wait=True)
    except EngineError as error:
        return f"{error} No search of Vigie shows it, but its entries are still in the index: run `vigie index`."
    return None


def _say_done(one: Withdrawal, fresh: bool, zone: str) -> None:
    if not fresh:
        at = show_instant(one.at, zone)
        say(f"{one.documents[0]}: withdrawn on {at} already ({one.reason}). Nothing was changed.")
        return
    also = count_words(len(one.documents) - 1, "other document", "other documents")
    merged = f", with {also} merged into it" if len(one.documents) > 1 else ""
    addresses = count_words(len(one.addresses), "address", "addresses")
    say(f"{one.documents[0]} ({one.url}): withdrawn{merged}; {addresses} will not be shown again.")


def _list(installation: Installation, as_json: bool) -> int:
    with installation.open_catalogue() as catalogue, catalogue.read() as transaction:
        found = withdrawals.list_withdrawals(transaction)
    if as_json:
        print_json([vars(one) for one in found])
        return ExitCode.done
    if not found:
        say("Nothing was withdrawn.")
    zone = installation.settings.clock.zone
    print_rows([(show_instant(one.at, zone), one.documents[0], one.source, one.url, one.by or "", one.reason)
                for one in found])  # fmt: skip
    return ExitCode.done
