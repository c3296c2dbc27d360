"""A few fast schedules of faults; hundreds run by `scripts/chaos`."""

from pathlib import Path

import pytest

from tests.end_to_end.chaos import Chaos
from tests.end_to_end.processes import ROOT, parts
from tests.reference import reference_logs

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"


@pytest.mark.parametrize("seed", range(6))
def test_no_schedule_of_kills_and_stops_changes_a_byte(tmp_path: Path, seed: int) -> None:
    mids, errors, _ = reference_logs([SAMPLE])
    with parts(tmp_path) as these:
        chaos = Chaos(these, SAMPLE, speed="5", seed=seed)
        chaos.run(mean_pause_seconds=0.3, max_faults=8)

        assert chaos.judge(mids, errors).is_identical
