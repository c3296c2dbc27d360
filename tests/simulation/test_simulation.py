"""The production objects survive seeded faults; deliberate bugs in them do not go unseen."""

import tempfile
from pathlib import Path

import pytest

from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.simulate import simulate

SEEDS = 200
SHARE = 10
SEEDS_FOR_MUTANTS = 60
PATIENCE_TICKS = 6000
ONCE_WRONG = [3314]
"""Seeds of the soak that found something: an older answer came behind the last one."""


@pytest.mark.parametrize("first", range(0, SEEDS, SHARE))
def test_whatever_dies_the_logs_are_the_same_bytes(first: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        verdicts = [simulate(seed, Path(folder)) for seed in range(first, first + SHARE)]

    assert [] == [verdict for verdict in verdicts if verdict.problem]


@pytest.mark.parametrize("seed", ONCE_WRONG)
def test_what_once_went_wrong_does_not_again(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert "" == simulate(seed, Path(folder)).problem


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_deliberate_bug_does_not_go_unseen(mutant: Mutant) -> None:
    """A test of the test: without it a simulation that checks nothing would pass."""
    assert any(is_wrong(seed, mutant) for seed in range(SEEDS_FOR_MUTANTS))


def is_wrong(seed: int, mutant: Mutant) -> bool:
    with tempfile.TemporaryDirectory() as folder, mutant():
        try:
            return bool(simulate(seed, Path(folder), max_ticks=PATIENCE_TICKS).problem)
        except Exception:  # a bug may show as any error
            return True
