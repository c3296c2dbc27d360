"""The state of a run changes with commands and segments, and with nothing else."""

import pytest

from protocol.messages import LIVE
from zreplay.delivery.command import Command, SeekTo, SetLoop, SetMode
from zreplay.delivery.run_state import RunState
from zreplay.quotes.source import SegmentReason

THIRD_PASS = RunState(pass_number=2, passes=3, segment=7)


@pytest.mark.parametrize(
    "command, after",
    [
        (SetMode(LIVE), THIRD_PASS._replace(mode=LIVE, segment=8, reason=SegmentReason.MODE)),
        (SetMode(THIRD_PASS.mode), THIRD_PASS),
        (SeekTo(None), THIRD_PASS._replace(segment=8, reason=SegmentReason.SEEK)),
        (SeekTo(5), THIRD_PASS._replace(segment=8, reason=SegmentReason.SEEK)),
        (SetLoop(passes=None), THIRD_PASS._replace(passes=None)),
        (SetLoop(passes=1), THIRD_PASS),
        (SetLoop(passes=2), THIRD_PASS),
        (SetLoop(passes=7), THIRD_PASS._replace(passes=7)),
    ],
)
def test_a_command_moves_it(command: Command, after: RunState) -> None:
    assert after == THIRD_PASS.applied(command)


@pytest.mark.parametrize("passes, has_next", [(3, False), (4, True), (None, True)])
def test_whether_the_files_begin_again(passes: int | None, has_next: bool) -> None:
    assert has_next == THIRD_PASS._replace(passes=passes).has_next_pass


@pytest.mark.parametrize("reason", SegmentReason)
def test_a_segment_counts_and_only_a_loop_is_a_pass(reason: SegmentReason) -> None:
    started = THIRD_PASS.started(reason)

    assert (8, reason) == (started.segment, started.reason)
    assert started.pass_number - 2 == (reason is SegmentReason.LOOP)


def test_what_starts_no_segment_stands_where_it_stood() -> None:
    assert THIRD_PASS == THIRD_PASS.started(None)
