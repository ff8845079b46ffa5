"""What the C library keeps of freed memory, in a process whose threads come and go, and which runs for months.

glibc gives threads arenas of their own, up to eight a core, and hands back what was freed in one only to threads of
the same arena. The writer of a search index starts threads for each batch, and each arena ends up with room for a
whole batch: measured with two cores, 290 MiB instead of the 110 MiB in use; a machine with more cores keeps more.

Blocks above a size go back to the system when they are freed. By itself glibc raises that size to 32 MB as soon as one
such block was freed, and a single page with a text of 12 MB leaves holes of that size for ever.
"""

import ctypes

_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3  # of malloc.h
ARENAS = 2  # one more than the longest work, which is done by one thread at a time
LARGE_BYTES = 1 << 20


def bound_kept_memory() -> None:
    """From now on threads share a few arenas and large blocks go back. Without effect where there is no glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, ARENAS)
        mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
