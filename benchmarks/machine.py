"""What a benchmark ran on, as far as its figures depend on it: nothing that names the machine or its owner."""

import os
import platform
from pathlib import Path

_PROCESSORS = Path("/proc/cpuinfo")


def describe_machine() -> dict[str, str | float]:
    """Processor, cores that may be used, memory, kernel, Python; and the load, which tells what else was going on."""
    return {
        "processor": _name_processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)),
        "kernel": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[2], 1),
    }


def _name_processor() -> str:
    """The model as its maker calls it; the architecture where the kernel does not say."""
    if _PROCESSORS.exists():
        for line in _PROCESSORS.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.machine()
