"""How many inputs a property is tried on, and how one input is kept from taking for ever."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

# what hypothesis writes for itself belongs to nobody's working folder
set_hypothesis_home_dir(os.path.join(tempfile.gettempdir(), "vigie-hypothesis"))  # noqa: PTH118

SECONDS_EACH = 2.0
"""No input of these sizes may take longer, on a busy machine; the usual one takes a thousandth of it."""


def tried_on(examples: int) -> settings:
    """As many inputs, always the same; or as many new ones as `VIGIE_EXAMPLES` asks for."""
    asked = os.environ.get("VIGIE_EXAMPLES")
    return settings(
        max_examples=int(asked) if asked else examples,
        derandomize=not asked,
        database=None,
        deadline=None,  # measured here in processor time instead: other tests run beside these
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@contextmanager
def soon() -> Iterator[None]:
    """Fail where the block took longer than any input may."""
    started = time.process_time()
    yield
    took = time.process_time() - started
    assert took < SECONDS_EACH, f"took {took:.1f} s"
