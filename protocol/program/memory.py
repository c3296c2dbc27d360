"""How this process asks the kernel for memory: rarely, and it keeps what it has.

Blocks and batches of a few MiB come and go. By default glibc maps many of them afresh, and the
kernel clears every page first: a fifth of the CPU time of a run at full speed. Kept in one heap
for all threads, they are reused, and take less room than a heap for each thread.
"""

import contextlib
import ctypes
import sys
from typing import Final

MAPPED_FROM_BYTES: Final = 32 * 1024 * 1024
"""The largest that glibc accepts; anything larger is rare and returned at once."""
TRIMMED_FROM_BYTES: Final = 1024 * 1024 * 1024
GROWTH_BYTES: Final = 4 * 1024 * 1024

# From <malloc.h>.
_M_TRIM_THRESHOLD: Final = -1
_M_TOP_PAD: Final = -2
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8


def keep_freed_memory() -> None:
    """Keep freed memory for its next use; call this before any thread is started.

    It works only with glibc; elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, MAPPED_FROM_BYTES)
        mallopt(_M_TRIM_THRESHOLD, TRIMMED_FROM_BYTES)
        mallopt(_M_TOP_PAD, GROWTH_BYTES)
        mallopt(_M_ARENA_MAX, 1)
