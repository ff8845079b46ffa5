"""`vigie show`: one document with all that is known of it, its stored bytes, or the difference of two versions."""

import sys
from typing import Annotated

import typer

from archive.catalogue import Catalogue, utc_now
from archive.catalogue.captures import Capture
from archive.catalogue.sketches import SameText, SameTexts
from archive.records import Claim
from archive.store import Archive
from indexer.document import date_of
from vigie.commands.session import AS_JSON, open_installation
from vigie.exits import CommandError, ExitCode
from vigie.portrait import Portrait, VersionView, compare, find_capture, find_document, is_hidden, read_portrait
from vigie.terminal import count_words, one_line, print_json, print_rows, say, show_day, show_instant

NAME = typer.Argument(metavar="DOCUMENT|URL|CAPTURE", help="A document's id, an address it had, a capture's number.")
RAW_LIMIT = 1 << 30  # whatever was let in is shown


def show_command(
    context: typer.Context,
    name: Annotated[str, NAME],
    raw: Annotated[bool, typer.Option("--raw", help="Write the stored body, as it was received and decoded.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what changed from each version to the next.")] = False,
    text: Annotated[bool, typer.Option("--text", help="Show the whole text as well.")] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> int:
    """Show a document: the same text elsewhere, versions, captures, addresses, every date and title claimed and the
    rule that chose, changes."""
    if raw + diff + as_json > 1:
        raise CommandError("--raw, --diff and --json: expected at most one of them.", ExitCode.usage)
    installation = open_installation(context)
    with installation.open_catalogue() as catalogue:
        if raw:
            return _write_raw(catalogue, name)
        portrait = _find(catalogue, name)
    if as_json:
        print_json(portrait.as_json())
    elif portrait.tombstone is not None:
        _show_tombstone(portrait, installation.settings.clock.zone)
    elif diff:
        _show_differences(portrait)
    else:
        _show(portrait, installation.settings.clock.zone, whole_text=text)
    return ExitCode.done


def _find(catalogue: Catalogue, name: str) -> Portrait:
    with catalogue.read() as transaction:
        found = find_document(transaction, name)
        if found is not None:
            return read_portrait(transaction, found)
        capture = find_capture(transaction, name)
    if capture is not None:
        end = capture.extraction_outcome or "still waiting for extraction"
        raise CommandError(f"Capture {capture.id} ({capture.url}) shows no document: {end}. `--raw` writes its body.")
    raise CommandError(
        f'There is no document "{one_line(name)[:200]}". Give its id, an address it had, or the number of a capture.'
    )


def _write_raw(catalogue: Catalogue, name: str) -> int:
    """The body of a capture, or of the latest capture with a body of a document."""
    archive = Archive(catalogue, operator=None, clock=utc_now)
    with catalogue.read() as transaction:
        capture = find_capture(transaction, name)
        if capture is None:
            found = find_document(transaction, name)
            shown = read_portrait(transaction, found).captures if found else ()
            capture = next((one for one in reversed(shown) if one.status == 200), None)
        if capture is None:
            raise CommandError(f'There is no capture of "{one_line(name)[:200]}" to be shown.')
        if is_hidden(transaction, capture):
            raise CommandError(f"{capture.url}: the document was withdrawn; `vigie show` says when and why.")
        decoded = archive.read_body(transaction, capture, RAW_LIMIT)
    sys.stdout.buffer.write(decoded.body)
    sys.stdout.buffer.flush()
    return ExitCode.done


def _show_tombstone(portrait: Portrait, zone: str) -> None:
    """What it was, when it was withdrawn and why: nothing of what it said."""
    document, stone = portrait.document, portrait.tombstone
    assert stone is not None
    say(f"Withdrawn on {show_instant(stone.at, zone)}. Nothing of it is shown any more.")
    print_rows(
        [
            ("document", document.id + _merged(portrait)),
            ("source", portrait.facts.name if portrait.facts else document.source),
            ("address", document.url),
            ("first seen", show_instant(document.first_seen_at, zone)),
            ("reason", stone.reason or "none on record"),
            *([("by", stone.by)] if stone.by else []),
        ]
    )


def _show_differences(portrait: Portrait) -> None:
    if len(portrait.versions) < 2:
        say("There is one version; nothing to compare.")
    for before, after in zip(portrait.versions, portrait.versions[1:], strict=False):
        say("\n".join(compare(before, after)))


def _show(portrait: Portrait, zone: str, *, whole_text: bool) -> None:
    document, current = portrait.document, portrait.current
    say(current.stored.content.title or "(no title)" if current else "(no version)")
    rows = [
        ("document", f"{document.id}, {document.state}" + _merged(portrait)),
        ("source", portrait.facts.name if portrait.facts else document.source),
        ("address", document.url),
        ("first seen", show_instant(document.first_seen_at, zone)),
        ("next look", show_instant(document.next_check_at, zone)),
    ]
    rows[3:3] = [("linked from", url) for url in portrait.contexts]
    if len(portrait.sources) > 1:
        rows.insert(2, ("named by", ", ".join(portrait.sources)))
    if document.suspect_since:
        rows.append(("suspect since", show_instant(document.suspect_since, zone)))
    if current:
        rows += _describe_content(current)
    print_rows(rows)
    _show_same_texts(portrait.same_texts)
    _show_versions(portrait, zone)
    _show_claims(current)
    _show_captures(portrait.captures, zone)
    say(f"\n{count_words(len(portrait.aliases), 'address', 'addresses')}")
    print_rows([(alias,) for alias in portrait.aliases], indent="  ")
    say("\nchanges")
    print_rows(
        [
            (str(one.seq), show_instant(one.at, zone), one.kind, _version(one.version), one.via)
            for one in portrait.changes
        ],
        indent="  ",
    )
    if whole_text and current:
        say(f"\n{current.stored.content.text}")


def _merged(portrait: Portrait) -> str:
    return f" into {portrait.document.merged_into}" if portrait.document.merged_into else ""


def _describe_content(view: VersionView) -> list[tuple[str, str]]:
    content = view.stored.content
    published = show_day(content.published_at, content.published_precision or "second") if content.published_at else "?"
    doubt = f", doubtful: {content.published_doubt}" if content.published_doubt else ""
    return [
        *(("also published at", url) for url in content.also_at),
        ("authors", ", ".join(content.authors) or "none named"),
        ("published", f"{published} ({content.published_origin or 'not stated'}{doubt})"),
        ("language", content.language or "unknown"),
        ("text", f"{len(content.text)} characters{', behind a paywall' if content.paywalled else ''}"),
    ]


def _show_same_texts(same: SameTexts) -> None:
    if not same.found:
        return
    more = f", and {same.left_out} more" if same.left_out else ""
    say(f"\nsame text elsewhere: {count_words(len(same.found), 'document')}{more}")
    print_rows([_describe_same_text(one) for one in same.found], indent="  ")


def _describe_same_text(one: SameText) -> tuple[str, ...]:
    date, origin, precision = date_of(
        one.published_at, one.published_origin, one.published_precision, one.published_doubt, one.first_seen_at
    )
    said = show_day(date, precision) + (" (first seen)" if origin == "first_seen" else "")
    alike = "word for word" if one.equal else f"{one.resemblance:.0%} the same"
    return alike, said, one.source_name, one.title or "(no title)", one.url


def _show_versions(portrait: Portrait, zone: str) -> None:
    say(f"\n{count_words(len(portrait.versions), 'version')}")
    print_rows(
        [
            (
                f"{view.version.number}{'*' if view is portrait.current else ' '}",
                show_instant(view.version.fetched_at, zone),
                f"capture {view.version.capture}",
                view.stored.content.title or "(no title)",
            )
            for view in portrait.versions
        ],
        indent="  ",
    )


def _show_claims(view: VersionView | None) -> None:
    claims = view.stored.content.claims if view else ()
    if not claims:
        return
    say("\nclaims")
    print_rows(
        [(_mark_claim(one), one.field, one.origin, one.text[:80], _judge_claim(one)) for one in claims], indent="  "
    )


def _mark_claim(claim: Claim) -> str:
    return "*" if claim.chosen else " "


def _judge_claim(claim: Claim) -> str:
    """What the text was read as, and why it was chosen or doubted."""
    read = claim.value or "not understood"
    assumed = " (zone assumed)" if claim.zone_assumed else ""
    why = f"; {claim.rule}" if claim.rule else ""
    return f"{read}{assumed}{f'; {claim.doubt}' if claim.doubt else ''}{why}"


def _show_captures(shown: tuple[Capture, ...], zone: str) -> None:
    say(f"\n{count_words(len(shown), 'capture')}")
    print_rows(
        [
            (
                str(one.id), show_instant(one.fetched_at, zone), str(one.status), _version(one.version),
                one.extraction_outcome or "to be extracted", one.url,
            )
            for one in shown
        ],
        indent="  ",
    )  # fmt: skip


def _version(number: int | None) -> str:
    return "" if number is None else f"version {number}"
