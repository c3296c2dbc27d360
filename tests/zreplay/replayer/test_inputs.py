"""From any cursor both sources go on exactly, and rejected.log holds each bad row once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.messages import HISTORICAL, LIVE
from tests.zreplay.opened_inputs import (
    OpenedInputs,
    capture,
    rest_of,
    small_world,
    write_recording,
)
from zreplay.replayer.inputs import Inputs
from zreplay.replayer.state import StatePaths
from zreplay.settings import ReplaySettings


@pytest.fixture(autouse=True)
def small() -> Iterator[None]:
    with small_world():
        yield


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_recording(tmp_path)


@pytest.fixture
def opened(tmp_path: Path, recording: Path) -> Iterator[OpenedInputs]:
    opened = OpenedInputs(tmp_path, historical=(recording,))
    yield opened
    opened.close()


@pytest.fixture
def live_opened(tmp_path: Path) -> Iterator[OpenedInputs]:
    opened = OpenedInputs(tmp_path, live=("ws://a", "ws://b"))
    yield opened
    opened.close()


def test_from_every_cursor_exactly_the_rest_comes_and_each_bad_row_is_logged_once(
    opened: OpenedInputs,
) -> None:
    whole = opened.play(opened.load(), HISTORICAL)
    order = [index for index, _ in whole]
    bad_rows = [f"bad{number}" for number in range(4, 40, 5)]
    assert sorted(order) == list(range(40)) != order
    assert bad_rows == opened.rejected()

    for number, (_, cursor) in enumerate(whole):
        resumed = opened.play(opened.load(cursor), HISTORICAL)

        assert order[number + 1 :] == [index for index, _ in resumed]
        assert bad_rows == opened.rejected()


def test_what_was_rejected_before_a_restart_from_the_start_is_not_there_twice(
    opened: OpenedInputs,
) -> None:
    opened.play(opened.load(), HISTORICAL)
    assert 8 == len(opened.rejected())

    inputs = opened.load()

    opened.play(inputs, HISTORICAL)
    assert 8 == inputs.rejected.count == len(opened.rejected())


def test_inputs_may_be_opened_again_and_again(opened: OpenedInputs) -> None:
    inputs = opened.load()
    played = opened.play(inputs, HISTORICAL, most=10)
    for _ in range(3):
        opened.open(inputs, played[4][1])

        assert played[5:] == opened.play(inputs, HISTORICAL, most=5)


def test_a_mode_that_is_not_played_keeps_its_place_over_any_number_of_restarts(
    tmp_path: Path, recording: Path
) -> None:
    opened = OpenedInputs(tmp_path, historical=(recording,), live=("ws://a",))
    capture(opened, 100, 101, 102)
    order: list[int] = []
    cursor = b""
    for mode in (HISTORICAL, LIVE, LIVE, HISTORICAL, HISTORICAL, LIVE):
        ((index, cursor),) = opened.play(opened.load(cursor), mode, most=1)
        order.append(index)
    order += [index for index, _ in opened.play(opened.load(cursor), HISTORICAL)]

    assert [100, 101, 102] == [order[1], order[2], order[5]]
    historical = [index for index in order if index < 100]
    assert [index for index, _ in opened.play(opened.load(), HISTORICAL)] == historical
    opened.close()


def test_nothing_can_be_played_before_the_first_load(tmp_path: Path, recording: Path) -> None:
    inputs = Inputs(ReplaySettings(historical=(recording,)), StatePaths(tmp_path), lambda: None)

    assert {} == inputs.heads
    assert None is inputs.historical.share()
    assert [] == inputs.feeds()
    inputs.close()


def test_a_feed_has_no_progress(live_opened: OpenedInputs) -> None:
    assert live_opened.load().historical.share() is None


def test_a_live_quote_after_a_seek_keeps_the_place_that_was_sought(
    tmp_path: Path, recording: Path
) -> None:
    opened = OpenedInputs(tmp_path, historical=(recording,), live=("ws://a",))
    capture(opened, 100)
    order = rest_of(opened, opened.load())
    inputs = opened.load()
    opened.seek(inputs, 1_759_449_597_301_500_000)
    ((_, cursor),) = opened.play(inputs, LIVE, most=1)

    assert order[order.index(20) :] == rest_of(opened, opened.load(cursor))
    opened.close()
