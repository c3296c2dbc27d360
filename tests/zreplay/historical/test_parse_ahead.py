"""Each file's blocks come in its order, whatever is parsed meanwhile, and an error after them."""

import errno
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any, Final, cast
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import InputError
from zreplay.historical import expected_ends, parse_ahead
from zreplay.historical.begun_blocks import MOST_BEGUN
from zreplay.historical.cutters import Cutters
from zreplay.historical.expected_ends import Cut
from zreplay.historical.joint_blocks import JOINT_BYTES
from zreplay.historical.parse_ahead import MOST_FIRST, ParseAhead
from zreplay.historical.small_blocks import SmallBlocks
from zreplay.quotes.block import EMPTY
from zreplay.quotes.file_numbers import MAX_FILES
from zreplay.recordings.csv.csv_file import CsvFile
from zreplay.recordings.recording import Parsed, Recording, Unparsed
from zreplay.recordings.source_block import FilePlace, SourceBlock

NOWHERE: Final = FilePlace(0, 1)
NO_LINES: Final = np.array([], np.int64)
NO_ROWS: Final = Parsed(SourceBlock(EMPTY, NOWHERE, NOWHERE, NO_LINES, NO_LINES), [])
HEADER = "index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"


@contextmanager
def reading(
    folder: Path, *row_counts: int, name: str = "T", has_threads: bool = True
) -> Iterator[ParseAhead]:
    """Read files of so many rows each, numbered by `index`."""
    files = []
    for number, count in enumerate(row_counts):
        path = folder / f"{number}.csv"
        rows = (f"{index},2025-10-02 00:00:00,{name},1,1,1,1,1\n" for index in range(count))
        path.write_text(HEADER + "".join(rows))
        files.append(CsvFile(path, number))
        files[-1].open()
    ahead = ParseAhead(files, has_threads=has_threads)
    yield ahead
    ahead.close()
    for file in files:
        file.close()


def indexes_of(ahead: ParseAhead, number: int) -> list[list[int]]:
    blocks = []
    while (parsed := ahead.next(number)) is not None:
        blocks.append(parsed.source.block.index.tolist())
    return blocks


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse_ahead, "BLOCK_BYTES", 400)
    monkeypatch.setattr(parse_ahead, "FIRST_BLOCK_BYTES", 100)
    monkeypatch.setattr(parse_ahead, "LEAST_BLOCK_BYTES", 50)


def test_every_file_comes_whole_and_in_its_own_order(tmp_path: Path) -> None:
    with reading(tmp_path, 40, 0, 25) as ahead:
        blocks = [indexes_of(ahead, number) for number in (2, 1, 0)]

    assert [list(range(25)), [], list(range(40))] == [sum(parts, []) for parts in blocks]


def test_the_first_block_is_small_and_the_others_are_not(tmp_path: Path) -> None:
    with reading(tmp_path, 100) as ahead:
        sizes = [len(block) for block in indexes_of(ahead, 0)]

    assert sizes[0] < sizes[1]


def test_on_one_core_blocks_are_no_larger_than_those_of_few_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse_ahead, "MOST_BLOCK_BYTES", 200)
    most = []
    for has_threads in (True, False):
        with reading(tmp_path, 100, has_threads=has_threads) as ahead:
            blocks = indexes_of(ahead, 0)
        assert list(range(100)) == sum(blocks, [])
        most.append(max(map(len, blocks)))

    assert most[1] * 35 <= 200 < most[0] * 35


def test_the_blocks_of_many_files_are_smaller_so_that_all_may_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse_ahead, "BLOCK_BYTES", 4000)
    monkeypatch.setattr(parse_ahead, "WAITING_BYTES", 8000)
    with reading(tmp_path, *[100] * 10) as ahead:
        sizes = [len(block) for block in indexes_of(ahead, 0)]
    with reading(tmp_path, 100) as ahead:
        alone = [len(block) for block in indexes_of(ahead, 0)]

    row_bytes = len("1,2025-10-02 00:00:00,T,1,1,1,1,1\n")
    assert 800 // row_bytes >= max(sizes)
    assert 3000 // row_bytes < max(alone)


def test_of_very_many_files_with_long_rows_blocks_grow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", 0)
    with reading(tmp_path, 40, 40, name="A" * 66) as ahead:
        ahead._small = SmallBlocks(500, ahead._block_bytes)
        sizes = []
        for _ in range(3):
            ahead.look_ahead(0, lambda most: [1])
            sizes += [len(cast(Parsed, ahead.next(number)).source.block) for number in (0, 1)]

    assert [1, 1, 4, 4, 15, 15] == sizes


def test_a_file_that_follows_one_that_was_not_alone_is_not_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", 0)
    with reading(tmp_path, 2, 2, 60) as ahead:
        ahead.next(2)
        for number in (0, 1):  # each of them ends, and neither was asked for twice
            ahead.next(number)
            ahead.end(number)
        parsed = ahead.next(2)

    assert parsed is not None
    assert 11 == len(parsed.source.block)  # it is no larger than that of many


def test_rows_that_may_not_wait_make_blocks_smaller(tmp_path: Path) -> None:
    files = [CsvFile(tmp_path / "0.csv", 0)] * 2

    assert 60 == ParseAhead(files, 120)._block_bytes
    assert parse_ahead.LEAST_BLOCK_BYTES == ParseAhead(files, 1)._block_bytes


class Endless:
    """A file that notes how much of it was asked for at once."""

    def __init__(self) -> None:
        self.asked_bytes: list[int] = []

    def cut(self, block_bytes: int) -> Unparsed:
        self.asked_bytes.append(block_bytes)
        return lambda: NO_ROWS


def of_many(waiting_bytes: int, alone_bytes: int) -> dict[str, Any]:
    """Return what makes a few files many that read little at a time."""
    limits = {"WAITING_BYTES": waiting_bytes, "ALONE_BYTES": alone_bytes}
    return {"FEW_FILES": 0, "BLOCK_BYTES": 4000, **limits}


def asked_in_turn(count: int, turns: list[int]) -> list[Endless]:
    """Ask files for their next blocks; a number below zero is one that ends."""
    files, ended = [Endless() for _ in range(count)], set[int]()
    with patch.multiple(parse_ahead, **of_many(9000, alone_bytes=0)):
        ahead = ParseAhead(cast(list[Recording], files))
        for number in turns:
            if number < 0:
                ended.add(-number % count)
                ahead.end(-number % count)
            elif number % count not in ended:
                ahead.next(number % count)
            waiting = [
                file for at, file in enumerate(files) if file.asked_bytes and at not in ended
            ]
            assert sum(file.asked_bytes[-1] for file in waiting) <= 9000
        ahead.close()
    return files


def test_a_file_that_is_asked_again_and_again_is_read_in_larger_blocks() -> None:
    one, *_ = asked_in_turn(5, [0, 0, 0, -1, -2, 0, 0, 4, 0, 0])

    assert [100, 1800, 1800, 3600, 4000, 1800, 3600] == one.asked_bytes


def test_of_a_larger_file_more_is_read_at_a_time() -> None:
    with patch.multiple(parse_ahead, **of_many(9000, alone_bytes=0)):
        files = [Endless() for _ in range(3)]
        ahead = ParseAhead(cast(list[Recording], files), sizes_bytes=[4000, 1000, 1000])
        for number in (0, 1, 2, 0, 1, 2):
            ahead.next(number)
        ahead.close()

    assert [[100, 5250], [100, 1875], [100, 1875]] == [file.asked_bytes for file in files]


@given(st.integers(2, 12), st.lists(st.integers(-11, 11), max_size=60))
def test_what_may_wait_of_all_files_is_bounded(count: int, turns: list[int]) -> None:
    files = asked_in_turn(count, turns)

    assert 4000 >= max([0, *(size for file in files for size in file.asked_bytes)])


def test_a_file_that_has_ended_leaves_its_room_to_the_others() -> None:
    with patch.multiple(parse_ahead, **of_many(4000, alone_bytes=0)):
        files = [Endless(), Endless()]
        ahead = ParseAhead(cast(list[Recording], files))
        for number in (0, 0, 0, 1, 1, 1):
            ahead.next(number)
        ahead.end(0)
        ahead.next(1)
        ahead.next(1)
        ahead.close()

    assert [100, 2000, 2000] == files[0].asked_bytes
    assert [100, 2000, 2000, 4000, 4000] == files[1].asked_bytes


def test_a_block_of_each_of_all_files_that_there_can_be_is_no_more_than_may_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    many = [CsvFile(Path("nowhere"), 0)] * MAX_FILES
    ahead = ParseAhead(many)
    ahead.close()

    assert {parse_ahead.WAITING_BYTES // MAX_FILES} == {ahead._block_bytes, *ahead._next_bytes}
    assert parse_ahead.LEAST_BLOCK_BYTES == ParseAhead(many[:4000])._next_bytes[0]


@pytest.mark.parametrize("few_files", [2, 3])
def test_of_more_than_a_few_files_nothing_is_parsed_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few_files: int
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", few_files)
    with reading(tmp_path, 40, 0, 30) as ahead:
        ahead.next(0)
        ahead.next(0)
        assert (few_files == 3) == bool(ahead._ahead[0])
        blocks = [indexes_of(ahead, number) for number in (2, 1)]

    assert [list(range(30)), []] == [sum(parts, []) for parts in blocks]


def test_nothing_is_held_of_a_file_that_is_not_asked_again(tmp_path: Path) -> None:
    with reading(tmp_path, 40) as ahead:
        ahead.next(0)
        ahead.next(0)
        assert ahead._ahead[0]
        ahead.end(0)

        assert not ahead._ahead[0]


@pytest.mark.parametrize("few_files", [0, 1])
def test_a_file_that_cannot_be_read_on_says_so_behind_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few_files: int
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", few_files)

    def broken(*_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with reading(tmp_path, 40) as ahead:
        first = ahead.next(0)
        monkeypatch.setattr(os, "pread", broken)
        with pytest.raises(InputError):
            ahead.next(0)

    assert first is not None and len(first.source.block) > 0


def test_the_first_blocks_of_some_files_are_read_as_one_each_with_a_descriptor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", 0)
    wanted = list[int]()
    with reading(tmp_path, *[40] * 6) as ahead:
        ahead._block_bytes, ahead._next_bytes = JOINT_BYTES, [100] * 6
        ahead.look_ahead(0, lambda most: wanted.append(most) or known(*range(1, 6))(most))  # type: ignore[func-returns-value]

        assert [MOST_FIRST] == wanted
        assert all(number in ahead.joint for number in range(6))


def known(*numbers: int) -> Callable[[int], list[int]]:
    return lambda most: [*numbers][:most]


class AtOnce(Executor):
    """Does what it is given before anything else is done."""

    def submit(self, call: Callable[..., Any], /, *given: Any, **more: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(call(*given, **more))
        except InputError as error:
            done.set_exception(error)
        return done


class Always:
    """The same thread for each file."""

    def __init__(self, thread: Executor) -> None:
        self._thread = thread

    def of(self, _: int) -> Executor:
        return self._thread

    def shutdown(self) -> None:
        self._thread.shutdown()


def at_once(ahead: ParseAhead) -> ParseAhead:
    """Have what is begun be cut and parsed at once, so that a test knows when."""
    for each in (ahead._cutters, ahead._parsers):
        each.shutdown()
    ahead._parsers = cast(ThreadPoolExecutor, AtOnce())
    ahead._cutters = cast(Cutters, Always(ahead._parsers))
    return ahead


def block_at(offset: int) -> Parsed:
    return Parsed(NO_ROWS.source._replace(start=FilePlace(offset, None)), [])


class Counted:
    """A file of so many blocks, each known by its number; it may end with an error.

    `faults` says where it was cut twice at a time, or behind its end.
    """

    def __init__(self, blocks: int, *, is_damaged: bool = False) -> None:
        self.cuts = 0
        self._blocks = blocks
        self._is_damaged = is_damaged
        self._is_free = True
        self.faults: list[int] = []

    def cut(self, _: int) -> Unparsed | None:
        if not self._is_free or self.cuts > self._blocks:
            self.faults.append(self.cuts)
        self._is_free = False
        offset, self.cuts = self.cuts, self.cuts + 1
        self._is_free = True
        if offset < self._blocks:
            return lambda: block_at(offset)
        if self._is_damaged:
            raise InputError("damaged", fix="", code="Z408")
        return None


def offset_of_next(ahead: ParseAhead, number: int) -> int | str | None:
    try:
        parsed = ahead.next(number)
    except InputError as error:
        return error.code
    return None if parsed is None else parsed.source.start.offset


@given(
    st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=60),
    st.sampled_from([0, parse_ahead.FEW_FILES]),
)
def test_whatever_is_asked_when_each_file_comes_in_its_order_up_to_its_end(
    described: list[tuple[int, bool]], asked: list[tuple[int, bool]], few_files: int
) -> None:
    files = [Counted(blocks, is_damaged=is_damaged) for blocks, is_damaged in described]
    with patch.multiple(parse_ahead, FEW_FILES=few_files):
        ahead = ParseAhead(cast(list[Recording], files))
    given_blocks, over = [0] * len(files), dict[int, int]()
    for at, is_end in asked:
        number = at % len(files)
        if number in over:
            continue
        if is_end and given_blocks[number] > 2:
            ahead.end(number)
            over[number] = files[number].cuts
            continue
        found, (blocks, is_damaged) = offset_of_next(ahead, number), described[number]
        others = [other for other in range(len(files)) if other not in {number, *over}]
        ahead.go_ahead(number, known(*others))
        if given_blocks[number] < blocks:
            assert given_blocks[number] == found
            given_blocks[number] += 1
        else:
            assert ("Z408" if is_damaged else None) == found
            over[number] = files[number].cuts
    ahead.close()

    assert over == {number: files[number].cuts for number in over}
    assert [[] for _ in files] == [file.faults for file in files]


class Gated:
    """A file of which each block is cut once its gate is open."""

    def __init__(self, open_gates: int) -> None:
        self.gates = [Event() for _ in range(9)]
        self.is_cutting = False
        self._cuts = 0
        for gate in self.gates[:open_gates]:
            gate.set()

    def cut(self, _: int) -> Unparsed:
        offset, self._cuts = self._cuts, self._cuts + 1
        self.is_cutting = True
        is_open = self.gates[offset].wait(5)
        self.is_cutting = False
        return lambda: block_at(offset if is_open else -1)


def test_who_asks_does_not_wait_for_what_is_cut_behind_it() -> None:
    file = Gated(2)
    ahead = ParseAhead(cast(list[Recording], [file]))

    assert [0, 1] == [offset_of_next(ahead, 0) for _ in range(2)]
    assert not file.gates[2].is_set()

    for gate in file.gates:
        gate.set()
    assert [2, 3, 4] == [offset_of_next(ahead, 0) for _ in range(3)]
    ahead.close()


def test_a_file_that_is_not_asked_again_is_left_when_its_block_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = Gated(2)

    def opened_wait(cuts: list[Cut]) -> None:
        for gate in file.gates:
            gate.set()
        wait(cuts)

    monkeypatch.setattr(parse_ahead, "wait", opened_wait)
    ahead = ParseAhead(cast(list[Recording], [file]))
    for _ in range(3):
        ahead.next(0)
    ahead.end(0)

    assert not file.is_cutting
    ahead.close()


def test_files_that_follow_one_another_are_read_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", 0)
    with reading(tmp_path, 40, 40, 40) as ahead:
        at_once(ahead)
        blocks: list[list[int]] = [[], [], []]
        for number in (0, 1, 2):
            while (parsed := ahead.next(number)) is not None:
                ahead.go_ahead(number, known(number, *range(number + 1, 3)))
                blocks[number].append(len(parsed.source.block))
                begun = sum(not expected_ends.is_end(cut) for each in ahead._ahead for cut in each)
                assert begun <= MOST_BEGUN
            # Of the first it is known only by then that it is alone.
            assert number == 2 or bool(ahead._ahead[number + 1])
            ahead.end(number)

    row_bytes = len("10,2025-10-02 00:00:00,T,1,1,1,1,1\n")
    assert [40, 40, 40] == [*map(sum, blocks)]
    assert blocks[0][0] < 400 // row_bytes == blocks[1][0] == blocks[2][0]


def test_what_is_begun_of_the_files_that_follow_is_no_more_than_of_one_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", 0)
    files = [Counted(1) for _ in range(9)]
    ahead = at_once(ParseAhead(cast(list[Recording], files)))
    for _ in range(3):  # its end says that it is alone
        offset_of_next(ahead, 0)
    ahead.end(0)
    offset_of_next(ahead, 1)
    ahead.go_ahead(1, known(*range(1, 9)))

    assert [2, 1, 1, 1, 1, 0, 0, 0, 0] == [file.cuts for file in files]


class OnDemand(Executor):
    """Cuts the next of what waits when it is told to; who asks for a block has it cut first."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, call: Callable[..., Any], /, *given: Any, **more: Any) -> Future[Any]:
        done = Future[Any]()
        self._waiting.append((done, partial(call, *given, **more)))
        return done

    def cut_next(self) -> None:
        done, call = self._waiting.pop(0)
        done.set_result(call())


def test_day_files_as_long_as_one_another_are_cut_while_the_one_before_is_parsed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", 0)
    files = [Counted(1) for _ in range(6)]
    ahead = at_once(ParseAhead(cast(list[Recording], files)))
    for number in (0, 0, 0):  # its end says that it is alone, and how long the others may be
        offset_of_next(ahead, number)
    ahead.end(0)
    cutter = OnDemand()
    ahead._cutters = cast(Cutters, Always(cast(Executor, cutter)))
    offset_of_next(ahead, 1)
    ahead.go_ahead(1, known(*range(1, 6)))
    cutter.cut_next()
    cutter.cut_next()

    # Nothing was cut to know whether a file has ended: the cutter has had two more of them.
    assert [2, 1, 1, 1, 0, 0] == [file.cuts for file in files]
    assert [None, 0] == [offset_of_next(ahead, number) for number in (1, 2)]
    assert 2 == files[1].cuts


class Meeting(Counted):
    """A file whose blocks are cut while those of another are."""

    def __init__(self, mine: Event, others: Event) -> None:
        super().__init__(1)
        self._mine, self._others = mine, others

    def cut(self, _: int) -> Unparsed | None:
        self._mine.set()
        return super().cut(_) if self._others.wait(5) else None


def test_a_file_is_cut_while_the_one_before_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", 0)
    one, other = Event(), Event()
    files = [Counted(1), Meeting(one, other), Meeting(other, one)]
    ahead = ParseAhead(cast(list[Recording], files))
    assert [0, None] == [offset_of_next(ahead, 0) for _ in range(2)]
    ahead.go_ahead(0, known(1, 2))

    assert [0, 0] == [offset_of_next(ahead, number) for number in (1, 2)]
    ahead.close()


def test_a_file_that_is_longer_than_the_one_before_it_comes_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", 0)
    lengths = [1, 5, 1, 3, 3, 0, 2]
    files = [Counted(length) for length in lengths]
    ahead, found = at_once(ParseAhead(cast(list[Recording], files))), list[list[int]]()
    for number in range(len(files)):
        blocks: list[int] = []
        while isinstance(offset := offset_of_next(ahead, number), int):
            ahead.go_ahead(number, known(*range(number, len(files))))
            blocks.append(offset)
        found.append(blocks)
        ahead.end(number)

    assert [[*range(length)] for length in lengths] == found
    assert [[] for _ in files] == [file.faults for file in files]


def test_one_of_many_files_that_is_not_alone_is_not_read_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", 0)
    with reading(tmp_path, 40, 40) as ahead:
        for number in (0, 1, 0, 1):
            ahead.next(number)
            ahead.go_ahead(number, known(number, 1 - number))

        assert not any(ahead._ahead)


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(0, 3)), max_size=25),
    st.sampled_from([0, 300, 4000]),
)
def test_whatever_is_read_ahead_every_file_comes_whole_and_in_its_order(
    counts: list[int], turns: list[tuple[int, int, int]], alone_bytes: int
) -> None:
    given, ended = [list[int]() for _ in counts], set[int]()
    small: dict[str, Any] = {"FIRST_BLOCK_BYTES": 100, "LEAST_BLOCK_BYTES": 50}
    small |= of_many(parse_ahead.WAITING_BYTES, alone_bytes) | {"BLOCK_BYTES": 400}
    with (
        TemporaryDirectory() as folder,
        patch.multiple(parse_ahead, **small),
        reading(Path(folder), *counts) as ahead,
    ):
        for number, times, following in [*turns, *((number, 99, 0) for number in range(4))]:
            for _ in range(times):
                if number >= len(counts) or number in ended:
                    break
                parsed = ahead.next(number)
                follows = following < len(counts) and following not in ended | {number}
                ahead.go_ahead(number, known(*([following] if follows else [])))
                if parsed is None:
                    ended.add(number)
                    ahead.end(number)
                else:
                    given[number] += parsed.source.block.index.tolist()

    assert [[*range(count)] for count in counts] == given


@given(st.integers(2, 12), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11))))
def test_what_is_read_ahead_of_all_files_is_bounded(
    count: int, turns: list[tuple[int, int]]
) -> None:
    files = [Endless() for _ in range(count)]
    with patch.multiple(parse_ahead, **of_many(9000, alone_bytes=8000)):
        ahead = at_once(ParseAhead(cast(list[Recording], files)))
        for number, following in turns:
            ahead.next(number % count)
            ahead.go_ahead(number % count, known(following % count))
            waiting_bytes = 0
            for at, file in enumerate(files):
                waiting_bytes += sum(file.asked_bytes[-1 - len(ahead._ahead[at]) :])

            assert waiting_bytes <= 17_000 + MOST_BEGUN * parse_ahead.BLOCK_BYTES
        ahead.close()


def test_a_file_that_cannot_be_opened_ahead_says_so_in_its_turn(tmp_path: Path) -> None:
    class Gone:
        def cut(self, block_bytes: int) -> Unparsed:
            raise InputError("it is gone", fix="look for it", code="Z401")

    with (
        patch.multiple(parse_ahead, FEW_FILES=0),
        reading(tmp_path, 40) as alone,
    ):
        files = cast(list[Recording], [alone._files[0], Gone()])
        ahead = ParseAhead(files)
        for _ in range(20):
            if ahead.next(0) is None:
                break
            ahead.go_ahead(0, known(1))
        with pytest.raises(InputError, match="gone"):
            ahead.next(1)
        ahead.close()


def test_behind_a_block_that_is_being_read_with_others_none_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", 0)
    with reading(tmp_path, 9, 40, 40) as ahead:
        at_once(ahead)
        ahead._thread = ahead._cutters.of(0)
        ahead.joint.begin([(1, 100), (2, 100)])
        while ahead.next(0) is not None:
            pass
        ahead.go_ahead(0, known(1, 2))
        begun = [len(cuts) for cuts in ahead._ahead]

        assert list(range(40)) == sum(indexes_of(ahead, 1), [])
    assert [0, 0, 0] == begun
