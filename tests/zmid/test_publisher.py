"""A subscriber gets what is committed and an end, and one without room holds nobody up."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import zmq
from msgspec.structs import replace

from protocol import receiving, sockets
from protocol.commit import Commit, Tail
from protocol.errors import ResultLogError
from protocol.messages import Result
from protocol.peers import PeerCount
from protocol.published import (
    END_TOPIC,
    Published,
    PublishedEnd,
    PublishedMids,
    unpack,
)
from protocol.result_folder import ERRORS, MIDS, TABLE
from protocol.rotation import Rotation
from protocol.segment import place_of
from tests.segments import segment_paths
from tests.zmid.fakes import RUN, result
from tests.zmid.test_publishing import computed
from zmid.disk import Folder
from zmid.publisher import END_PATIENCE_NS, MOST_PREFIXES, Publisher
from zmid.result_log import NAMES, ResultLog

ENDED = Commit(2, RUN, 1, 3, b"c", Tail(), Tail(), 3, 0, 0, 20.0, "exchange", True, 0, (), ())

HWM = 8


class Room:
    """A publisher, and subscribers of which it knows; all sockets are closed with it."""

    def __init__(self, context: sockets.Context) -> None:
        self._context = context
        self.subscribers: list[sockets.Socket] = []
        self.publisher = Publisher(
            context, "tcp://127.0.0.1:*", False, lambda one: PeerCount(context, one)
        )
        address = self.publisher.socket.getsockopt(zmq.LAST_ENDPOINT)
        self.address = bytes(address).rstrip(b"\0").decode()

    def subscribed(self, *prefixes: bytes) -> sockets.Socket:
        socket = sockets.publish_sub(self._context, self.address, prefixes)
        self.subscribers.append(socket)
        known = sum(self.publisher._prefixes.values())
        while sum(self.publisher._prefixes.values()) < known + len(prefixes):
            assert self.publisher.socket.poll(10_000)
            self.publisher.turn(0, None)
        return socket


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setattr(sockets, "PUBLISH_HWM", HWM)
    with zmq.Context() as context:
        made = Room(context)
        yield made
        made.publisher.peers.close()
        for socket in (made.publisher.socket, *made.subscribers):
            socket.close(linger=0)
        context.destroy(linger=0)


@pytest.fixture
def publisher(room: Room) -> Publisher:
    return room.publisher


def come(socket: sockets.Socket, count: int) -> list[Published]:
    messages = []
    for _ in range(count):
        assert socket.poll(10_000)
        topic, body = socket.recv_multipart()
        messages.append(unpack(topic, body))
    assert not receiving.has_message(socket)
    return messages


def tickers(messages: list[Published]) -> list[str]:
    return [each.ticker for each in messages if isinstance(each, PublishedMids)]


def run_of(tickers: list[str], first: int = 0) -> list[Result]:
    return [replace(computed(tickers, first), run=RUN)]


def test_each_gets_the_tickers_that_it_subscribes_to_and_the_end(
    room: Room, publisher: Publisher
) -> None:
    everything, some = room.subscribed(b""), room.subscribed(b"B", END_TOPIC)
    publisher.publish(run_of(["A", "B", "BTC"]))
    assert publisher.turn(1, ENDED) is None

    *mids, end = come(everything, 4)
    assert ["A", "B", "BTC"] == tickers(mids)
    assert PublishedEnd(1, RUN, 3, False, (("A", 1), ("B", 1), ("BTC", 1)), 0) == end
    assert ["B", "BTC"] == tickers(come(some, 3))


def test_an_end_is_said_once_and_again_to_one_who_comes_later(
    room: Room, publisher: Publisher
) -> None:
    first = room.subscribed(b"")
    publisher.turn(1, ENDED)
    publisher.turn(2, ENDED)
    come(first, 1)
    late = room.subscribed(END_TOPIC)
    publisher.turn(3, ENDED)

    assert isinstance(come(late, 1)[0], PublishedEnd)


def test_a_sink_that_ends_before_the_run_says_so(room: Room, publisher: Publisher) -> None:
    socket = room.subscribed(END_TOPIC)
    publisher.publish(run_of(["A"]))
    stopped = replace(ENDED, finished=False)
    publisher.turn(1, stopped)
    assert not socket.poll(0)
    publisher.turn(2, stopped, is_ending=True)

    assert [PublishedEnd(1, RUN, 3, True, (("A", 1),), 0)] == come(socket, 1)


def test_the_end_waits_for_one_without_room_and_then_goes_to_the_others(
    room: Room, publisher: Publisher
) -> None:
    def refused(message: Published) -> None:
        raise zmq.Again

    other = room.subscribed(END_TOPIC)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publisher, "_send", refused)
        again_ns = publisher.turn(10, ENDED)

    assert again_ns is not None and 10 < again_ns < 10 + END_PATIENCE_NS
    assert not other.poll(0)
    assert publisher.turn(10 + END_PATIENCE_NS, ENDED) is None
    assert isinstance(come(other, 1)[0], PublishedEnd)


def test_one_who_never_reads_holds_nobody_up_and_bounds_what_waits(
    room: Room, publisher: Publisher
) -> None:
    room.subscribed(b"")
    group = run_of(["A"] * 100)
    for _ in range(100 * HWM):
        publisher.publish(group)

    assert 100 * HWM == publisher.messages


def test_without_a_table_nothing_is_published_and_it_is_said_once(
    room: Room, publisher: Publisher, caplog: pytest.LogCaptureFixture
) -> None:
    publisher.publish([result(0)])
    publisher.publish([result(3)])

    assert 1 == caplog.text.count("nothing is published")


def test_behind_a_table_that_cannot_be_read_no_end_is_said(
    room: Room, publisher: Publisher, caplog: pytest.LogCaptureFixture
) -> None:
    socket = room.subscribed(b"")
    publisher.publish([replace(computed(["A"]), outputs=(b"junk" * 9,))])
    publisher.publish(run_of(["A"]))
    publisher.turn(1, ENDED)

    assert [] == come(socket, 0)
    assert "nothing more is published" in caplog.text


def test_what_the_table_in_the_folder_holds_came_before(
    room: Room, publisher: Publisher, tmp_path: Path
) -> None:
    disk = Folder(tmp_path, NAMES)
    kept = ResultLog(disk, rotation=Rotation(size_bytes=1))
    publisher.count(tmp_path, kept.last)
    kept.adopt(bytes(16))
    kept.commit_epoch(1)
    for names in (["A", "B"], ["A"]):
        kept.append([replace(computed(names), first=kept.last.next if kept.last else 0)])
    publisher.count(tmp_path, kept.last)
    disk.close()
    socket = room.subscribed(b"")
    publisher.publish(run_of(["A"], 3))

    (message,) = come(socket, 1)
    assert isinstance(message, PublishedMids) and 2 == message.before


@dataclass
class Kept:
    """A log of which each commit is a closed segment of the table, and who publishes it."""

    publisher: Publisher
    log: ResultLog
    folder: Path
    tickers: list[str]

    def commit(self, times: int = 1) -> None:
        for _ in range(times):
            assert self.log.last is not None
            group = [replace(computed(self.tickers), run=RUN, first=self.log.last.next)]
            self.log.append(group)
            self.publisher.publish(group)

    def remove(self) -> None:
        """Remove what may be."""
        assert self.log.last is not None
        named = self.publisher.keep_counts(self.log.last, self.log.named)
        for path in segment_paths(self.folder, TABLE)[: named[TABLE]]:
            place = place_of(TABLE, path.relative_to(self.folder).as_posix())
            if place is not None and place.number < named[TABLE]:
                path.unlink()


@pytest.fixture
def kept(publisher: Publisher, tmp_path: Path) -> Iterator[Kept]:
    disk = Folder(tmp_path, NAMES)
    log = ResultLog(disk, rotation=Rotation(size_bytes=1))
    log.adopt(RUN)
    log.commit_epoch(1)
    publisher.count(tmp_path, log.last)
    yield Kept(publisher, log, tmp_path, ["A", "B", "A"])
    disk.close()


def test_what_is_removed_is_counted_all_the_same(kept: Kept) -> None:
    left = []
    for number in range(60):
        kept.commit()
        kept.remove()
        if not number % 23:
            kept.publisher.count(kept.folder, kept.log.last)  # as after a kill
        left.append(len(segment_paths(kept.folder, TABLE)))
        assert {"A": 2 * number + 2, "B": number + 1} == kept.publisher._publishing.counts

    assert max(left) < 40


def test_whose_last_commits_are_damaged_counts_from_where_it_goes_on(kept: Kept) -> None:
    for _ in range(50):
        kept.commit()
        kept.remove()
    assert kept.log.last is not None
    (kept.folder / ERRORS).write_bytes(b"")
    for path in segment_paths(kept.folder, MIDS)[-40:]:
        path.write_bytes(b"damaged")
    disk = Folder(kept.folder, NAMES)
    back = ResultLog(disk, rotation=Rotation(size_bytes=1))
    disk.close()
    assert back.last is not None and back.last.next < kept.log.last.next - 30
    kept.publisher.count(kept.folder, back.last)

    quotes = back.last.next // 3
    assert {"A": 2 * quotes, "B": quotes} == kept.publisher._publishing.counts


def test_what_was_taken_away_uncounted_ends_the_start(kept: Kept) -> None:
    kept.commit(30)
    segment_paths(kept.folder, TABLE)[3].unlink()
    with pytest.raises(ResultLogError, match="1 closed segments of mids.arrows are gone") as caught:
        kept.publisher.count(kept.folder, kept.log.last)

    assert ("Z606", True) == (caught.value.code, "put them back" in caught.value.fix)


def test_many_subscriptions_take_no_more_memory_than_the_limit(
    room: Room, publisher: Publisher
) -> None:
    class Talker:
        def __init__(self) -> None:
            self.left = MOST_PREFIXES + 10

        def __call__(self, socket: Any) -> list[bytes] | None:
            self.left -= 1
            return [b"\1%d" % self.left] if self.left >= 0 else None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(receiving, "waiting_message", Talker())
        for _ in range(20):
            publisher.turn(0, None)
    assert MOST_PREFIXES == len(publisher._prefixes)
