"""What was captured goes on from its place, and the feed is there only where it is wanted."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.errors import ResultLogError
from protocol.messages import HISTORICAL, LIVE
from tests.zreplay.opened_inputs import (
    FAR,
    FakeFeed,
    OpenedInputs,
    capture,
    small_world,
    write_recording,
)
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.gap import Gap


@pytest.fixture(autouse=True)
def small() -> Iterator[None]:
    with small_world():
        yield


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_recording(tmp_path)


@pytest.fixture
def live_opened(tmp_path: Path) -> Iterator[OpenedInputs]:
    opened = OpenedInputs(tmp_path, live=("ws://a", "ws://b"))
    yield opened
    opened.close()


def test_captured_quotes_go_on_from_the_cursor_and_a_bad_message_is_logged_once(
    live_opened: OpenedInputs,
) -> None:
    capture(live_opened, 1, -2, 3, -4, 5)
    whole = live_opened.play(live_opened.load(), LIVE)
    assert [1, 3, 5] == [index for index, _ in whole]
    for number, (_, cursor) in enumerate(whole):
        resumed = live_opened.play(live_opened.load(cursor), LIVE)

        assert whole[number + 1 :] == resumed
        assert 2 == len(live_opened.rejected())


def test_the_feed_is_connected_only_while_live_is_selected(tmp_path: Path, recording: Path) -> None:
    opened = OpenedInputs(tmp_path, historical=(recording,), live=("ws://a",))
    inputs = opened.load()
    states = [inputs.feeds()[0]["state"]]
    for mode in (HISTORICAL, LIVE, LIVE, HISTORICAL):
        inputs.select(mode)
        states.append(inputs.feeds()[0]["state"])

    assert ["off", "off", "connected", "connected", "off"] == states
    opened.close()


def test_closing_ends_the_feed_and_keeps_what_was_rejected(live_opened: OpenedInputs) -> None:
    capture(live_opened, -1)
    inputs = live_opened.load()
    head = inputs.heads[LIVE]
    assert not head.fill()
    inputs.close()

    assert isinstance(inputs.live._feed, FakeFeed)
    assert inputs.live._feed.is_closed
    assert ["bad1"] == live_opened.rejected()
    live_opened._open.clear()


def test_a_feed_that_was_down_at_the_end_has_its_line_then_and_once(
    live_opened: OpenedInputs,
) -> None:
    capture(live_opened, 1)
    inputs = live_opened.load()
    live_opened.play(inputs, LIVE)
    writer = CaptureWriter(live_opened.paths.capture, FAR)
    gap = Gap("ws://a", "", 5, None, "refused")
    assert not writer.append([Captured(RecordKind.GAP, 6, gap.pack())])
    writer.close()
    inputs.close()
    [line] = live_opened.paths.gaps.read_text().splitlines()
    assert "refused" in line

    again = live_opened.load()
    live_opened.play(again, LIVE)
    again.close()
    live_opened._open.clear()
    assert [line] == live_opened.paths.gaps.read_text().splitlines()


def test_a_live_run_whose_capture_is_lost_is_refused_by_name(
    tmp_path: Path, recording: Path
) -> None:
    opened = OpenedInputs(tmp_path, historical=(recording,), live=("ws://a",))
    capture(opened, 1, 2)
    (_, cursor), *_ = opened.play(opened.load(), HISTORICAL, most=1)
    opened.close()
    shutil.rmtree(opened.paths.capture)
    for _ in range(2):
        with pytest.raises(ResultLogError, match="capture is lost") as error:
            opened.load(cursor)
        assert ("Z605", True) == (error.value.code, "--fresh" in error.value.fix)
        opened.close()
    assert opened.load() is not None
    opened.close()
