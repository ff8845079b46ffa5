"""Pages from templates: escaped by default, in the language of whoever asks, with what every page needs.

Fetched text is hostile (R6 of the hazards). Templates escape everything; links of others are shown as links only where
they lead to the web.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from indexer.alerts.wording import clean, safe_link
from indexer.highlight import Snippet
from vigie.web.labels import Labels
from vigie.web.languages import NAMES, Language, choose_language, load_languages

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
STATIC = HERE / "static"
LINE_CHARACTERS = 2000  # of a title, a name, an address: no honest one is longer


@dataclass(frozen=True)
class NavigationEntry:
    """One line of the navigation; `name` is French."""

    path: str
    name: str


class Views:
    """Renders templates. `navigation` is what stands above every page; `has_login` whether one can log out."""

    def __init__(self, navigation: Iterable[NavigationEntry], zone: str, *, has_login: bool) -> None:
        self._navigation = tuple(navigation)
        self._has_login = has_login
        self.languages = load_languages()
        self._environments = {code: _make_environment(one, zone) for code, one in self.languages.items()}
        self._digests = {path.name: _digest(path) for path in STATIC.iterdir() if path.is_file()}

    def language(self, request: Request) -> Language:
        """The language of whoever asks."""
        code = choose_language(request.cookies.get("lang", ""), request.headers.get("accept-language", ""))
        return self.languages[code]

    def render(
        self, request: Request, template: str, status: int = 200, media_type: str = "text/html", **values: Any
    ) -> Response:
        """One page."""
        language = self.language(request)
        path, query = request.url.path, request.url.query
        page = self._environments[language.code].get_template(template)
        text = page.render(
            language=language,
            languages=NAMES,
            navigation=self._navigation,
            path=path,
            here=f"{path}?{query}" if query else path,
            has_login=self._has_login,
            static=self._name_static,
            **values,
        )
        headers = {"Content-Language": language.code, "Vary": "Accept-Language, Cookie"}
        return Response(text, status, headers, media_type)

    def _name_static(self, name: str) -> str:
        """The address of one of our files; it changes with the file, so that browsers may keep it."""
        return f"/static/{name}?v={self._digests[name]}"


def cut_pieces(snippet: Snippet) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it matches; cleaned, not escaped."""
    pieces, place = [], 0
    for start, end in snippet.spans:
        pieces += [(snippet.text[place:start], False), (snippet.text[start:end], True)]
        place = end
    return [(_clean_piece(text), marked) for text, marked in [*pieces, (snippet.text[place:], False)] if text]


def tidy(text: str | None) -> str:
    """Fetched text on one line, without control, invisible and direction characters."""
    return clean(text or "", LINE_CHARACTERS)


def _clean_piece(text: str) -> str:
    """Cleaned, with the blanks at its ends, since pieces are joined."""
    before, after = " " * text[:1].isspace(), " " * text[-1:].isspace()
    return f"{before}{clean(text, len(text) + 1)}{after}" if text.strip() else " "


def _make_environment(language: Language, zone: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # comes with the extension
        language.translations.gettext, language.translations.ngettext, newstyle=True
    )
    environment.globals |= {
        "count": language.count,
        "tell": language.tell,
        "label": Labels(language),
        "date": language.date,
        "pieces": cut_pieces,
    }
    environment.filters |= {
        "tidy": tidy,
        "link": safe_link,
        "number": language.number,
        "percent": language.percent,
        "size": language.bytes,
        "day": language.day,
        "instant": lambda at: language.instant(at, zone),
    }
    return environment


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
