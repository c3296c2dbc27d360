"""Connections begin and end in the capture; one that is replaced leaves no gap, a lost one does."""

import asyncio
import logging
import time
from itertools import count

import pytest
from msgspec.structs import replace

from tests.zreplay.feed_server import until
from zreplay.live import feed_lines
from zreplay.live.capture_records import CONNECTION, Captured, RecordKind
from zreplay.live.feed_lines import FeedLines, Line, end_others
from zreplay.live.feed_talk import FeedTalk
from zreplay.live.gap import Gap
from zreplay.live.known_venues import venue_of


class FakeQueue:
    def __init__(self) -> None:
        self.records: list[Captured] = []

    def put(self, record: Captured) -> None:
        self.records.append(record)

    @property
    def told(self) -> list[tuple[str, int, bytes]]:
        return [
            (r.kind.name, r.connection, r.payload)
            for r in self.records
            if r.kind not in (RecordKind.LOST, RecordKind.GAP)
        ]

    @property
    def gaps(self) -> list[tuple[str, int, Gap]]:
        """LOST and GAP, each with its number."""
        return [
            (r.kind.name, r.connection, Gap.unpack(r.payload))
            for r in self.records
            if r.kind in (RecordKind.LOST, RecordKind.GAP)
        ]


class FakeSocket:
    is_closed = False

    def __init__(self) -> None:
        self.is_caught_up: asyncio.Future[bool] | None = None
        """Without it, it is at once."""

    async def catch_up(self, within_seconds: float) -> bool:
        return True if self.is_caught_up is None else await self.is_caught_up

    async def close(self) -> None:
        self.is_closed = True


class Bench:
    """The connections of a feed of one symbol."""

    def __init__(self) -> None:
        self.queue = FakeQueue()
        talk = FeedTalk(venue_of("okx"), ["A-B"], 0)
        self.lines = FeedLines("wss://x", self.queue, talk)  # type: ignore[arg-type]

    def begin(self, old: Line | None = None) -> Line:
        line = self.lines.begin(FakeSocket(), old)
        assert line.talk is not None
        line.talk.begin(0)
        return line

    def quote(self, line: Line) -> None:
        assert line.talk is not None
        line.talk.subscriptions.last_ns["A-B"] = 5
        line.talk.quotes += 1
        line.talk.quotes_here += 1
        self.lines.on_heard(line, time.time_ns())


@pytest.fixture
def bench(caplog: pytest.LogCaptureFixture) -> Bench:
    caplog.set_level(logging.INFO, "zreplay")
    return Bench()


def gaps(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.fields["reason"] for r in caplog.records if r.getMessage() == "live gap"]  # type: ignore[attr-defined]


CONNECTED = [("CONNECTED", b"wss://x"), ("READER", b"okx")]


def connected(number: int) -> list[tuple[str, int, bytes]]:
    return [(kind, number, payload) for kind, payload in CONNECTED]


async def test_the_old_one_is_closed_once_the_new_one_has_all_of_it_and_there_is_no_gap(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    old = bench.begin()
    bench.quote(old)
    new = bench.begin(old)
    assert not old.is_replaced
    bench.quote(new)
    await until(lambda: old.websocket.is_closed)  # type: ignore[attr-defined]
    bench.lines.end(old, "closed", is_wanted=True)

    assert [
        *connected(1),
        ("OVERLAP", 2, CONNECTION.pack(1)),
        *connected(2),
        ("DISCONNECTED", 1, b"replaced"),
    ] == bench.queue.told
    assert ([], 0) == (gaps(caplog), bench.lines.reconnects)
    assert new.talk is bench.lines.talk
    assert 2 == new.talk.quotes  # type: ignore[union-attr]


def waiting(line: Line) -> "asyncio.Future[bool]":
    """Let a connection have something that is not read until this is done."""
    socket, pending = line.websocket, asyncio.get_running_loop().create_future()
    assert isinstance(socket, FakeSocket)
    socket.is_caught_up = pending
    return pending


async def some_turns() -> None:
    """Let whatever is ready run."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_old_one_is_not_closed_before_all_is_read_that_was_sent_on_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(feed_lines, "OVERLAP_SECONDS", 0.0)
    old = bench.begin()
    rest = waiting(old)
    bench.quote(old)
    new = bench.begin(old)
    bench.quote(new)
    await some_turns()
    assert (False, False) == (old.is_replaced, old.websocket.is_closed)  # type: ignore[attr-defined]
    rest.set_result(True)
    await until(lambda: old.websocket.is_closed)  # type: ignore[attr-defined]
    bench.lines.end(old, "closed", is_wanted=True)

    assert ("DISCONNECTED", 1, b"replaced") == bench.queue.told[-1]
    assert ([], new.talk) == (gaps(caplog), bench.lines.talk)


async def test_an_old_one_that_does_not_answer_any_more_leaves_a_gap(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    old = bench.begin()
    waiting(old).set_result(False)
    bench.quote(old)
    new = bench.begin(old)
    bench.quote(new)
    await until(lambda: old.websocket.is_closed)  # type: ignore[attr-defined]
    bench.lines.end(old, "closed from here", is_wanted=True)
    bench.quote(new)

    assert ["closed from here"] == gaps(caplog)
    assert new.talk is bench.lines.talk


@pytest.mark.parametrize("is_new_lost", [True, False])
async def test_one_that_is_lost_while_the_other_is_read_to_its_end_is_told_as_ever(
    bench: Bench, caplog: pytest.LogCaptureFixture, is_new_lost: bool
) -> None:
    old = bench.begin()
    rest = waiting(old)
    bench.quote(old)
    new = bench.begin(old)
    bench.quote(new)
    await some_turns()
    bench.lines.end(new if is_new_lost else old, "cut", is_wanted=True)
    await until(rest.cancelled)
    bench.quote(old if is_new_lost else new)

    assert not old.websocket.is_closed  # type: ignore[attr-defined]
    assert ([] if is_new_lost else ["cut"]) == gaps(caplog)
    assert (old.talk if is_new_lost else new.talk) is bench.lines.talk


async def test_without_quotes_it_is_closed_at_the_end_of_the_overlap(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_lines, "OVERLAP_SECONDS", 0.0)
    old = bench.begin()
    new = bench.begin(old)
    await until(lambda: old.websocket.is_closed)  # type: ignore[attr-defined]

    assert new.talk is bench.lines.talk


async def test_the_end_of_an_overlap_is_written_once_either_is_lost_and_some_time_has_gone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = bench.begin()
    bench.begin(old)
    monkeypatch.setattr(feed_lines, "OVERLAP_SECONDS", 0.0)
    bench.lines.end(old, "cut", is_wanted=True)
    assert "OVERLAP_END" not in [kind for kind, _, _ in bench.queue.told]
    await until(lambda: ("OVERLAP_END", 2, b"") in bench.queue.told)


async def test_if_the_old_one_is_lost_first_the_new_one_begins_again_behind_a_gap(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    old = bench.begin()
    bench.quote(old)
    new = bench.begin(old)
    bench.lines.end(old, "cut", is_wanted=True)
    bench.quote(new)

    assert [("DISCONNECTED", 1, b"cut"), *connected(2)] == bench.queue.told[-3:]
    assert (["cut"], 1) == (gaps(caplog), bench.lines.reconnects)
    assert new.talk is bench.lines.talk
    assert not old.is_replaced


async def test_if_the_new_one_is_lost_first_the_old_one_goes_on(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    old = bench.begin()
    bench.quote(old)
    new = bench.begin(old)
    bench.lines.end(new, "cut", is_wanted=True)
    await asyncio.sleep(0)

    assert ("DISCONNECTED", 2, b"cut") == bench.queue.told[-1]
    assert ([], 0) == (gaps(caplog), bench.lines.reconnects)
    assert old.talk is bench.lines.talk
    assert not old.is_replaced


async def test_a_feed_that_is_not_wanted_any_more_begins_nothing_again(bench: Bench) -> None:
    old = bench.begin()
    bench.begin(old)
    bench.lines.end(old, "mode", is_wanted=False)

    assert ("DISCONNECTED", 1, b"mode") == bench.queue.told[-1]


async def test_beside_one_that_has_ended_there_is_no_overlap(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    old = bench.begin()
    bench.lines.end(old, "cut", is_wanted=True)
    bench.quote(bench.begin(old))

    assert connected(2) == bench.queue.told[-2:]
    assert ["cut"] == gaps(caplog)


async def test_a_gap_is_from_the_last_message_to_the_next_quote_whatever_connects_between(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = count(1000)
    monkeypatch.setattr(time, "time_ns", lambda: next(times))
    first = bench.begin()
    bench.quote(first)
    last_ns = first.last_ns
    bench.lines.end(first, "cut", is_wanted=True)
    second = bench.begin()  # it is accepted, and gives nothing
    bench.lines.on_heard(second, time.time_ns())
    bench.lines.end(second, "cut again", is_wanted=True)
    third = bench.begin()
    assert ["LOST"] == [kind for kind, _, _ in bench.queue.gaps]
    bench.quote(third)
    first_ns = third.last_ns
    bench.quote(third)

    lost = Gap("wss://x", "okx", last_ns, None, "cut")
    whole = Gap("wss://x", "okx", last_ns, first_ns, "cut", ("A-B@OKX",))
    assert [("LOST", 1, lost), ("GAP", 1, whole)] == bench.queue.gaps


async def test_what_was_given_up_on_purpose_is_missing_from_then_on(bench: Bench) -> None:
    line = bench.begin()
    bench.quote(line)
    bench.lines.end(line, "mode", is_wanted=False)

    ((_, _, gap),) = bench.queue.gaps
    assert bench.queue.records[-2].recv_ns == gap.from_ns


def test_of_two_feeds_that_were_killed_each_goes_on_with_what_it_lacked() -> None:
    earlier = Gap("wss://x", "okx", 5, None, "cut")
    lost = [Captured(RecordKind.LOST, 7, earlier.pack(), 3)]
    last = Captured(RecordKind.MESSAGE, 9, b"of another feed", 4)
    for url, expected in (
        ("wss://x", []),
        ("wss://y", [("LOST", 5, Gap("wss://y", "okx", 9, None, "the replayer was killed"))]),
    ):
        queue, talk = FakeQueue(), FeedTalk(venue_of("okx"), ["A-B"], 0)
        lines = FeedLines(url, queue, talk, count(5), last, lost)  # type: ignore[arg-type]
        lines.on_wanted()
        lines.on_wanted()
        assert expected == queue.gaps
        line = lines.begin(FakeSocket())
        line.talk.quotes_here = 1  # type: ignore[union-attr]
        lines.on_heard(line, time.time_ns())
        kind, number, gap = queue.gaps[-1]
        assert ("GAP", 5 if expected else 3) == (kind, number)
        assert (9, "the replayer was killed") == (gap.from_ns, gap.reason) or not expected
        assert (5, "cut") == (gap.from_ns, gap.reason) or expected


def lines_of(
    queue: FakeQueue, last: Captured | None = None, lost: tuple[Captured, ...] = ()
) -> FeedLines:
    """The connections of a later process."""
    talk = FeedTalk(venue_of("okx"), ["A-B"], 0)
    return FeedLines("wss://x", queue, talk, count(5), last, lost)  # type: ignore[arg-type]


def begin_with_quotes(lines: FeedLines) -> None:
    line = lines.begin(FakeSocket())
    assert line.talk is not None
    line.talk.quotes_here = 1
    lines.on_heard(line, time.time_ns())


def test_a_feed_that_is_new_after_a_clean_end_was_not_missed_by_a_kill() -> None:
    queue = FakeQueue()
    lines_of(queue, Captured(RecordKind.DISCONNECTED, 9, b"the replayer ended")).on_wanted()

    assert [("LOST", 5, Gap("wss://x", "okx", 9, None, "the replayer ended"))] == queue.gaps


def test_what_a_connection_of_another_feed_ended_with_is_no_reason_for_this_one() -> None:
    queue = FakeQueue()
    lines_of(queue, Captured(RecordKind.DISCONNECTED, 9, b"replaced", 3)).on_wanted()

    assert [("LOST", 5, Gap("wss://x", "okx", 9, None, "the replayer was killed"))] == queue.gaps


def test_a_feed_that_is_refused_from_the_very_first_start_is_missing_since_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = count(1000)
    monkeypatch.setattr(time, "time_ns", lambda: next(times))
    queue = FakeQueue()
    lines = lines_of(queue)
    lines.on_wanted()
    assert [] == queue.records
    lines.on_failed("nobody listens there")
    lines.on_failed("the server answered HTTP 503")
    lost = Gap("wss://x", "okx", 1000, None, "nobody listens there")
    assert [("LOST", 5, lost)] == queue.gaps
    begin_with_quotes(lines)

    ((*_, found),) = queue.gaps[1:]
    assert (1000, "nobody listens there", ("A-B@OKX",)) == (
        *(found.from_ns, found.reason),
        found.tickers,
    )


def test_a_gap_that_an_earlier_process_left_is_told_by_each_that_tried_in_vain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = count(1000)
    monkeypatch.setattr(time, "time_ns", lambda: next(times))
    queue = FakeQueue()
    lines = lines_of(queue, Captured(RecordKind.DISCONNECTED, 7, b"the replayer ended"))
    lines.on_wanted()
    lines.on_released("the replayer ended")
    assert ["LOST"] == [kind for kind, *_ in queue.gaps]
    lines.on_wanted()
    for _ in range(2):
        lines.on_failed("refused")
    lines.on_released("the replayer ended")
    lines.on_released("the replayer ended")

    _, (_, _, told), (_, _, after) = queue.gaps
    assert (7, after.from_ns, "the replayer ended") == (told.from_ns, told.to_ns, told.reason)


def test_a_first_connection_that_is_had_at_once_has_no_gap_before_it() -> None:
    queue = FakeQueue()
    lines = lines_of(queue)
    lines.on_wanted()
    begin_with_quotes(lines)
    lines.on_failed("of one beside it")

    assert [] == queue.gaps


def test_a_feed_that_is_not_wanted_before_it_ever_connected_is_missing_since_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = count(1000)
    monkeypatch.setattr(time, "time_ns", lambda: next(times))
    queue = FakeQueue()
    lines = lines_of(queue)
    lines.on_wanted()
    lines.on_released("mode")
    lines.on_released("mode")

    assert [("LOST", 5, Gap("wss://x", "okx", 1000, None, "mode"))] == queue.gaps


def test_what_is_missing_is_told_when_the_feed_is_not_wanted_any_more(
    monkeypatch: pytest.MonkeyPatch, bench: Bench
) -> None:
    times = count(1000)
    monkeypatch.setattr(time, "time_ns", lambda: next(times))
    line = bench.begin()
    bench.quote(line)
    bench.lines.end(line, "cut", is_wanted=True)
    bench.lines.on_released("the replayer ended")
    bench.lines.on_released("the replayer ended")

    kinds = [(kind, gap.reason) for kind, _, gap in bench.queue.gaps]
    assert [("LOST", "cut"), ("GAP", "cut"), ("LOST", "the replayer ended")] == kinds
    _, told, after = (gap for *_, gap in bench.queue.gaps)
    assert told.to_ns == after.from_ns


def test_what_is_missing_of_a_feed_that_is_not_asked_any_more_is_told_once() -> None:
    queue = FakeQueue()
    gone, kept = Gap("wss://x", "okx", 5, None, "cut"), Gap("wss://y", "okx", 6, None, "cut")
    lost = [
        Captured(RecordKind.LOST, 7, each.pack(), number) for number, each in ((3, gone), (4, kept))
    ]
    end_others(queue, lost, {"wss://y"})  # type: ignore[arg-type]

    ((kind, number, told),) = queue.gaps
    assert ("GAP", 3, replace(gone, to_ns=told.to_ns)) == (kind, number, told)
    assert told.to_ns == queue.records[0].recv_ns


def test_a_time_in_another_mode_is_one_gap_whatever_ends(bench: Bench) -> None:
    line = bench.begin()
    bench.quote(line)
    bench.lines.end(line, "mode", is_wanted=False)
    bench.lines.on_released("mode")
    bench.lines.on_released("the replayer ended")

    assert [("LOST", "mode")] == [(kind, gap.reason) for kind, _, gap in bench.queue.gaps]


async def test_an_overlap_begins_when_the_new_connection_is_asked_for(bench: Bench) -> None:
    old = bench.begin()
    bench.lines.announce(old)
    bench.lines.put(old, RecordKind.MESSAGE, 5, b"{}")
    bench.begin(old)

    assert [
        ("OVERLAP", 2, CONNECTION.pack(1)),
        ("MESSAGE", 1, b"{}"),
        *connected(2),
    ] == bench.queue.told[2:]


async def test_one_that_was_not_to_be_had_ends_its_overlap(bench: Bench) -> None:
    old = bench.begin()
    bench.lines.announce(old)
    bench.lines.withdraw()
    bench.lines.withdraw()
    assert [("OVERLAP", 2, CONNECTION.pack(1)), ("OVERLAP_END", 2, b"")] == bench.queue.told[2:]
    bench.lines.announce(old)
    bench.lines.end(old, "cut", is_wanted=True)
    bench.begin(old)

    assert [("OVERLAP_END", 3, b""), *connected(4)] == bench.queue.told[-3:]
