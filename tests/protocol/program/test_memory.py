"""Freed memory is kept for its next use, as the page faults of a process show."""

import subprocess
import sys

import pytest

BLOCK_BYTES = 8 * 1024 * 1024
BLOCKS = 40
PAGES_OF_A_BLOCK = BLOCK_BYTES // 4096

# Several at once: glibc keeps a single one of its own accord.
PAGE_FAULTS = f"""
import resource
from protocol.program.memory import keep_freed_memory
keep_freed_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range({BLOCKS}):
    blocks = [bytearray({BLOCK_BYTES}) for _ in range(3)]
    del blocks
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be told")
def test_blocks_that_come_and_go_take_their_pages_once() -> None:
    run = subprocess.run(
        [sys.executable, "-c", PAGE_FAULTS], capture_output=True, text=True, check=True
    )

    assert int(run.stdout) < 6 * PAGES_OF_A_BLOCK
