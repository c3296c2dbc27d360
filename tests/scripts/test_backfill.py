"""What a backfill costs is taken against the run of the same files, in the same round."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.bench_parts import backfill as module
from scripts.bench_parts.backfill import Trial
from scripts.bench_parts.pipeline import Plan
from scripts.bench_parts.rounds import Spread
from scripts.bench_parts.usage import MIB, Look, Memory, Usage


def trial(seconds: float, cpu: float, *, is_watched: bool) -> Trial:
    looks = [Look(0.0, MIB, 2 * MIB)] if is_watched else []
    memory = Memory({("other", 1): looks} if looks else {})
    return Trial(Usage("c", "", seconds, cpu / 4, 0.0, memory), cpu, 0.5, {"windows": 10})


@contextmanager
def no_cluster(folder: Path) -> Iterator[None]:
    yield None


def test_ratios_are_of_a_round_and_a_partition_is_what_small_files_cost_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def ours(plan: Plan, files: Path, out: Path, *options: str, is_watched: bool) -> Trial:
        if "backfill-small" in str(files):
            return trial(3.0, 3.0, is_watched=is_watched)
        if "taskset" in plan.zreplay[0]:
            return trial(4.0, 2.0, is_watched=is_watched)
        return trial(1.0 if "2" in options else 2.0, 2.0, is_watched=is_watched)

    def run(plan: Plan, files: Path, out: Path, *, is_watched: bool) -> Trial:
        return trial(1.5, 4.0, is_watched=is_watched)

    monkeypatch.setattr(module, "_ours", ours)
    monkeypatch.setattr(module, "_run", run)
    monkeypatch.setattr(module, "_cluster", no_cluster)
    monkeypatch.setattr(module.shutil, "which", lambda name: f"/bin/{name}")
    plan = Plan(rows=10_000, rounds=2, cache=tmp_path, zreplay=["zreplay"])

    section = module.backfill(plan)

    rows = {row[""]: row for row in section.rows}
    beside = (module.ONE, module.ONE_CORE, module.TWO, module.PARQUET, module.SMALL)
    assert [module.RUN, *beside] == [*rows]
    assert Spread(0.5, 0.5, 0.5) == rows[module.TWO]["CPU / of the run"]
    rates = [rows[module.TWO][f"rate / of {each}"] for each in (module.ONE, module.ONE_CORE)]
    assert [Spread(2.0, 2.0, 2.0), Spread(4.0, 4.0, 4.0)] == rates
    assert {2.0} == {row["peak MiB of a process"] for row in rows.values()}
    assert [
        "CPU of a partition beside its quotes: 100.0 ms",
        "CPU of the command itself, of all with 2 workers: 25 %",
    ] == section.notes
