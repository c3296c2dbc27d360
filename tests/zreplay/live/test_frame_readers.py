"""A message is read by its adapter from wherever reading begins, with what that remembers."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import InputError
from zreplay.live import frame_readers
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.capture_records import CONNECTION, Captured, RecordKind
from zreplay.live.captured_quotes import captured_quotes
from zreplay.live.frame_readers import FrameReaders
from zreplay.live.live_message import LiveMessage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "capture.log"


def record(kind: RecordKind, text: str = "", number: int = 1) -> Captured:
    return Captured(kind, 5, text.encode(), number)


def connected(name: str, number: int = 1) -> list[Captured]:
    kinds = ((RecordKind.CONNECTED, "ws://x"), (RecordKind.READER, name))
    return [record(kind, text, number) for kind, text in kinds]


def book(kind: str, bids: list[list[str]], asks: list[list[str]], number: int = 1) -> Captured:
    data = {"s": "A", "b": bids, "a": asks, "u": 9}
    text = json.dumps({"topic": "orderbook.1.A", "type": kind, "ts": 9, "data": data})
    return record(RecordKind.MESSAGE, text, number)


def write(path: Path, *groups: list[Captured]) -> list[int]:
    """Return where each group begins."""
    writer = CaptureWriter(path, 1 << 30)
    places = []
    for group in groups:
        places.append(writer.end_offset)
        assert writer.append(group) is None
    writer.close()
    return places


def messages(path: Path, offset: int, most_bytes: int = 1 << 20) -> Iterator[LiveMessage]:
    reader = CaptureReader(path)
    readers = FrameReaders(reader, path)
    while chunk := reader.read(offset, most_bytes):
        yield from (m for m in readers.messages(chunk) if isinstance(m, LiveMessage))
        offset = chunk.next_offset
    reader.close()


def sides(path: Path, offset: int, most_bytes: int = 1 << 20) -> list[tuple[float, float]]:
    block, _ = captured_quotes(list(messages(path, offset, most_bytes)))
    return list(zip(block.bid_price.tolist(), block.ask_price.tolist(), strict=True))


SNAPSHOT = book("snapshot", [["1", "1"]], [["9", "1"]])
BIDS = [book("delta", [[price, "1"]], []) for price in ("2", "3", "4")]


@pytest.mark.parametrize("most_bytes", [1, 1 << 20])
@pytest.mark.parametrize("back_bytes", [1, 1 << 20])
def test_from_every_group_on_the_quotes_are_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch, most_bytes: int, back_bytes: int
) -> None:
    monkeypatch.setattr(frame_readers, "BACK_BYTES", back_bytes)
    other = [*connected("okx", 2), record(RecordKind.MESSAGE, "pong", 2)]
    groups = [[*other, *connected("bybit"), SNAPSHOT], *([each] for each in BIDS)]
    places = write(path, *groups)

    whole = [(1.0, 9.0), (2.0, 9.0), (3.0, 9.0), (4.0, 9.0)]
    for number, place in enumerate(places):
        assert whole[number:] == sides(path, place, most_bytes)


def test_a_new_connection_of_the_same_number_knows_nothing(path: Path) -> None:
    lost = record(RecordKind.DISCONNECTED, "gone")
    places = write(
        path, [*connected("bybit"), SNAPSHOT, lost, *connected("bybit"), BIDS[0]], [BIDS[1]]
    )

    for place, count in zip(places, (2, 1), strict=True):
        found = sides(path, place)
        assert [True] * count == [ask != ask for _, ask in found[-count:]]


def test_a_message_without_a_reader_has_the_plain_shape(path: Path) -> None:
    (place,) = write(
        path, [record(RecordKind.MESSAGE, "{}", 3), record(RecordKind.MESSAGE, "{}", 0)]
    )

    assert [None, None] == [message.reading for message in messages(path, place)]


def test_a_venue_that_is_not_known_is_named(path: Path) -> None:
    (place,) = write(path, [*connected("nowhere"), BIDS[0]])

    with pytest.raises(InputError, match="does not know: b'nowhere'") as caught:
        list(messages(path, place))
    assert "Z406" == caught.value.code


def okx(bid: str, seq: int, number: int) -> Captured:
    row = {"bids": [[bid, "1"]], "asks": [["9", "1"]], "ts": "5", "seqId": seq}
    arg = {"channel": "bbo-tbt", "instId": "A-B"}
    return record(RecordKind.MESSAGE, json.dumps({"arg": arg, "data": [row]}), number)


def overlap(new: int, replaced: int) -> Captured:
    return Captured(RecordKind.OVERLAP, 5, CONNECTION.pack(replaced), new)


def bids(path: Path, offset: int, most_bytes: int = 1 << 20) -> list[float]:
    return [bid for bid, _ in sides(path, offset, most_bytes)]


@pytest.mark.parametrize("most_bytes", [1, 1 << 20])
def test_of_an_overlap_each_quote_is_given_once_from_wherever_it_is_read(
    path: Path, most_bytes: int
) -> None:
    places = write(
        path,
        [*connected("okx", 1), okx("1", 1, 1)],
        [overlap(2, 1), *connected("okx", 2), okx("1", 1, 2), okx("2", 2, 1)],
        [okx("3", 3, 2), okx("2", 2, 2)],
        [okx("3", 3, 1), record(RecordKind.DISCONNECTED, "replaced", 1), okx("4", 4, 2)],
        [okx("4", 4, 2)],
    )

    # The first quote came before the overlap; the last one is a repeat of one connection.
    found = [bids(path, place, most_bytes) for place in places]
    assert [[1, 1, 2, 3, 4, 4], [1, 2, 3, 4, 4], [3, 4, 4], [4, 4], [4]] == found


def test_what_one_brought_last_the_other_may_still_bring_until_the_end_is_written(
    path: Path,
) -> None:
    end = record(RecordKind.OVERLAP_END, "", 2)
    lost = record(RecordKind.DISCONNECTED, "cut", 1)
    places = write(
        path,
        [overlap(2, 1), *connected("okx", 1), *connected("okx", 2), okx("1", 1, 1), lost],
        [okx("1", 1, 2), okx("2", 2, 2), end],
        [okx("1", 1, 2)],
    )

    assert [[1, 2, 1], [2, 1], [1]] == [bids(path, place) for place in places]


def test_of_three_connections_in_a_row_each_quote_is_given_once(path: Path) -> None:
    """The third begins before the end of the first overlap is written; its old one is lost."""
    lost = record(RecordKind.DISCONNECTED, "replaced", 1)
    places = write(
        path,
        [*connected("okx", 1), overlap(2, 1), *connected("okx", 2), okx("1", 1, 1), lost],
        [overlap(3, 2), *connected("okx", 3), okx("1", 1, 3), okx("1", 1, 2)],
        [okx("2", 2, 3), record(RecordKind.OVERLAP_END, "", 2), okx("2", 2, 2)],
        [okx("3", 3, 2), okx("3", 3, 3)],
    )

    assert [[1, 2, 3], [2, 3], [2, 3], [3]] == [bids(path, place) for place in places]


def test_of_two_tries_to_replace_one_each_quote_is_given_once(path: Path) -> None:
    """The second begins before the end of the first, whose new one was lost, is written."""
    lost = record(RecordKind.DISCONNECTED, "cut", 2)
    places = write(
        path,
        [*connected("okx", 1), overlap(2, 1), *connected("okx", 2), okx("1", 1, 2), lost],
        [overlap(3, 1), *connected("okx", 3), okx("1", 1, 1), okx("1", 1, 3), okx("2", 2, 1)],
        [okx("2", 2, 3), okx("3", 3, 3), okx("3", 3, 1)],
        [record(RecordKind.OVERLAP_END, "", 2), okx("4", 4, 1), okx("4", 4, 3), okx("3", 3, 1)],
        [okx("5", 5, 3), okx("5", 5, 1)],
    )

    # Each group ends the one before: what is read from there on is as if all had been.
    expected = [[1, 2, 3, 4, 5], [2, 3, 4, 5], [3, 4, 5], [4, 5], [5]]
    assert expected == [bids(path, place) for place in places]


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_however_overlaps_touch_it_does_not_matter_where_reading_begins(
    tmp_path_factory: pytest.TempPathFactory, chance: random.Random
) -> None:
    path = tmp_path_factory.mktemp("capture") / "capture.log"
    alive, open_ones, newest, update_id = [1], list[int](), 1, 0
    groups = [connected("okx", 1)]
    for _ in range(30):
        choice = chance.randrange(10)
        if choice == 0 and newest < 6:
            newest += 1
            groups[-1] += [overlap(newest, chance.choice(alive)), *connected("okx", newest)]
            alive.append(newest)
            open_ones.append(newest)
        elif choice == 1 and len(alive) > 1:
            lost = alive.pop(chance.randrange(len(alive)))
            groups[-1].append(record(RecordKind.DISCONNECTED, "cut", lost))
        elif choice == 2 and open_ones:
            ended = open_ones.pop(chance.randrange(len(open_ones)))
            groups[-1].append(record(RecordKind.OVERLAP_END, "", ended))
        elif choice == 3 and groups[-1]:
            groups.append([])
        else:
            update_id += chance.randrange(2)
            bid = max(1, update_id - chance.randrange(3))
            groups[-1].append(okx(str(bid), bid, chance.choice(alive)))
    places = write(path, *filter(None, groups))
    whole, *later = (bids(path, place) for place in places)
    assert [whole[len(whole) - len(found) :] for found in later] == later


def test_a_group_that_does_not_name_an_overlap_is_not_in_it(path: Path) -> None:
    """Whoever wrote it was killed: the next one knows of no overlap."""
    write(path, [*connected("okx", 1), overlap(2, 1), *connected("okx", 2), okx("1", 1, 1)])
    places = write(path, [*connected("okx", 2), okx("1", 1, 2)])

    assert [1.0, 1.0] == bids(path, 0)
    assert [1.0] == bids(path, places[0])


def test_what_a_book_remembers_is_right_in_an_overlap_too(path: Path) -> None:
    places = write(
        path,
        [*connected("bybit", 1), SNAPSHOT],
        [overlap(2, 1), *connected("bybit", 2), book("snapshot", [["1", "1"]], [["9", "1"]], 2)],
        [
            BIDS[0]._replace(
                payload=BIDS[0].payload.replace(b'"u":9', b'"u":10').replace(b'"u": 9', b'"u": 10')
            )
        ],
        [book("delta", [["2", "1"]], [], 2)],
    )

    for number, place in enumerate(places):
        assert {9.0} == {ask for _, ask in sides(path, place)}, number
