"""Of every format: what is rejected is named to the byte, and a replay goes on from anywhere."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from tests.depth import few
from tests.format_examples import EXAMPLES, Example
from tests.zreplay.small_blocks import keep_small_indexes, read_in_blocks
from zreplay.historical import parse_ahead
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.indexing import make_indexes
from zreplay.historical.seek import cursor_from
from zreplay.ordering.order_cursor import OrderCursor
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.index.index_store import IndexStore
from zreplay.recordings.lobster_bytes import files_beside

ROWS = 24
HORIZON_NS = 5 * 10**9
PLACES = few(2)
REPLAYED = [name for name, each in EXAMPLES.items() if not each.layout.is_empty_unchanged]
"""Those whose empty fields are unchanged are read from their beginning alone: by `convert`."""

_LAST_DIGIT = re.compile(r"(.*?)([0-9])(Z|[+-][0-9]{2}:?[0-9]{2}| GMT[+-][0-9]{4})?")
Key = tuple[int, int]


class Recorded(NamedTuple):
    """A file, and what of it is no quote."""

    path: Path
    rejections: list[Rejection]


def recorded(example: Example, folder: Path, chance: Random) -> Recorded:
    """Write rows whose times go on, some of them with a time or a price that is none."""
    layout = example.layout
    folder.mkdir()
    path = folder / Path(example.name).name.removesuffix(".gz")
    lines = [example.header] if example.header else []
    messages: list[str] = []
    rejections, offset = [], len(example.header) + 1 if example.header else 0
    for row in range(ROWS):
        fields = example.line.split(layout.delimiter)
        for name in ("timestamp", "local_timestamp"):
            if name in layout.places:
                place = layout.places[name]
                fields[place] = at_digit(fields[place], row * 10 // ROWS)
        name = chance.choice(("timestamp", "ask_price", "bid_price", "", "", "")) if row else ""
        if name:
            fields[layout.places[name]] = "x?"
        if name:
            said = str(path), len(lines) + 1, offset, layout.spelled(name), "x?"
            rejections.append(Rejection(*said, "", ""))  # type: ignore[arg-type]
        offset += len(layout.delimiter.join(fields)) + 1
        if files_beside(path):  # the rows stand in two files, and are read as one
            messages.append(layout.delimiter.join(fields[:-4]))
            fields = fields[-4:]
        lines.append(layout.delimiter.join(fields))
    path.write_text("".join(f"{line}\n" for line in lines))
    for beside in files_beside(path):
        beside.write_text("".join(f"{line}\n" for line in messages))
    return Recorded(path, rejections)


def at_digit(time: str, digit: int) -> str:
    """Return a time with another last digit."""
    found = _LAST_DIGIT.fullmatch(time)
    assert found is not None
    return f"{found[1]}{digit}{found[3] or ''}"


class Place(NamedTuple):
    """Where a replay may be cut short: how much was given and told, and the last checkpoint."""

    cursor: bytes
    given: int
    told: int
    checkpoint: OrderCursor | None


class Replay:
    """A replay of some files, or the rest of one."""

    def __init__(self, paths: list[Path], example: Example, **more: Any) -> None:
        self.keys: list[Key] = []
        self.rejections: list[Rejection] = []
        self.places: list[Place] = []
        source = HistoricalSource(
            paths,
            horizon_ns=HORIZON_NS,
            late="stop",
            max_rows=10_000,
            reject=self.rejections.append,
            columns=example.options,
            **more,
        )
        checkpoint = None
        while (piece := source.read()) is not None:
            block, given = piece.block, len(self.keys)
            self.keys += zip(block.arrival_ns.tolist(), block.position.tolist(), strict=True)
            for rows in range(1, len(block) + 1):
                self.places.append(
                    Place(piece.cursor_after(rows), given + rows, len(self.rejections), checkpoint)
                )
            if len(block):
                checkpoint = source.checkpoint()
        source.close()


@pytest.fixture(autouse=True)
def fine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a small file have many blocks, each with its entry."""
    keep_small_indexes(monkeypatch)
    read_in_blocks(monkeypatch, block_bytes=300, entry_rows=2)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_rejection_names_line_byte_column_and_value(name: str, tmp_path: Path) -> None:
    example = EXAMPLES[name]
    path, expected = recorded(example, tmp_path / "a", Random(name))

    found = Replay([path], example, carries=True)

    assert ROWS == len(found.keys) + len(expected)
    assert expected == [each._replace(reason="", code="") for each in found.rejections]  # type: ignore[arg-type]


@pytest.fixture(params=[0, 16], ids=["of many files", "of few files"])
def few_files(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have three files opened all at once, or each in its turn, as many are."""
    monkeypatch.setattr(parse_ahead, "FEW_FILES", request.param)


@pytest.mark.usefixtures("few_files")
@pytest.mark.parametrize("name", REPLAYED)
def test_a_replay_goes_on_from_any_quote_and_rejects_the_same(name: str, tmp_path: Path) -> None:
    example, chance = EXAMPLES[name], Random(name)
    paths = list(files_of(example, tmp_path, chance))
    whole = Replay(paths, example)

    assert sorted(whole.keys) == whole.keys
    for place in chance.sample(whole.places, PLACES):
        for begin in (None, place.checkpoint):
            rest = Replay(paths, example, cursor=place.cursor, begin=begin)
            told = {*whole.rejections[: place.told], *rest.rejections}

            assert whole.keys[place.given :] == rest.keys
            assert {*whole.rejections} == told


@pytest.mark.parametrize("name", REPLAYED)
def test_a_seek_gives_what_arrives_from_then_on_with_an_index_and_without(
    name: str, tmp_path: Path
) -> None:
    example, chance = EXAMPLES[name], Random(name)
    paths = list(files_of(example, tmp_path, chance))
    whole = Replay(paths, example)
    store = IndexStore(tmp_path / "indexes")
    make_indexes(paths, columns=example.options, store=store)

    for arrival_ns, _ in chance.sample(whole.keys, PLACES):
        indexes = FileIndexes(paths, columns=example.options, store=store)
        fast = cursor_from(paths, arrival_ns, HORIZON_NS, indexes=indexes)
        slow = cursor_from(paths, arrival_ns, HORIZON_NS)
        expected = [key for key in whole.keys if key[0] >= arrival_ns]

        for sought, known in ((fast, indexes), (slow, None)):
            more = {"cursor": sought.cursor, "begin": sought.begin, "indexes": known}
            assert expected == Replay(paths, example, **more).keys
        assert ((), tuple(paths)) == (fast.read_through, slow.read_through)


def files_of(example: Example, folder: Path, chance: Random) -> Iterator[Path]:
    """Yield three files, one of them compressed where there is one of a name."""
    for number in range(3):
        path = recorded(example, folder / str(number), chance).path
        if number == 2 and not files_beside(path):
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
            path = path.with_name(f"{path.name}.gz")
        yield path
