"""What a command leaves behind is waited for, and counted."""

import subprocess
import sys

import pytest

from scripts.bench_parts.orphans import Orphans, children

BURN = "import time\nwhile time.process_time() < 0.2: pass\n"
LEAVES = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {BURN!r}])"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="told by the kernel")


@pytest.mark.slow
def test_a_process_that_its_parent_leaves_is_counted_to_its_end() -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        orphans = Orphans()
        subprocess.run([sys.executable, "-c", LEAVES], check=True)

        assert 0.2 <= orphans.cpu_seconds() < 5
        assert other.poll() is None, "what was there before is not waited for"
        other.kill()
    assert orphans.cpu_seconds() == 0


def test_of_a_process_that_is_gone_there_are_no_children() -> None:
    with subprocess.Popen(["true"]) as gone:
        gone.wait()

        assert set() == children(gone.pid)
