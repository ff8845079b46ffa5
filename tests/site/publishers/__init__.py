"""The five publishers of the site: each module says what pages a publisher has, given an edition of its articles."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.site.edition import Edition
from tests.site.messages import Response
from tests.site.publishers import ambre, estuaire, rempart, rives, sextant

Pages = dict[str, Response]


@dataclass(frozen=True)
class Publisher:
    """A publisher: its short name, full name, loopback address, kind of source, and the maker of its pages."""

    name: str
    title: str
    address: str
    kind: str
    pages: Callable[[Edition], Pages]


PUBLISHERS: tuple[Publisher, ...] = (
    Publisher("rempart", rempart.TITLE, "127.0.0.2", "union", rempart.pages),
    Publisher("sextant", sextant.TITLE, "127.0.0.3", "federation", sextant.pages),
    Publisher("rives", rives.TITLE, "127.0.0.4", "regional_press", rives.pages),
    Publisher("ambre", ambre.TITLE, "127.0.0.5", "local_press", ambre.pages),
    Publisher("estuaire", estuaire.TITLE, "127.0.0.6", "broadcaster", estuaire.pages),
)
