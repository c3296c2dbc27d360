"""A few schedules of kills at the steps of a capture; more run by `scripts/chaos`."""

from pathlib import Path

import pytest

from tests.depth import the_first
from tests.end_to_end.capture_chaos import record_schedule, serve_schedule


@pytest.mark.parametrize("seed", the_first(1, range(2)))
def test_whatever_kills_a_recorder_each_quote_is_there_once_or_in_a_gap(
    tmp_path: Path, seed: int
) -> None:
    assert "" == record_schedule(tmp_path, seed, kills=4)


@pytest.mark.parametrize("seed", the_first(1, range(2)))
def test_whatever_kills_a_replayer_with_a_full_capture_each_quote_has_one_line_or_a_gap(
    tmp_path: Path, seed: int
) -> None:
    assert "" == serve_schedule(tmp_path, seed, kills=3)
