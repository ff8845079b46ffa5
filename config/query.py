"""A saved query: words that somebody watches, who is told of new matches, when, and of what.

A query is data, one file each; its name is the file's. What it has matched and told so far is the catalogue's. Whether
its words make sense only the query language can judge: see `vigie/checking.py`.
"""

import hashlib
import json
import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from config.addresses import EMAIL
from config.clock_times import Schedule, Turns
from config.faults import refused
from config.quantities import Times
from config.source import Kind, Language, Model, SourceId, Switch, Text
from config.territories import Region
from config.webhook import Webhook

OnEdit = Literal["first", "mail", "ignore"]
OnRemoval = Literal["ignore", "mail"]
MailLanguage = Literal["fr", "en"]

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def check_recipient(value: str) -> str:
    """Accept one plain e-mail address."""
    if len(value) > 254 or not value.isascii() or not value.isprintable() or not EMAIL.fullmatch(value):
        raise refused('one e-mail address such as "redaction@exemple.test"')
    return value


def _read_day(value: object) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise refused("a day such as 2026-03-14")


Address = Annotated[str, Field(strict=True), AfterValidator(check_recipient), WithJsonSchema({"form": "e-mail"})]
Words = Annotated[str, Field(strict=True, min_length=1), WithJsonSchema({"form": "query"})]
Day = Annotated[date, BeforeValidator(_read_day), WithJsonSchema({"form": "day"})]
ExampleText = Annotated[str, Field(strict=True, min_length=1, max_length=5000), WithJsonSchema({"form": "text"})]


class Examples(Model):
    """Texts by which `vigie alerts check` tries a query before anybody is told anything."""

    match: tuple[ExampleText, ...] = ()
    """Texts that it must match; the first line is taken as title, all of it as text."""
    no_match: tuple[ExampleText, ...] = ()
    """Texts that it must not match."""


class SavedQuery(Model):
    """One saved query, as written in a file under `queries/`."""

    title: Text
    """What it is about, as the subject of the mail says it."""
    query: Words
    """The words, in the language of `vigie search` (docs/query-language.md)."""
    sources: tuple[SourceId, ...] = ()
    """Only documents that one of these sources showed; empty means all."""
    kinds: tuple[Kind, ...] = ()
    """Only these kinds of publisher; empty means all."""
    regions: tuple[Region, ...] = ()
    """Only these regions; empty means all."""
    languages: tuple[Language, ...] = ()
    """Only these languages; empty means all."""
    recipients: tuple[Address, ...] = ()
    """Who is told, each in a mail of their own; without one, and without a webhook, the query is off."""
    webhook: Webhook | None = None
    """An address to which each digest is posted as signed JSON, beside the mails or instead of them."""
    schedule: Turns = Schedule("at once")
    """When a digest is due: at once, hourly, daily 07:30, weekly monday 07:30."""
    digest: SourceId | None = None
    """Name of a digest that several queries share: one mail for those due at the same time."""
    on_edit: OnEdit = "first"
    """Of a document whose text changes: told the first time it matches, at each matching edit, or only when new."""
    on_removal: OnRemoval = "ignore"
    """Of a document told before that its publisher removes, or puts back: nothing, or a line in the next mail."""
    silence: Times | None = None
    """Told too when a source of this query shows nothing new for that many times its usual pause, though it answers."""
    told_in: MailLanguage | None = None
    """Language of its mails; left out, that of mail.language."""
    tell_backfill: Switch = False
    """Whether documents that came by backfill or import are listed like news; otherwise they are counted in a line."""
    when_empty: Literal["silent", "say_so"] = "silent"
    """Whether a digest by the clock without anything new is sent all the same."""
    since: Day | None = None
    """First day of the log that a new query looks at; left out, it begins with what comes after it is read."""
    enabled: Switch = True
    """Whether it is matched and told."""
    examples: Examples = Examples()
    """Texts that it must and must not match."""

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if len({address.lower() for address in self.recipients}) < len(self.recipients):
            raise refused("each recipient once")
        return self

    @property
    def is_on(self) -> bool:
        """True where it is matched and somebody is told."""
        return self.enabled and bool(self.audience)

    @property
    def audience(self) -> tuple[str, ...]:
        """Who is told: mail addresses, and the address of the webhook."""
        return self.recipients if self.webhook is None else (*self.recipients, self.webhook.url)

    @property
    def asked(self) -> dict[str, object]:
        """What decides which documents are told of: words, filters and rules, as the catalogue keeps them."""
        return {
            "query": self.query,
            "sources": sorted(self.sources),
            "kinds": sorted(self.kinds),
            "regions": sorted(self.regions),
            "languages": sorted(self.languages),
            "on_edit": self.on_edit,
            "on_removal": self.on_removal,
            "tell_backfill": self.tell_backfill,
        }


def digest_asked(asked: dict[str, object]) -> str:
    """A digest that changes exactly when what is asked does."""
    return hashlib.sha256(json.dumps(asked, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
