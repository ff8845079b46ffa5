"""Saved queries in one installation: matched, told and audited through the parts of `indexer/alerts`."""

import functools
import secrets
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from importlib import metadata

from archive.catalogue import Catalogue, matches, outbox, saved_queries
from archive.catalogue.changes import last_seq
from archive.catalogue.outbox import Message
from config.public_addresses import allowed_pairs
from config.query import digest_asked
from config.source import Source
from indexer.alerts import auditing, digests, feeds, matching, notices, rewriting, sending, silences
from indexer.alerts.articles import read_articles
from indexer.alerts.delivery import Carrier, Delivery, make_carrier
from indexer.alerts.letters import write_notice
from indexer.alerts.links import Links, search_words
from indexer.alerts.phrases import PHRASES
from indexer.alerts.registering import register_queries
from indexer.alerts.watched import Watched, current_analysis, watch
from indexer.alerts.ways import Ways
from indexer.alerts.webhooks import WebhookCarrier
from indexer.analysis import FrenchAnalyzer
from indexer.query import QueryError
from vigie.audits import keep_audit
from vigie.installation import Installation
from vigie.trying_queries import limits_of
from vigie.unseen import list_unseen

ID_BYTES = 12  # of a Message-ID: nobody else's are the same

REMEMBERED_WORDS = 20_000
"""Words whose analysis matching keeps: enough for the frequent ones, a tenth of the memory that all would take."""


def match_and_compose(installation: Installation, catalogue: Catalogue, stop: Callable[[], bool]) -> Counter[str]:
    """Bring every saved query up to the end of the log, then make the digests that are due."""
    analyzer = _remember_words()
    watched = register(installation, catalogue, analyzer)
    counts = matching.follow(catalogue, watched, analyzer, installation.clock, stop).counts
    desk = _make_desk(installation, catalogue, analyzer)
    silences.look_for_silences(catalogue, installation.queries, _sources_on(installation), installation.clock)
    rewriting.rewrite_outdated(catalogue, installation.queries, watched, desk)
    made = digests.compose_due(catalogue, installation.queries, watched, desk)
    made += notices.tell_operator(catalogue, desk)
    if made:
        counts["messages"] += made
    return counts


@functools.cache
def _remember_words() -> FrenchAnalyzer:
    """One analysis for all runs of a process: a daemon meets the same words again, and knows them."""
    return FrenchAnalyzer(cache_entries=REMEMBERED_WORDS)


def register(installation: Installation, catalogue: Catalogue, analyzer: FrenchAnalyzer) -> dict[str, Watched]:
    """Make the configured queries known, and ready to be asked."""
    limits, zone = limits_of(installation.settings.limits), installation.settings.clock.zone
    return register_queries(catalogue, installation.queries, limits, analyzer, installation.clock(), zone)


def is_match_due(installation: Installation, catalogue: Catalogue) -> bool:
    """Whether a run of matching would find something to do; costs one read of the catalogue."""
    now, zone = installation.clock(), installation.settings.clock.zone
    on = {name: query for name, query in installation.queries.items() if query.is_on}
    with catalogue.read() as transaction:
        states = {state.name: state for state in saved_queries.list_queries(transaction) if state.ended_at is None}
        end = last_seq(transaction)
        if on.keys() != states.keys() or any(state.runs and state.watermark < end for state in states.values()):
            return True
        texts = saved_queries.list_texts_in_force(transaction)
        known = {name: (text.digest, text.analyzer) for name, text in texts.items()}
        if known != {name: (digest_asked(query.asked), current_analysis()) for name, query in on.items()}:
            return True
        return (
            digests.is_turn_due(transaction, on, now, zone)
            or silences.is_silence_due(transaction, on, _sources_on(installation), now)
            or bool(outbox.list_outdated(transaction, 1))
            or notices.is_notice_due(transaction, installation.settings.mail.operator)
        )


def send_due(installation: Installation, catalogue: Catalogue, stop: Callable[[], bool]) -> Counter[str]:
    """Send what is due: by the mail settings, or to webhooks."""
    ways = Ways(_make_carrier(installation), _make_webhooks(installation))
    return sending.send_due(catalogue, ways, installation.clock, stop)


def send_trial(installation: Installation, recipient: str, say: Callable[[str], None]) -> Delivery:
    """One message outside the outbox, to try the mail settings; `say` is told what each step answered."""
    mail, now = installation.settings.mail, installation.clock()
    domain = mail.sender.rpartition("@")[2]
    message = Message(
        0, 0, 0, recipient, f"<{secrets.token_hex(ID_BYTES)}@{domain}>", (), now, "pending", 0, 0, None, None, None
    )
    phrases = PHRASES[mail.language]
    letter = write_notice(phrases.trial_subject, [phrases.trial], phrases)
    return _make_carrier(installation, say).deliver(message, letter, lambda: None)


def _make_carrier(installation: Installation, say: Callable[[str], None] = lambda said: None) -> Carrier:
    return make_carrier(installation.settings.mail, say, installation.loaded.credentials.mail_password)


def _make_webhooks(installation: Installation) -> WebhookCarrier:
    """Those that saved queries name, also queries that are off: what waits may still leave."""
    settings = installation.settings
    named = {query.webhook.url: query.webhook for query in installation.queries.values() if query.webhook is not None}
    user_agent = settings.user_agent(metadata.version("vigie"))
    allowed = allowed_pairs(settings.private_hosts)
    return WebhookCarrier(named, installation.loaded.credentials.webhook_key, allowed, user_agent, installation.clock)


def make_feed(installation: Installation, catalogue: Catalogue, name: str, limit: int) -> bytes:
    """The Atom feed of what a saved query told, the newest articles first."""
    query, analyzer = installation.queries[name], FrenchAnalyzer(cache_entries=REMEMBERED_WORDS)
    with catalogue.read() as transaction:
        state = saved_queries.read_query(transaction, name)
        told = matches.list_newest_matches(transaction, name, feeds.SHOWN, limit)
    try:
        watched = watch(name, query.asked, limits_of(installation.settings.limits), analyzer)
    except QueryError:
        watched = None  # what it told stays, without the marks
    feed = feeds.Feed(
        name, query.title, search_words(query), installation.settings.mail.sender.rpartition("@")[2],
        installation.clock() if state is None else state.first_seen_at,
        Links(installation.settings.web.base_address),
    )  # fmt: skip
    return feeds.write_feed(feed, read_articles(catalogue, told, watched, analyzer))


def audit(installation: Installation, catalogue: Catalogue, since: datetime | None = None) -> auditing.Audit:
    """Evaluate every query again and compare with what was told and sent; kept for those who look on."""
    now, zone = installation.clock(), installation.settings.clock.zone
    found = auditing.audit(
        catalogue, limits_of(installation.settings.limits), FrenchAnalyzer(),
        lambda match: digests.is_overdue(match, installation.queries, now, zone), since=since,
    )  # fmt: skip
    keep_audit(installation.folder, found, now, since)
    return found


def _make_desk(installation: Installation, catalogue: Catalogue, analyzer: FrenchAnalyzer) -> digests.Desk:
    return digests.Desk(
        mail=installation.settings.mail,
        zone=installation.settings.clock.zone,
        clock=installation.clock,
        make_id=lambda: secrets.token_hex(ID_BYTES),
        unseen=lambda phrases, since: list_unseen(installation, catalogue, phrases, since),
        analyzer=analyzer,
        links=Links(installation.settings.web.base_address),
        names={source.id: source.name for source in installation.loaded.sources.values()},
    )


def _sources_on(installation: Installation) -> dict[str, Source]:
    return {source.id: source for source in installation.loaded.enabled}
