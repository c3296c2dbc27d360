"""What a command used is counted with all its children."""

import os
import sys

import pytest

from scripts.bench_parts import usage
from scripts.bench_parts.usage import Look, Memory, cpu_seconds, measured

BURN = "import time\nwhile time.process_time() < 0.2: pass\n"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}]); print('done')"
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")


@pytest.mark.slow
def test_the_cpu_of_a_command_includes_its_children() -> None:
    used = measured([sys.executable, "-c", PARENT])

    assert "done\n" == used.printed
    assert 0.2 <= used.cpu_seconds < 5
    assert 0.2 <= used.seconds


def test_a_command_that_fails_ends_the_benchmark_with_what_it_said() -> None:
    with pytest.raises(SystemExit, match=r"ended with 3:\nno room"):
        measured([sys.executable, "-c", "import sys; print('no room', file=sys.stderr); exit(3)"])


@ON_LINUX
@pytest.mark.slow
def test_the_memory_of_a_command_is_that_of_each_process_below_it() -> None:
    memory = measured([sys.executable, "-c", PARENT], is_watched=True).memory

    assert 2 == len(memory.looks)
    assert 2**20 < memory.peaks()["other"] < 2**28


def test_peaks_and_growth_are_those_of_the_worst_process_of_a_role() -> None:
    def looks(start: int, growth: int) -> list[Look]:
        # The first half is the filling of buffers: it is no slope.
        sizes = [0] * 4 + [start + growth * second for second in range(4)]
        return [Look(second, size, size + 1) for second, size in enumerate(sizes)]

    memory = Memory({("worker", 1): looks(1_000, 10), ("worker", 2): looks(900, 20)})

    assert {"worker": 1_031} == memory.peaks()
    assert {"worker": pytest.approx(20)} == memory.growth_per_second()


@ON_LINUX
@pytest.mark.slow
def test_a_child_with_a_title_for_its_command_line_is_known_by_its_role() -> None:
    """As `zreplay run` shows the children that it forks."""
    pytest.importorskip("setproctitle", reason="needed on Linux only")
    code = "import setproctitle as s, time; s.setproctitle('zmid worker --hwm 1'); time.sleep(0.3)"

    assert "worker" in measured([sys.executable, "-c", code], is_watched=True).memory.peaks()


def test_nobody_looks_at_a_command_whose_time_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise AssertionError("it was watched")

    monkeypatch.setattr(usage, "watched", fails)

    assert {} == measured([sys.executable, "-c", ""]).memory.looks


@ON_LINUX
def test_the_cpu_of_a_process_that_runs_is_what_it_says_itself() -> None:
    assert cpu_seconds([os.getpid()]) == pytest.approx(sum(os.times()[:2]), abs=0.1)
