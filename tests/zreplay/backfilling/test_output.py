"""The files of a part, whatever the cuts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from protocol.errors import ProcessorError, SettingsError
from protocol.messages import HISTORICAL
from tests.zreplay.backfilling.recordings import parsed_of, rules
from zreplay.backfilling.output import heads_of, in_words, kinds_of, outputs_of
from zreplay.backfilling.part_files import TABLE, PartWriter
from zreplay.backfilling.proof import Counts, Report
from zreplay.backfilling.settings import Rules
from zreplay.backfilling.store import FolderStore
from zreplay.playback.batch_columns import unsent_batch

SOURCE = """
import pyarrow as pa
from zmid.processors import Table, Text, processor

@processor(Text("bids.txt"), Table("asks.arrows", pa.schema({"ask": pa.float64()})))
def prices(quotes, *, scale: float = 1.0):
    bids = "".join(f"{bid * scale}\\n" for bid in quotes.bid_price)
    return bids.encode(), pa.record_batch({"ask": pa.array(quotes.ask_price)})

@processor(Text("none.txt"))
def fails(quotes):
    raise ValueError("no")
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "own.py"
    path.write_text(SOURCE)
    return path


def with_processors(*processors: str) -> Rules:
    return rules(processors=processors, processors_in_words=in_words(processors))


def written(folder: Path, of: Rules, cuts: Sequence[int], *, is_first: bool = True) -> Any:
    """Return the bytes of each file of a part, of quotes that are cut there."""
    lines = "".join(f"1970-01-01 00:00:0{at},{at * 10},A,{at + 2},{at},1,1\n" for at in range(6))
    folder.mkdir(exist_ok=True)
    block = parsed_of(folder, lines).source.block
    store = FolderStore(folder / "out")
    writer = PartWriter(store, 0, "k", kinds_of(of))
    try:
        outputs = outputs_of(of, writer, is_first=is_first)
        for first, last in zip([0, *cuts], [*cuts, 6], strict=True):
            for output in outputs:
                output.take(unsent_batch(block.take(slice(first, last)), HISTORICAL))
        for output in outputs:
            output.end()
        report = writer.commit(Report("k", [], [], Counts(0, 0, 0, 0), is_repeatable=False))
    finally:
        writer.close()
    return {kind: store.read(part.name) for kind, part in report.files.items()}


def test_the_lines_are_those_of_both_logs(tmp_path: Path) -> None:
    found = written(tmp_path, rules(), [2])

    assert {"mids", "errors", "rejected"} == found.keys()
    assert [3, 3, 0] == [found[kind].count(b"\n") for kind in ("mids", "errors", "rejected")]


def test_a_table_has_a_row_for_each_quote_and_no_mid_where_there_is_no_line(
    tmp_path: Path,
) -> None:
    from pyarrow import parquet

    found = written(tmp_path, rules(is_parquet=True), [2])

    assert {TABLE, "rejected"} == found.keys()
    table = parquet.read_table(pa.BufferReader(found[TABLE]))
    assert ["arrival", "timestamp", "ticker", "mid", "latency_ms"] == table.column_names
    assert [1.0, 2.0, 3.0, None, None, None] == table["mid"].to_pylist()
    assert [at * 10.0 for at in range(6)] == table["latency_ms"].to_pylist()


@pytest.mark.parametrize("is_parquet", [False, True])
def test_outputs_of_processors_stand_beside_and_do_not_show_the_cuts(
    is_parquet: bool, source: Path, tmp_path: Path
) -> None:
    from msgspec.structs import replace

    of = replace(with_processors(f"{source}:prices,scale=2"), is_parquet=is_parquet)

    whole, cut = (written(tmp_path / name, of, cuts) for name, cuts in (("a", []), ("b", [1, 4])))

    assert (
        b"0.0\n2.0\n4.0\n6.0\n8.0\n10.0\n" == whole["outputs/bids.txt"] == cut["outputs/bids.txt"]
    )
    for found in (whole, cut):
        asks = pa.ipc.open_stream(found["outputs/asks.arrows"]).read_all()
        assert [at + 2.0 for at in range(6)] == asks["ask"].to_pylist()


def test_only_the_first_part_begins_with_the_schema_of_a_table(
    source: Path, tmp_path: Path
) -> None:
    of = with_processors(f"{source}:prices")

    first, other = (
        written(tmp_path / name, of, [], is_first=is_first)["outputs/asks.arrows"]
        for name, is_first in (("a", True), ("b", False))
    )

    head = heads_of(of)["outputs/asks.arrows"]
    assert head and head + other == first


def test_a_processor_that_raises_is_named(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ProcessorError, match="fails raised ValueError: no"):
        written(tmp_path, with_processors(f"{source}:fails"), [])


def test_a_processor_that_is_another_one_on_this_machine_is_refused(
    source: Path, tmp_path: Path
) -> None:
    of = with_processors(f"{source}:prices")
    source.write_text(SOURCE.replace("scale}", "scale:.1f}"))

    with pytest.raises(SettingsError, match="another one here"):
        written(tmp_path, of, [])
