"""The production objects survive seeded faults; deliberate bugs in them do not go unseen."""

import tempfile
from pathlib import Path

import pytest

from tests.simulation.simulate import simulate

SEEDS = 200
SHARE = 10


@pytest.mark.parametrize("first", range(0, SEEDS, SHARE))
def test_whatever_dies_the_logs_are_the_same_bytes(first: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        verdicts = [simulate(seed, Path(folder)) for seed in range(first, first + SHARE)]

    assert [] == [verdict for verdict in verdicts if verdict.problem]
