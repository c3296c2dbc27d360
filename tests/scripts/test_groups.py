"""Each group measures what it names, and its figures are those that the targets need."""

import json
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scripts.bench_parts import budget, end_to_end, memory, scaling
from scripts.bench_parts.commits import stamps_ns
from scripts.bench_parts.groups import GROUPS
from scripts.bench_parts.pacing import lateness_ms
from scripts.bench_parts.pipeline import Plan
from scripts.bench_parts.recording import LARGE_ROWS
from scripts.bench_parts.resume import running
from scripts.bench_parts.rounds import Spread
from scripts.bench_parts.targets import TARGETS
from scripts.bench_parts.usage import Look, Memory, Usage, tree
from tests.end_to_end.processes import until

Run = tuple[Usage, dict[str, Any]]


def usage(
    seconds: float, peak_bytes: int = 0, printed: str = "", others_cores: float = 0.0
) -> Usage:
    looks = [Look(second, peak_bytes, peak_bytes) for second in range(8)]
    memory = Memory({("worker", 1): looks})
    return Usage("a command", printed, seconds, seconds, others_cores, memory)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[tuple[str, ...]]]:
    """Give a way to say how long a run takes; it returns the options of each that was made."""

    def told(module: Any, seconds: Callable[..., float], peak_bytes: int = 0) -> Any:
        asked: list[tuple[str, ...]] = []

        def run_file(_: Plan, file: Path, *options: str, **__: Any) -> Run:
            asked.append(options)
            return usage(seconds(file, options), peak_bytes), {}

        monkeypatch.setattr(module, "run_file", run_file)
        monkeypatch.setattr(module, "recording", lambda rows, _: Path(f"{rows}"))
        return asked

    return told


def test_every_figure_of_a_target_is_one_that_a_group_takes(checkout: Path) -> None:
    folder = checkout / "scripts" / "bench_parts"
    sources = [path.read_text() for path in folder.glob("*.py") if path.stem != "targets"]
    named = set(re.findall(r'"(\w+)"', "".join(sources)))

    assert set() == {target.figure for target in TARGETS} - named


def test_every_group_says_in_a_line_what_it_measures() -> None:
    assert [] == [name for name, group in GROUPS.items() if not group.__doc__]


def test_scaling_compares_each_choice_with_the_default_of_its_round(runs: Any) -> None:
    asked = runs(scaling, lambda _, options: 4.0 if "1" in options else 2.0)
    section = scaling.scaling(Plan(rows=1_000, rounds=2))
    ratios = {row[""]: row["times as fast as the defaults"] for row in section.rows}

    assert 2 * len(scaling.CHOICES) + 1 == len(asked), "the first was warmed up"
    assert Spread(0.5, 0.5, 0.5) == ratios["1 worker"]
    assert Spread(1.0, 1.0, 1.0) == ratios["4 workers"] == ratios[scaling.DEFAULT]


def test_memory_sets_its_figures_from_the_large_recording_only(runs: Any) -> None:
    runs(memory, lambda file, _: 1.0 if file.name == "1000000" else 100.0, 150_000_000)
    small, large = (memory.memory(Plan(rows=rows)) for rows in (5_000_000, LARGE_ROWS))

    assert {} == small.figures
    assert {"peak_mb_50m": 150.0, "rate_50m_to_1m": 0.5} == large.figures
    [row] = large.rows
    assert ("worker", 150.0) == (row["process"], row["peak MB"])


def test_the_budget_adds_up_its_stages(runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    walked = {"stages": {"parse": 0.5, "order": 0.25}, "floor": {"copy": 0.125}}
    monkeypatch.setattr(budget, "measured", lambda *_, **__: usage(0, printed=json.dumps(walked)))
    runs(budget, lambda file, _: 2.0 if file.name == "1000000" else 1.0)
    section = budget.budget(Plan(rounds=1))
    cells = {row["stage"]: row[budget.UNIT].median for row in section.rows}  # type: ignore[union-attr]

    assert (0.5, 0.25, 0.75) == tuple(cells[name] for name in ("parse", "order", "all of these"))
    assert 2.0 == cells["the whole run, of all its processes"]
    assert "2.67 million quotes a second" in section.notes[0]


def test_a_peer_that_writes_other_lines_is_named_as_such(
    runs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs(end_to_end, lambda *_: 2.0)
    monkeypatch.setattr(end_to_end, "install", lambda _: None)
    monkeypatch.setattr(end_to_end, "find_spec", lambda name: name != "polars")
    monkeypatch.setattr(end_to_end, "run_peer", lambda *_, **__: usage(1.0))
    monkeypatch.setattr(end_to_end, "compared", lambda *_: "OTHER LINES")
    plan = Plan(rows=5_000_000, rounds=1, against=("duckdb", "polars", "plain_python"))
    section = end_to_end.end_to_end(plan)

    assert ["zreplay", "duckdb"] == [row[""] for row in section.rows], "the others cannot"
    assert ["", "OTHER LINES"] == [row["lines"] for row in section.rows]
    assert {} == section.figures, "it is no rate of the same work"


def test_the_quietest_round_is_the_one_in_which_others_had_the_least() -> None:
    others = {"zreplay": (0.5, 0.1, 0.0), "duckdb": (0.0, 0.1, 0.3)}
    runs = {name: [usage(1.0, others_cores=o) for o in cores] for name, cores in others.items()}

    assert 1 == end_to_end.quietest(runs)


def test_lateness_counts_from_the_quote_that_came_earliest() -> None:
    came_after_ns = np.array([7_000_000, 5_000_000, 6_000_000]) - 10**18

    assert {"p50": 1.0, "max": 2.0} == {
        name: lateness for name, lateness in lateness_ms(came_after_ns).items() if name != "p99"
    }


def test_the_stamp_of_a_line_is_read_back() -> None:
    log = b"1970-01-01 00:00:00.120, 200.5\n1970-01-01 00:00:01.000001, 3\n"

    assert [120_000_000, 1_000_001_000] == stamps_ns(log).tolist()


@pytest.mark.skipif(sys.platform != "linux", reason="found in /proc")
def test_a_run_that_is_killed_leaves_nothing_behind() -> None:
    """As the measurement of a resume kills the command and all below it."""
    child = "import subprocess, sys; subprocess.run(['sleep', '60'])"
    with running([sys.executable, "-c", child]) as process:
        pids = until(lambda: len(pids := list(tree(process.pid))) == 2 and pids, "the child")

    assert -signal.SIGKILL == process.returncode
    until(lambda: not any(is_running(pid) for pid in pids), "the end of both")


def is_running(pid: int) -> bool:
    """Return whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_seek_finds_its_place_before_the_first_quotes_are_there(tmp_path: Path) -> None:
    section = GROUPS["seek"](Plan(200_000, 1, tmp_path))
    found, read = (row["ms"] for row in section.rows)

    assert isinstance(found, Spread)
    assert isinstance(read, Spread)
    assert 0 < found.median <= read.median


def test_a_replay_over_tcp_with_keys_is_measured_beside_one_without(tmp_path: Path) -> None:
    section = GROUPS["curve"](Plan(2_000, 1, tmp_path))
    plain, keyed = section.rows

    assert ("without keys", "with keys") == (plain[""], keyed[""])
    assert Spread(1.0, 1.0, 1.0) == plain["rate beside that without"]
    assert isinstance(keyed["rate beside that without"], Spread)
    assert keyed["rate beside that without"].median == section.figures["rate_with_curve"]
