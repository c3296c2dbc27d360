"""The production objects survive seeded faults; deliberate bugs in them are caught."""

import tempfile
from collections import Counter
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from tests.depth import the_first
from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.simulate import simulate
from zreplay.ordering import arrival_order
from zreplay.ordering.order_cursor import Key
from zreplay.ordering.sent_rows import unsent
from zreplay.quotes.block import Block
from zreplay.replayer.rejected_log import RejectedLog

SEEDS = 200
SHARE = 10
SEEDS_FOR_MUTANTS = 120
FIRST_SEEDS = {
    "takes_a_part_of_a_batch_for_all_of_it": 17,
    "begins_outputs_behind_what_is_left_of_them": 24,
    "recovers_the_two_logs_alone": 17,
    "keeps_an_older_mode_at_the_start": 76,
    "loses_the_pass_at_a_resume": 52,
    "takes_a_damaged_slot_for_a_checkpoint": 240,
    "forgets_committed_commands": 56,
    "takes_a_lost_batch_for_poison": 11,
    "lists_rejected_rows_again_at_a_resume": 21,
    "takes_what_is_not_wanted_any_more_for_what_is": 15,
    "takes_what_was_saved_in_an_earlier_epoch_for_the_present": 19,
}
"""Of a bug that is rarely seen: none of the seeds before shows it, so they need not be tried."""
PATIENCE_TICKS = 6000
ONCE_WRONG = [2137, 3314, 7410]
"""Seeds of the soak that found something: commands were forgotten that a sink may step back
behind, and an older answer that came behind the last one was taken for news (twice). Their
recordings had no odd bytes, and are what they were then."""


@pytest.mark.parametrize("first", the_first(6, range(0, SEEDS, SHARE)))
def test_whatever_dies_the_logs_are_the_same_bytes(first: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        verdicts = [simulate(seed, Path(folder)) for seed in range(first, first + SHARE)]

    assert [] == [verdict for verdict in verdicts if verdict.problem]


@pytest.mark.parametrize("seed", ONCE_WRONG)
def test_what_once_went_wrong_does_not_again(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert "" == simulate(seed, Path(folder), has_odd_bytes=False).problem


def test_the_seeds_resume_in_the_midst_of_disorder_and_between_rejected_rows() -> None:
    """What is read again holds rows that were sent behind rows that were not, and bad ones."""
    seen: Counter[str] = Counter()
    is_new = RejectedLog._is_new

    def noting_unsent(block: Block, sent_key: Key | None) -> Block:
        left = unsent(block, sent_key)
        is_left = np.isin(block.position, left.position)
        is_mixed = bool(len(left)) and not is_left[np.argmax(is_left) :].all()
        seen["disorder at the kill point"] += is_mixed
        return left

    def noting_is_new(self: RejectedLog, file: str, offset: int) -> bool:
        answer = is_new(self, file, offset)
        seen["rejected again" if not answer else "rejected"] += 1
        return answer

    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(arrival_order, "unsent", noting_unsent),
        patch.object(RejectedLog, "_is_new", noting_is_new),
    ):
        for seed in range(10):
            simulate(seed, Path(folder))

    assert seen["disorder at the kill point"] >= 10
    assert seen["rejected again"] >= 10


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_deliberate_bug_does_not_go_unseen(mutant: Mutant) -> None:
    """A test of the test: without it a simulation that checks nothing would pass."""
    first = FIRST_SEEDS.get(mutant.__name__, 0)
    assert any(is_wrong(seed, mutant) for seed in range(first, first + SEEDS_FOR_MUTANTS))


def is_wrong(seed: int, mutant: Mutant) -> bool:
    with tempfile.TemporaryDirectory() as folder, mutant():
        try:
            return bool(simulate(seed, Path(folder), max_ticks=PATIENCE_TICKS).problem)
        except Exception:  # a bug may show as any error
            return True
