"""How the words of the catalogue are called on the page: kinds, regions, states, where a date comes from."""

from collections.abc import Mapping

from config.territories import REGIONS
from vigie.web.languages import Language, later

KINDS = {
    "union": later("Syndicat"),
    "association": later("Association"),
    "federation": later("Fédération"),
    "regional_press": later("Presse régionale"),
    "local_press": later("Presse locale"),
    "broadcaster": later("Radio et télévision"),
}
STATES = {
    "live": later("en ligne"),
    "removed": later("supprimé par l’éditeur"),
    "withdrawn": later("retiré de l’archive"),
    "merged": later("réuni à un autre document"),
}
ORIGINS = {
    "json_ld": later("donnée dans les données de la page"),
    "meta": later("donnée dans l’en-tête de la page"),
    "feed": later("d’après le flux"),
    "sitemap": later("d’après le plan du site"),
    "listing": later("d’après la page de liste"),
    "url": later("lue dans l’adresse"),
    "page": later("lue sur la page"),
    "header": later("d’après le serveur"),
    "pdf": later("donnée dans le PDF"),
    "first_seen": later("première vue ; la page ne donne pas de date sûre"),
}
CHANGES = {
    "new": later("nouveau"),
    "edited": later("modifié"),
    "older_found": later("état antérieur retrouvé"),
    "re_extracted": later("texte relu"),
    "relabelled": later("sources mises à jour"),
    "removed": later("supprimé par l’éditeur"),
    "restored": later("de nouveau en ligne"),
    "withdrawn": later("retiré de l’archive"),
    "merged": later("réuni à un autre document"),
}
FIELDS = {
    "title": later("titre"),
    "authors": later("auteurs"),
    "published": later("parution"),
    "modified": later("modification"),
}
DOUBTS = {
    "bad_date": later("date impossible"),
    "future": later("dans l’avenir"),
    "too_old": later("trop ancienne"),
}
VIAS = {
    "live": later("au fil de l’eau"),
    "backfill": later("reprise d’ancien"),
    "import": later("importé"),
}
MESSAGES = {
    "pending": later("en attente"),
    "sending": later("en cours d’envoi"),
    "sent": later("envoyé"),
    "uncertain": later("incertain"),
    "failed": later("refusé"),
    "given_up": later("abandonné"),
}
THROUGH = {
    "feed": later("flux"),
    "sitemap": later("plan du site"),
    "listing": later("page de liste"),
    "robots": later("robots.txt"),
}
UNSURE_ORIGINS = frozenset({"first_seen", "url", "header", "sitemap"})
"""Where a date is told with its origin, since it may surprise."""


class Labels:
    """The labels in one language; a word without a label is shown as it is."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def kind(self, word: str) -> str:
        """Kind of publisher."""
        return self._say(KINDS, word)

    def state(self, word: str) -> str:
        """State of a document."""
        return self._say(STATES, word)

    def origin(self, word: str) -> str:
        """Where a date or another claim comes from."""
        return self._say(ORIGINS, word)

    def change(self, word: str) -> str:
        """Kind of a change in the log."""
        return self._say(CHANGES, word)

    def claim(self, word: str) -> str:
        """What a claim is about."""
        return self._say(FIELDS, word)

    def doubt(self, word: str) -> str:
        """Why a date is not believed."""
        return self._say(DOUBTS, word)

    def via(self, word: str) -> str:
        """How a capture came into the archive."""
        return self._say(VIAS, word)

    def message(self, word: str) -> str:
        """State of a message."""
        return self._say(MESSAGES, word)

    def through(self, word: str) -> str:
        """Kind of an entry point."""
        return self._say(THROUGH, word)

    def region(self, code: str) -> str:
        """Name of a region."""
        return REGIONS.get(code, code)

    def language(self, code: str) -> str:
        """Name of a language."""
        return self._language.name_language(code)

    def _say(self, table: Mapping[str, str], word: str) -> str:
        return self._language.say(table[word]) if word in table else word
