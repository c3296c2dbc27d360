"""Lines that `line_rows` judged one by one -> a block and the faults."""

from collections.abc import Mapping
from typing import Final, NamedTuple, Self

import numpy as np

from zreplay.quotes.block import Block, Int64s
from zreplay.quotes.ticker_table import joined
from zreplay.recordings.csv.csv_lines import CsvLines
from zreplay.recordings.csv.line_fields import Fault
from zreplay.recordings.csv.line_rows import Row, read_line
from zreplay.recordings.formats.layout import Layout


class LineFault(NamedTuple):
    """A refused line: its number within the data, from 0, and the byte where it begins."""

    number: int
    start: int
    fault: Fault

    @classmethod
    def at(cls, lines: CsvLines, row: int, fault: Fault) -> Self:
        """Return the fault of one of these lines."""
        return cls(int(lines.numbers[row]), int(lines.origins[row]), fault)


class JudgedRows(NamedTuple):
    """The contents of some lines: rows and faults, each in file order, and how many lines of
    rows that do not count, or of comment, are left out.
    """

    block: Block
    faults: list[LineFault]
    left_out: int = 0


def judged(lines: CsvLines, layout: Layout, base: int) -> JudgedRows:
    """Read lines one by one; `base` is the position at which their data begins."""
    rows: list[Row] = []
    positions: list[int] = []
    faults: list[LineFault] = []
    left_out = 0
    for number in range(len(lines)):
        row = read_line(lines.line(number), layout)
        if isinstance(row, Fault):
            faults.append(LineFault.at(lines, number, row))
        elif row is None:
            left_out += 1
        else:
            rows.append(row)
            positions.append(base + int(lines.origins[number]))
    return JudgedRows(block_of_rows(rows, positions), faults, left_out)


def with_judged(
    block: Block, judged_rows: Mapping[int, Row | Fault | None], left_out: Int64s | None = None
) -> Block:
    """Return a block with these of its rows as the judge has them, those that are none left out.

    Those in `left_out` are left out too; the judge has none of them.
    """
    if left_out is not None and len(left_out):
        kept = np.delete(np.arange(len(block)), left_out)
        judged_rows = {int(np.searchsorted(kept, row)): each for row, each in judged_rows.items()}
        block = block.take(kept)
    if not judged_rows:
        return block
    places = [place for place, row in judged_rows.items() if isinstance(row, Row)]
    rows = [row for row in judged_rows.values() if isinstance(row, Row)]
    others = block.take(np.delete(np.arange(len(block)), [*judged_rows]))
    if not rows:
        return others
    whole = joined([others, block_of_rows(rows, block.position[places].tolist())])
    return whole.take(np.argsort(whole.position))


def block_of_rows(rows: list[Row], positions: list[int]) -> Block:
    """Return judged rows as columns; there may be none."""
    codes: dict[str, int] = {}
    return Block(
        arrival_ns=np.array([row.arrival_ns for row in rows], np.int64),
        position=np.array(positions, np.int64),
        index=np.array([row.index for row in rows], np.int64),
        timestamp_ns=np.array([row.timestamp_ns for row in rows], np.int64),
        latency_ms=np.array([row.latency_ms for row in rows], np.float64),
        ask_amount=np.array([row.ask_amount for row in rows], np.float64),
        ask_price=np.array([row.ask_price for row in rows], np.float64),
        bid_price=np.array([row.bid_price for row in rows], np.float64),
        bid_amount=np.array([row.bid_amount for row in rows], np.float64),
        ticker_codes=np.array([codes.setdefault(row.ticker, len(codes)) for row in rows], np.int32),
        ticker_names=tuple(codes),
    )


NO_ROWS: Final = JudgedRows(block_of_rows([], []), [])
