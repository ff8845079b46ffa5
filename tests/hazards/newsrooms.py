"""An installation of the real program whose catalogue an invented newsroom wrote: nothing has to be crawled for it."""

from pathlib import Path

from archive.catalogue import open_catalogue
from tests.indexer.newsroom import Newsroom
from tests.vigie.program import Program


def open_newsroom(folder: Path) -> Program:
    """With two articles, one of which is about the police, and an index."""
    program = Program(folder)
    program.must("init")
    catalogue = open_catalogue(program.data)
    newsroom = Newsroom(catalogue)
    newsroom.publish("a", "La police manifeste.", "Préavis au commissariat")
    newsroom.publish("b", "Le marché rouvre.", "Un marché")
    catalogue.close()
    program.must("index")
    return program
