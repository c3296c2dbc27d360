"""What is committed is freed, status says how far behind it is, and a full one ends the run."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.messages import COMMITS_KEPT
from tests.zreplay.feed_server import until
from tests.zreplay.live.test_feed_lines import FakeSocket
from tests.zreplay.live.test_live_source import message
from tests.zreplay.opened_inputs import FakeFeed
from zreplay.live import feed_lines
from zreplay.live.capture import CAPTURE_FULL, DISK_FULL, Problem
from zreplay.live.capture_queue import CaptureQueue
from zreplay.live.capture_records import RecordKind
from zreplay.live.feed_lines import FeedLines
from zreplay.live.feed_talk import FeedTalk
from zreplay.live.known_venues import venue_of
from zreplay.live.live_source import LiveSource
from zreplay.replayer.live_capture import LiveCapture
from zreplay.replayer.state import StatePaths
from zreplay.settings import ReplaySettings

QUOTA_BYTES = 1 << 20


@pytest.fixture
def capture(tmp_path: Path) -> Iterator[LiveCapture]:
    settings = ReplaySettings(live=("ws://a",), capture_quota_bytes=QUOTA_BYTES)
    capture = LiveCapture(settings, StatePaths(tmp_path))
    yield capture
    capture.close()


@pytest.fixture
def source(capture: LiveCapture) -> Iterator[LiveSource]:
    source = LiveSource(capture.writer.path, lambda rejection: None, **capture.for_source())
    capture.begin(source)
    yield source
    source.close()


FEED: FakeFeed = FakeFeed([])


def behind(capture: LiveCapture) -> tuple[int, int | None]:
    status = capture.status(FEED)  # type: ignore[arg-type]
    return status["behind_bytes"], status["behind_ns"]


def test_it_says_how_far_behind_the_sink_is(capture: LiveCapture, source: LiveSource) -> None:
    assert (0, 0) == behind(capture)
    for number in range(3):
        assert capture.writer.append([message(number, recv_ns=100 + number)]) is None
    assert (capture.writer.end_offset, None) == behind(capture)
    piece = source.poll()
    assert piece is not None and 3 == len(piece.block)
    capture.sent(2, piece.cursor_after(2), 101)
    capture.acknowledged(2)
    assert (True, 1) == (behind(capture)[0] > 0, behind(capture)[1])
    capture.sent(3, piece.cursor_after(3), 102)
    assert 0 < behind(capture)[0]
    capture.acknowledged(3)

    assert (0, 0) == behind(capture)


def test_what_was_committed_long_ago_is_deleted_at_the_quota(
    capture: LiveCapture, source: LiveSource
) -> None:
    texts = [message(*[number] * 50) for number in range(400)]
    assert sum(len(text.payload) for text in texts) > 2 * QUOTA_BYTES
    sent = 0
    for text in texts:
        assert capture.writer.append([text]) is None
        while piece := source.poll():
            sent += len(piece.block)
            capture.sent(sent, piece.cursor_after(len(piece.block)), 5)
            capture.acknowledged(sent)
    assert sent == 400 * 50

    status = capture.status(FEED)  # type: ignore[arg-type]
    assert status["bytes"] <= QUOTA_BYTES == status["quota_bytes"]
    assert capture.hold.needed <= capture.writer.end_offset - COMMITS_KEPT * 50


async def test_quotes_that_need_all_since_their_connection_began_do_not_fill_it_once_committed(
    capture: LiveCapture, source: LiveSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_lines, "OVERLAP_SECONDS", 0.0)
    queue, talk = CaptureQueue(capture.writer, lambda: None), FeedTalk(venue_of("bybit"), ["A"], 0)
    lines = FeedLines("wss://x", queue, talk)
    line, began, sent, connections = lines.begin(FakeSocket()), 0, 0, 1
    for number in range(400):
        if queue.is_long_since(began):
            old, line, began = line, lines.begin(FakeSocket(), line), queue.end_offset
            connections += 1
            await until(lambda old=old: old.websocket.is_closed)
            lines.end(old, "closed", is_wanted=True)
            await until(lambda line=line: line.beside is None)
        await asyncio.sleep(0)
        lines.put(line, RecordKind.MESSAGE, 5, book(number))
        queue.write_rest()
        while piece := source.poll():
            sent += len(piece.block)
            capture.sent(sent, piece.cursor_after(len(piece.block)), 5)
            capture.acknowledged(sent)

    assert (None, 400) == (queue.problem, sent)
    assert queue.end_offset > 4 * QUOTA_BYTES
    assert 4 * 4 < connections < 4 * 5


def book(number: int) -> bytes:
    """A long message that says a new bid, and of the ask that it is as it was."""
    level = {"s": "A", "b": [[str(number + 1), "1"]], "a": [], "u": number + 2}
    asks = {"a": [["9999", "1"]]} if not number else {}
    data = {"topic": "orderbook.1.A", "type": "delta", "ts": 9, "data": level | asks}
    return json.dumps(data | {"more": "-" * 11_000}).encode()


def test_only_a_message_that_finds_it_full_ends_the_run(
    capture: LiveCapture, tmp_path: Path
) -> None:
    feed = FakeFeed([])
    assert capture.overload(feed) is None  # type: ignore[arg-type]
    feed.refusal = Problem(DISK_FULL, "no space")
    assert capture.overload(feed) is None  # type: ignore[arg-type]
    feed.refusal = Problem(CAPTURE_FULL, "it holds its 7 bytes")
    error = capture.overload(feed)  # type: ignore[arg-type]
    assert error is not None
    assert ("Z611", 6, True) == (error.code, error.exit_code, "--on-overload" in error.fix)

    settings = ReplaySettings(live=("ws://a",), on_overload="block")
    other = LiveCapture(settings, StatePaths(tmp_path))
    assert other.overload(feed) is None  # type: ignore[arg-type]
    other.close()
