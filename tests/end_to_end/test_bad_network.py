"""Whatever the network does and whoever is killed: what was captured is in the log, once."""

from pathlib import Path

import pytest

from tests.depth import the_first
from tests.end_to_end.bad_network import run_schedule


@pytest.mark.parametrize("seed", the_first(2, range(6)))
def test_a_bad_network_and_kills_cost_only_what_gaps_log_tells(tmp_path: Path, seed: int) -> None:
    found = run_schedule(tmp_path, seed)

    assert found["lines"] > 200
    assert found["gaps"] > 0
