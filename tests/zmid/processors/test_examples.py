"""The processors of the README run, are row-wise, and write what a plain loop does."""

import json
import math
from pathlib import Path

import pyarrow as pa
import pytest

from protocol.messages import Batch, Buffer
from tests.documents import DOCUMENTS, blocks
from tests.zmid.processors.recorded import batch
from zmid.batch_rows import rows_of
from zmid.processors.computing import Loaded, compute
from zmid.processors.loading import load
from zmid.processors.processor import Table
from zmid.processors.row_check import check_rows

EXAMPLES = [text for text in blocks("python", DOCUMENTS["zmid/README.md"]) if "@processor" in text]
COUNT = 30


def example(folder: Path, name: str) -> Loaded:
    """Load the processor `name,parameters` of the README."""
    (text,) = [text for text in EXAMPLES if f"def {name.partition(',')[0]}(" in text]
    assert len(text.splitlines()) <= 10
    path = folder / "example.py"
    path.write_text(text)
    (loaded,) = load([f"{path}:{name}"])
    return loaded


def computed(loaded: Loaded, quotes: Batch) -> Buffer:
    for cut in (1, 7, COUNT - 1):
        check_rows(loaded, quotes, compute(loaded, quotes), cut)
    (output,) = compute(loaded, quotes)
    return output


def test_there_are_three_and_each_is_tested() -> None:
    assert 3 == len(EXAMPLES)


def test_the_microprice_of_each_quote_has_its_ticker(tmp_path: Path) -> None:
    output = computed(example(tmp_path, "microprice"), batch(COUNT))
    lines = [line.split(",") for line in bytes(output).decode().splitlines()]

    rows = range(1000, 1000 + COUNT)
    assert ["ABC"[row % 3] for row in rows] == [ticker for ticker, _ in lines]
    expected = [(row * 1.0 + (row + 2) * 3.0) / 4 for row in rows]
    assert all(map(math.isclose, expected, [float(price) for _, price in lines]))


@pytest.mark.parametrize("parameter, tick", [("", 0.1), (",tick=0.5", 0.5)])
def test_the_spread_is_in_ticks(tmp_path: Path, parameter: str, tick: float) -> None:
    loaded = example(tmp_path, f"spread{parameter}")
    output = computed(loaded, batch(COUNT))
    (declared,) = loaded.processor.outputs
    assert isinstance(declared, Table)
    rows = pa.ipc.read_record_batch(pa.py_buffer(output), declared.schema).to_pydict()

    assert [*range(1000, 1000 + COUNT)] == rows["record"]
    assert ["ABC"[row % 3] for row in rows["record"]] == rows["ticker"]
    assert [2.0 / tick] * COUNT == rows["ticks"]


def test_the_quotes_of_one_ticker_are_json_lines(tmp_path: Path) -> None:
    output = computed(example(tmp_path, "one_ticker,ticker=B"), batch(COUNT))
    lines = [json.loads(line) for line in bytes(output).splitlines()]

    rows = [row for row in range(1000, 1000 + COUNT) if row % 3 == 1]
    assert [[row * 10**9, float(row), row + 2.0] for row in rows] == lines


def test_of_rows_without_the_ticker_there_is_nothing(tmp_path: Path) -> None:
    loaded = example(tmp_path, "one_ticker,ticker=Z")
    assert (b"",) == compute(loaded, rows_of(batch(COUNT), 3, 4))
