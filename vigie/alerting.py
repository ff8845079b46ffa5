"""Saved queries in one installation: matched, told and audited through the parts of `indexer/alerts`."""

import secrets
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from archive.catalogue import Catalogue, saved_queries, sources
from archive.catalogue.changes import last_seq
from archive.catalogue.outbox import Message
from config.query import SavedQuery, digest_asked
from indexer.alerts import digests, matching, replay, sending
from indexer.alerts.delivery import Delivery, make_carrier
from indexer.alerts.letters import write_notice
from indexer.alerts.registering import register_queries
from indexer.alerts.watched import Watched, current_analysis, watch
from indexer.analysis import FrenchAnalyzer
from vigie.audits import keep_audit
from vigie.installation import Installation
from vigie.state import find_troubles
from vigie.trying_queries import limits_of

ID_BYTES = 12  # of a Message-ID: nobody else's are the same

_TROUBLES = {"blocked": "bloqué", "failing": "ne répond pas", "no address left": "plus aucune adresse ne répond"}


def match_and_compose(installation: Installation, catalogue: Catalogue, stop: Callable[[], bool]) -> Counter[str]:
    """Bring every saved query up to the end of the log, then make the digests that are due."""
    analyzer = FrenchAnalyzer()
    watched = register(installation, catalogue, analyzer)
    counts = matching.follow(catalogue, watched, analyzer, installation.clock, stop).counts
    desk = _make_desk(installation, catalogue, analyzer)
    made = digests.compose_due(catalogue, installation.queries, watched, desk)
    made += digests.tell_operator(catalogue, desk)
    if made:
        counts["messages"] += made
    return counts


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
        return digests.is_turn_due(transaction, on, now, zone)


def send_due(installation: Installation, catalogue: Catalogue, stop: Callable[[], bool]) -> Counter[str]:
    """Send what is due through the mail settings."""
    return sending.send_due(catalogue, make_carrier(installation.settings.mail), installation.clock, stop)


def send_trial(installation: Installation, recipient: str, say: Callable[[str], None]) -> Delivery:
    """One message outside the outbox, to try the mail settings; `say` is told what each step answered."""
    mail, now = installation.settings.mail, installation.clock()
    domain = mail.sender.rpartition("@")[2]
    message = Message(
        0, 0, 0, recipient, f"<{secrets.token_hex(ID_BYTES)}@{domain}>", (), now, "pending", 0, 0, None, None, None
    )
    letter = write_notice("Vigie : essai", ["Ce message d’essai a été envoyé par `vigie mail test`."])
    return make_carrier(mail, say).deliver(message, letter, lambda: None)


def audit(installation: Installation, catalogue: Catalogue, since: datetime | None = None) -> replay.Audit:
    """Evaluate every query again and compare with what was told and sent; kept for those who look on."""
    now, zone = installation.clock(), installation.settings.clock.zone
    found = replay.audit(
        catalogue, limits_of(installation.settings.limits), FrenchAnalyzer(),
        lambda match: digests.is_overdue(match, installation.queries, now, zone), since=since,
    )  # fmt: skip
    keep_audit(installation.folder, found, now, since)
    return found


def backtest(
    installation: Installation,
    catalogue: Catalogue,
    query: SavedQuery,
    name: str,
    *,
    days: int,
    report: Callable[[int, int], None] = lambda done, of: None,
) -> replay.Backtest:
    """What a query, saved or not, would have told in the last days. Raises `QueryError` where it cannot be asked."""
    analyzer, zone = FrenchAnalyzer(), ZoneInfo(installation.settings.clock.zone)
    watched = watch(name, query.asked, limits_of(installation.settings.limits), analyzer)
    return replay.backtest(
        catalogue, watched, analyzer, since=installation.clock() - timedelta(days=days),
        day_of=lambda at: at.astimezone(zone).date().isoformat(), report=report,
    )  # fmt: skip


def _make_desk(installation: Installation, catalogue: Catalogue, analyzer: FrenchAnalyzer) -> digests.Desk:
    return digests.Desk(
        mail=installation.settings.mail,
        zone=installation.settings.clock.zone,
        clock=installation.clock,
        make_id=lambda: secrets.token_hex(ID_BYTES),
        unseen=lambda: _list_unseen(installation, catalogue),
        analyzer=analyzer,
    )


def _list_unseen(installation: Installation, catalogue: Catalogue) -> list[str]:
    """Sources in trouble, one French sentence each."""
    on = {source.id: source for source in installation.loaded.enabled}
    with catalogue.read() as transaction:
        states = [state for state in sources.list_states(transaction) if state.id in on]
        points = [point for point in sources.list_entry_points(transaction) if point.source in on]
    zone = ZoneInfo(installation.settings.clock.zone)
    said = []
    for trouble in find_troubles(states, points, on):
        what = _TROUBLES.get(trouble.what, trouble.what.replace("set aside:", "adresse mise de côté :"))
        since = "" if trouble.since is None else f" depuis le {trouble.since.astimezone(zone):%d/%m/%Y à %H:%M}"
        said.append(f"{on[trouble.source].name} : {what}{since}")
    return said
