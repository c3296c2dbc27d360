"""What a worker finds imported is never looked at for garbage."""

import subprocess
import sys

PROGRAM = """
import gc, sys
import zreplay.backfilling.forked
print(gc.isenabled(), gc.get_freeze_count() > 10_000, "pyarrow" in sys.modules)
"""


def test_what_is_imported_before_a_fork_is_exempt_and_no_more_than_lines_need() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)

    assert ("True True False\n", "") == (done.stdout, done.stderr)
