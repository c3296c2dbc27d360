"""A few fast schedules of faults; hundreds run by `scripts/chaos`."""

import tempfile
from pathlib import Path

import pytest

from tests.depth import the_first
from tests.end_to_end.chaos_parts import PartsChaos
from tests.end_to_end.chaos_run import PROC, RunChaos
from tests.end_to_end.processes import ROOT, parts
from tests.listed import text
from tests.odd_bytes import write_with_odd_bytes
from tests.reference import Logs, ordered_quotes, reference_logs

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"


def expected(source: Path) -> tuple[Logs, bytes]:
    return reference_logs([source]), text(ordered_quotes([source])[0])


@pytest.mark.parametrize("seed", the_first(1, range(4)))
def test_no_schedule_of_kills_and_stops_changes_a_byte(tmp_path: Path, seed: int) -> None:
    source = write_with_odd_bytes(SAMPLE, tmp_path / "quotes.csv", seed)
    with parts(tmp_path) as these:
        chaos = PartsChaos(these, source, speed="5", seed=seed)
        chaos.run(mean_pause_seconds=0.3, max_faults=8)

        assert chaos.judge(*expected(source)).is_good


@pytest.mark.skipif(not PROC.exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("seed", the_first(1, range(4)))
def test_no_schedule_on_run_and_its_children_changes_a_byte_or_leaves_a_process(seed: int) -> None:
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        source = write_with_odd_bytes(SAMPLE, Path(folder) / "quotes.csv", seed)
        chaos = RunChaos(Path(folder), source, speed="5", seed=seed)
        try:
            chaos.run(mean_pause_seconds=0.4, max_faults=8)
            chaos.count_strays()

            assert chaos.judge(*expected(source)).is_good
        finally:
            chaos.end()
