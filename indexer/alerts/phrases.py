"""Everything that Vigie's mails say, in each language they are written in: one place, and no phrase in one alone.

Names in braces are filled in; those of one phrase are the same in every language. Plurals are pairs: with one, with
several.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from config.query import MailLanguage

Plural = tuple[str, str]


@dataclass(frozen=True)
class Phrases:
    """The phrases of one language. Titles, texts and names of sources stay as their publishers wrote them."""

    language: MailLanguage
    months: tuple[str, ...]
    day: str  # {day} {month} {year}
    first_day: str  # the same on the first of a month
    instant: str  # {date} {hour} {minute}
    thousands: str
    zero_is_one: bool  # whether nothing is counted in the singular
    doubtful_dates: Mapping[str, str]  # where a date comes from, where that may surprise

    new: Plural
    edited: Plural
    removed: Plural
    restored: Plural
    silent: Plural
    talking: Plural
    nothing_new: str
    nothing_new_subject: str  # {what}
    subject: str  # {counts} {what}{where}

    untitled: str
    edited_text: str
    changes: str
    words_removed: str
    words_added: str
    changed_title: str
    more_changes: Plural
    also: str
    archived: str
    archived_by: str  # {command}
    left_out: Plural
    counted: Plural
    all_by_link: str
    all_by_command: str  # {command}
    removals: str
    removed_at: str  # {date}
    restored_at: str  # {date}
    more_removals: Plural

    silence_began: str  # {source} {since} {usual}
    silence_ended: str  # {source} {since} {length}
    days: Plural
    hours: Plural

    unseen: str
    trouble_since: str  # {source} {what} {since}
    trouble: str  # {source} {what}
    troubles: Mapping[str, str]
    set_aside: str  # {address}
    footer: str  # {address}

    disabled_subject: str  # {query}
    disabled: tuple[str, ...]  # {query} {title} {why}
    unsent_subject: str  # {count}
    unsent_count: Plural
    unsent: str
    unsent_line: str  # {recipient} {queries} {state} {said}
    unsent_more: Plural
    unsent_advice: str
    message_states: Mapping[str, str]
    trial_subject: str
    trial: str


FRENCH = Phrases(
    language="fr",
    months=(
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
    ),
    day="{day} {month} {year}",
    first_day="1er {month} {year}",
    instant="{date}, {hour}\u00a0h\u00a0{minute:02}",
    thousands="\u202f",
    zero_is_one=True,
    doubtful_dates={
        "first_seen": "date de première vue : la page n’en donne pas",
        "url": "d’après l’adresse",
        "header": "d’après le serveur",
        "sitemap": "d’après le plan du site",
    },
    new=("nouveau", "nouveaux"),
    edited=("modifié", "modifiés"),
    removed=("retiré", "retirés"),
    restored=("remis en ligne", "remis en ligne"),
    silent=("source silencieuse", "sources silencieuses"),
    talking=("fin de silence", "fins de silence"),
    nothing_new="Rien de nouveau.",
    nothing_new_subject="Rien de nouveau : {what}",
    subject="{counts} : {what}{where}",
    untitled="(sans titre)",
    edited_text="texte modifié",
    changes="Ce qui a changé",
    words_removed="retiré",
    words_added="ajouté",
    changed_title="Titre :",
    more_changes=("autre passage modifié", "autres passages modifiés"),
    also="Aussi :",
    archived="copie archivée",
    archived_by="Copie archivée : {command}",
    left_out=("autre article", "autres articles"),
    counted=(
        "article ancien, venu par reprise d’archives ou dans un état antérieur",
        "articles anciens, venus par reprise d’archives ou dans un état antérieur",
    ),
    all_by_link="toute la liste",
    all_by_command="Toute la liste : {command}",
    removals="Retirés ou remis en ligne par leur éditeur",
    removed_at="page retirée, constaté le {date}",
    restored_at="page remise en ligne, constaté le {date}",
    more_removals=("autre page retirée ou remise en ligne", "autres pages retirées ou remises en ligne"),
    silence_began=(
        "{source} n’a rien publié de nouveau depuis le {since}, bien que son site réponde. "
        "D’ordinaire, pas plus de {usual} entre deux publications."
    ),
    silence_ended="{source} publie de nouveau, depuis le {since}, après un silence de {length}.",
    days=("jour", "jours"),
    hours=("heure", "heures"),
    unseen="Ce qui n’a pas pu être lu",
    trouble_since="{source} : {what} depuis le {since}",
    trouble="{source} : {what}",
    troubles={
        "blocked": "accès bloqué par le site",
        "failing": "ne répond pas",
        "no address left": "plus aucune adresse ne répond",
        "throttled": "a limité nos visites",
        "over": "n’a pas pu être lu un temps, de nouveau lu",
    },
    set_aside="adresse mise de côté, {address},",
    footer="Envoyé par Vigie pour une recherche enregistrée. Pour ne plus rien recevoir, écrire à {address}.",
    disabled_subject="Vigie : la recherche « {query} » est arrêtée",
    disabled=(
        "La recherche « {query} » ({title}) ne peut pas être posée : {why}",
        "Les autres continuent. Elle garde sa place et reprendra dès que ses mots seront corrigés.",
    ),
    unsent_subject="Vigie : {count}",
    unsent_count=("message n’est pas parti", "messages ne sont pas partis"),
    unsent="Ces messages ne partiront plus d’eux-mêmes :",
    unsent_line="À {recipient} ({queries}) : {state}. {said}",
    unsent_more=("autre message", "autres messages"),
    unsent_advice="Tous les messages et les réponses du serveur : vigie alerts outbox",
    message_states={
        "failed": "refusé pour de bon",
        "given_up": "abandonné après trois jours d’essais",
        "uncertain": "envoyé deux fois sans réponse, peut-être arrivé",
    },
    trial_subject="Vigie : essai",
    trial="Ce message d’essai a été envoyé par `vigie mail test`.",
)  # fmt: skip

ENGLISH = Phrases(
    language="en",
    months=(
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
    day="{day} {month} {year}",
    first_day="1 {month} {year}",
    instant="{date}, {hour:02}:{minute:02}",
    thousands=",",
    zero_is_one=False,
    doubtful_dates={
        "first_seen": "date of first sight: the page gives none",
        "url": "from the address",
        "header": "from the server",
        "sitemap": "from the sitemap",
    },
    new=("new", "new"),
    edited=("edited", "edited"),
    removed=("removed", "removed"),
    restored=("put back", "put back"),
    silent=("silent source", "silent sources"),
    talking=("silence ended", "silences ended"),
    nothing_new="Nothing new.",
    nothing_new_subject="Nothing new: {what}",
    subject="{counts}: {what}{where}",
    untitled="(no title)",
    edited_text="text edited",
    changes="What changed",
    words_removed="removed",
    words_added="added",
    changed_title="Title:",
    more_changes=("more changed passage", "more changed passages"),
    also="Also:",
    archived="archived copy",
    archived_by="Archived copy: {command}",
    left_out=("more article", "more articles"),
    counted=(
        "older article, from a backfill or in an earlier state",
        "older articles, from a backfill or in an earlier state",
    ),
    all_by_link="the whole list",
    all_by_command="The whole list: {command}",
    removals="Removed or put back by their publisher",
    removed_at="page removed, noticed on {date}",
    restored_at="page put back, noticed on {date}",
    more_removals=("more page removed or put back", "more pages removed or put back"),
    silence_began=(
        "{source} has published nothing new since {since}, although its site answers. "
        "Usually no more than {usual} pass between two publications."
    ),
    silence_ended="{source} publishes again, since {since}, after a silence of {length}.",
    days=("day", "days"),
    hours=("hour", "hours"),
    unseen="What could not be read",
    trouble_since="{source}: {what} since {since}",
    trouble="{source}: {what}",
    troubles={
        "blocked": "access blocked by the site",
        "failing": "does not answer",
        "no address left": "no address answers any more",
        "throttled": "has limited our visits",
        "over": "could not be read for a time, read again",
    },
    set_aside="address {address} set aside",
    footer="Sent by Vigie for a saved search. To receive no more, write to {address}.",
    disabled_subject="Vigie: the saved search “{query}” has stopped",
    disabled=(
        "The saved search “{query}” ({title}) cannot be asked: {why}",
        "The others go on. It keeps its place and continues as soon as its words are mended.",
    ),
    unsent_subject="Vigie: {count}",
    unsent_count=("message was not sent", "messages were not sent"),
    unsent="These messages will not be sent by themselves any more:",
    unsent_line="To {recipient} ({queries}): {state}. {said}",
    unsent_more=("more message", "more messages"),
    unsent_advice="All messages and the answers of the server: vigie alerts outbox",
    message_states={
        "failed": "refused for good",
        "given_up": "given up after three days of attempts",
        "uncertain": "sent twice without an answer, perhaps arrived",
    },
    trial_subject="Vigie: trial",
    trial="This trial message was sent by `vigie mail test`.",
)  # fmt: skip

PHRASES: Mapping[MailLanguage, Phrases] = {"fr": FRENCH, "en": ENGLISH}
