"""How much memory this process has used at most, counted from its own start.

The system's usual figure also covers the process that started it: Linux hands a parent's peak on to its children, so
that the crawl of a large daemon would retire before its first request.
"""

import resource
from pathlib import Path

from scrapy.extensions.memusage import MemoryUsage

_STATUS = Path("/proc/self/status")


def peak_bytes() -> int:
    """The largest resident size since this program began."""
    try:
        lines = _STATUS.read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):  # not Linux, where nothing is handed on
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


class OwnMemoryUsage(MemoryUsage):
    """Scrapy's guard over memory, with the figure of this process alone."""

    def get_virtual_size(self) -> int:
        """The name is Scrapy's."""
        return peak_bytes()
