"""`vigie seal, prove, check-proof`: digests sealed, a document proved in a folder, a folder checked by itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archive.proof.folder import Facts
from archive.proof.seals import Seal
from vigie.commands.pipeline import stop_on_signal
from vigie.commands.session import AS_JSON, WAIT, open_installation
from vigie.exits import CommandError, ExitCode
from vigie.sealing import Sealed, seal
from vigie.terminal import complain, count_words, one_line, print_json, say, show_progress

if TYPE_CHECKING:
    from archive.proof.checking import Finding, Verdict

DOCUMENT = typer.Argument(metavar="DOCUMENT|URL", help="A document's id, or an address it had.")
OUTPUT = typer.Option(help="The folder to make; one that exists must be empty.")
FOLDER = typer.Argument(help="The folder of a proof.")
AUTHORITY = typer.Option(help="Certificates of the time-stamping authority in PEM, in place of those in the folder.")


def seal_command(
    context: typer.Context, wait: Annotated[bool, WAIT] = False, as_json: Annotated[bool, AS_JSON] = False
) -> int:
    """Seal the digests of all new records, chained to the seal before, and have the seal time-stamped where set.

    The daemon does so once a day. Exit code 1 where records could not be read, or no time stamp was given.
    """
    installation = open_installation(context)
    with stop_on_signal() as stop, show_progress("records read back") as advance:
        done = seal(installation, wait=wait, stop=stop, report=lambda count: advance(count, None))
        stopped = stop()
    if as_json:
        print_json(_as_json(done))
    else:
        _tell(done)
    if stopped:
        return ExitCode.interrupted
    return ExitCode.found_wrong if done.left_out or done.complaint else ExitCode.done


def prove_command(
    context: typer.Context,
    document: Annotated[str, DOCUMENT],
    output: Annotated[Path, OUTPUT],
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Write a folder that proves what the archive has of a document, and that anybody can check without the archive."""
    from vigie.proofs.making import make_proof  # loads templates and cryptography

    installation = open_installation(context)
    with installation.open_catalogue() as catalogue:
        made = make_proof(catalogue, document, output, installation.clock())
    if as_json:
        print_json(made.facts.model_dump(mode="json"))
    else:
        _tell_proof(made.facts, output)


def check_proof_command(
    folder: Annotated[Path, FOLDER],
    authority: Annotated[Path | None, AUTHORITY] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> int:
    """Check the folder of a proof, step by step, without archive or settings. Exit code 1 where anything is wrong."""
    from archive.proof.checking import check_folder  # loads cryptography

    if not folder.is_dir():
        raise CommandError(f"{folder}: expected the folder of a proof, found none.", ExitCode.usage)
    verdict = check_folder(folder, authority.read_bytes() if authority else None)
    if as_json:
        steps = [{"good": finding.good, "what": finding.what} for finding in verdict.findings]
        print_json({"holds": verdict.holds, "steps": steps})
    else:
        _tell_verdict(verdict)
    return ExitCode.done if verdict.holds else ExitCode.found_wrong


def _tell(done: Sealed) -> None:
    for one in done.seals:
        say(f"seal {one.number}: {count_words(one.end.leaves - 1, 'record')}, root {one.root}")
    if not done.seals:
        say("Nothing new to seal.")
    if done.stamped and done.time_stamp:
        at, signer = done.time_stamp.at, done.time_stamp.signer
        say(f"seal {done.stamped.number} was stamped on {at:%Y-%m-%d %H:%M:%S} UTC by {signer}")
    if done.left_out:
        complain(
            f"{count_words(done.left_out, 'record')} could not be read and are in no seal; the next seal tries them "
            "again. `vigie verify` says what is wrong with them."
        )
    if done.complaint:
        complain(f"No time stamp: {done.complaint}")


def _as_json(done: Sealed) -> dict[str, object]:
    stamped = {"seal": done.stamped.number, "at": done.time_stamp.at, "signer": done.time_stamp.signer} if (
        done.stamped and done.time_stamp
    ) else None  # fmt: skip
    return {
        "seals": [_describe(one) for one in done.seals],
        "left_out": done.left_out,
        "time_stamp": stamped,
        "complaint": done.complaint,
    }


def _describe(one: Seal) -> dict[str, object]:
    return {"number": one.number, "root": one.root, "records": one.end.leaves - 1, "file": one.path.name}


def _tell_proof(facts: Facts, output: Path) -> None:
    say(f"{count_words(len(facts.captures), 'record')} of {facts.url} written to {output} and checked.")
    if not any(one.stamped_at for one in facts.seals):
        complain("No time stamp covers them yet: their date rests on the archive's word (docs/proof.md).")
    for number, why in facts.not_proved.items():
        complain(f"Capture {number} is left out: {why}.")
    say(f"{output / 'index.html'} says in plain words what it proves and what not.")


def _tell_verdict(verdict: "Verdict") -> None:
    for finding in verdict.findings:
        say(f"{_mark(finding)} {one_line(finding.what)}")  # names and addresses in a folder are anybody's
    wrong = sum(finding.good is False for finding in verdict.findings)
    say("The proof holds." if verdict.holds else f"The proof does NOT hold: {count_words(wrong, 'step')} failed.")


def _mark(finding: "Finding") -> str:
    return "note " if finding.good is None else "ok   " if finding.good else "WRONG"
