"""Without amounts and index a replay gives the same quotes otherwise, and refuses the same rows."""

import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import InputError
from tests.depth import few
from tests.zreplay.recordings.csv.csv_lines import quotes_of
from zreplay.historical import parse_ahead
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.selection import Selection
from zreplay.quotes.block import Block
from zreplay.quotes.rejection import Rejection

pytestmark = pytest.mark.usefixtures("form")

HEADER = "index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency"
SECOND_NS = 10**9

Row = tuple[object, ...]


def text_of(value: object) -> str:
    return "" if value is None else str(value)


def write_csv(path: Path, rows: list[Row]) -> None:
    lines = [",".join(map(text_of, row)) for row in rows]
    path.write_text("\n".join([HEADER, *lines, ""]))


def write_parquet(path: Path, rows: list[Row]) -> None:
    values = dict(zip(HEADER.split(","), zip(*rows, strict=True), strict=True))
    kinds = {"index": pa.int64(), "timestamp": pa.string(), "ticker": pa.string()}
    arrays = {name: pa.array(each, kinds.get(name, pa.float64())) for name, each in values.items()}
    pa_parquet.write_table(pa.table(arrays), path, row_group_size=5)


amounts = st.sampled_from([1.5, 1.5, 1.5, 2.0, None, math.nan, math.inf, -1.0])
rows = st.lists(
    st.builds(
        lambda index, second, ticker, ask_amount, bid_amount, latency_ms: (
            *(index, f"2025-10-02 00:00:{second:02}", ticker, ask_amount, 2.0, 1.0, bid_amount),
            latency_ms,
        ),
        *(st.none() | st.integers(-(2**63), 2**63 - 1), st.integers(0, 9)),
        *(st.sampled_from("AB"), amounts, amounts, st.sampled_from([0.0, 1.0, 2500.0])),
    ),
    min_size=1,
    max_size=30,
)
files = st.lists(
    st.tuples(st.sampled_from([write_csv, write_csv, write_parquet]), rows), max_size=5
)


class Outcome:
    """What a reading gave: blocks, their cursors, rejections and the error at its end."""

    def __init__(self, paths: list[Path], *, is_bare: bool, **options: Any) -> None:
        self.rejections: list[Rejection] = []
        self.blocks: list[Block] = []
        self.cursors: list[bytes] = []
        self.error = ""
        source = HistoricalSource(
            paths,
            horizon_ns=20 * SECOND_NS,
            max_rows=1000,
            reject=self.rejections.append,
            is_bare=is_bare,
            **options,
        )
        try:
            while (piece := source.read()) is not None:
                self.blocks.append(piece.block)
                self.cursors += [piece.cursor_after(at) for at in range(1, len(piece.block) + 1)]
        except InputError as error:
            self.error = error.what
        finally:
            source.close()

    def said(self) -> tuple[object, ...]:
        quotes = [quote for block in self.blocks for quote in quotes_of(block.bare())]
        return quotes, self.cursors, self.rejections, self.error


@settings(max_examples=few(60), deadline=None)
@given(
    files.filter(bool),
    st.sampled_from([None, Selection(dedupe=True), Selection(tickers=("A",)), Selection(limit=7)]),
    st.sampled_from([0, 16]),
    st.sampled_from([100, 1 << 20]),
)
def test_a_bare_replay_differs_in_nothing_else(
    contents: list[tuple[Any, list[Row]]],
    selection: Selection | None,
    few_files: int,
    block_bytes: int,
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(parse_ahead, "FEW_FILES", few_files)
        for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
            patch.setattr(parse_ahead, name, block_bytes)
        paths = [Path(folder) / f"{number}" for number in range(len(contents))]
        for path, (write, rows) in zip(paths, contents, strict=True):
            write(path, rows)
        options = {"late": "reject", "selection": selection}
        bare = Outcome(paths, is_bare=True, **options)

        assert Outcome(paths, is_bare=False, **options).said() == bare.said()
        assert all(block.is_bare for block in bare.blocks if len(block))
