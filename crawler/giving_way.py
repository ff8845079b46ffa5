"""Processes that give way: a person who asks the page is answered before a machine that collects for later.

The figures are steps of nice(1) below the process that starts them, so that a daemon that was itself started with less
keeps its order. What is alone on the machine runs as fast as ever.
"""

import os

CRAWL = 5
EXTRACTION = 10
_LOWEST = 19


def give_way(process_id: int, steps: int) -> None:
    """Let that child of ours stand back by so many steps."""
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, process_id, min(ours + steps, _LOWEST))
