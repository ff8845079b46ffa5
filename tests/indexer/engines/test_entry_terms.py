"""An entry comes to the same body in every process."""

import os
import subprocess
import sys

PRINT_BODY = """
from indexer.analysis import FrenchAnalyzer
from indexer.engines.elasticsearch_mapping import body_of
from tests.indexer.engines.entries import START, make_entry
entry = make_entry(
    title="Le préavis", lead="Un chapeau.", authors=("Élodie Vannier",), regions=("FR-ARA",), tags=("nuit",),
    departements=("2A",), lang="fr", section="Société", published_at=START, modified_at=START,
)
print(body_of(entry, FrenchAnalyzer()).hex())
"""


def test_whatever_the_order_of_sets_is_there() -> None:
    bodies = {
        subprocess.run(
            [sys.executable, "-c", PRINT_BODY],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(bodies) == 1 and bodies != {b""}
