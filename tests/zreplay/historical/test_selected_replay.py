"""Whatever the selection and the kind of recording: the quotes match the reference.

And from a cursor behind any quote exactly the rest of it.
"""

import csv
import gzip
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reference import Quote
from tests.reference_selection import Asked, selected_quotes
from zreplay.historical import parse_ahead
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.seek import cursor_from
from zreplay.historical.selection import Selection
from zreplay.ordering.order_cursor import OrderCursor
from zreplay.quotes.block import Block
from zreplay.quotes.rejection import Rejection
from zreplay.quotes.source import Piece
from zreplay.recordings.formats.format_options import FormatOptions

HEADER = "timestamp,symb,ask_amount,ask_price,best_bid,bid_amount,latency\n"
COLUMNS = {"ticker": "symb", "bid_price": "best_bid"}
SECOND_NS = 1_000_000_000
DAY_NS = 1_759_363_200 * SECOND_NS  # 2025-10-02
HORIZON_NS = 6 * SECOND_NS  # nothing in these files is late


def parquet(data: bytes) -> bytes:
    """Return the rows of a CSV as typed columns; a price that is none becomes NaN."""
    header, *rows = csv.reader(io.StringIO(data.decode()))
    texts = {name: [row[at] for row in rows] for at, name in enumerate(header)}
    numbers = {
        name: [math.nan if text == "x" else float(text) for text in values]
        for name, values in texts.items()
        if name not in ("timestamp", "symb")
    }
    columns = {
        "timestamp": pa.array(texts["timestamp"], pa.string()).cast(pa.timestamp("us")),
        "symb": pa.array(texts["symb"], pa.string()).dictionary_encode(),
        **{name: pa.array(values, pa.float64()) for name, values in numbers.items()},
    }
    sink = io.BytesIO()
    pa_parquet.write_table(pa.table(columns), sink, row_group_size=3)
    return sink.getvalue()


KINDS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
    "parquet": parquet,
}


def row(second: int, latency_ms: int, ticker: str, price: str) -> str:
    return f"2025-10-02 00:00:{second:02d},{ticker},1,{price},1,1,{latency_ms}\n"


@st.composite
def recordings(draw: st.DrawFn) -> list[str]:
    """Give the rows of a recording, in the order of their timestamps, some of them none.

    Some are strays: so few, and so far before the end, that none of them stands.
    """
    rows = []
    for second in sorted(draw(st.lists(st.integers(0, 14), max_size=14))):
        latency_ms = draw(st.integers(-3000, 3000))
        ticker, price = draw(st.sampled_from(["A", "B", "BC"])), draw(st.sampled_from("12x"))
        rows.append(row(second, latency_ms, ticker, price))
    good = [line for line in rows if ",x," not in line]
    if len(good) > 3:
        last = rows.index(good[-3])
        for place in draw(st.lists(st.integers(0, last), max_size=2)):
            rows.insert(place, row(draw(st.integers(0, 14)), 5, "A", "1").replace("2025", "2099"))
    return rows


NO: st.SearchStrategy[set[int]] = st.just(set())
SECONDS = st.integers(0, 14).map(lambda second: second * SECOND_NS)
INSTANTS = SECONDS.map(lambda second_ns: DAY_NS + second_ns)


@st.composite
def asked_for(draw: st.DrawFn) -> Asked:
    begin, end = (
        draw(st.sampled_from(["", "at", "after"])),
        draw(st.sampled_from(["", "at", "for"])),
    )
    from_ns = draw(INSTANTS) if begin == "at" else None
    to_ns = draw(INSTANTS) if end == "at" else None
    if from_ns is not None and to_ns is not None:
        to_ns = from_ns + 1 + draw(SECONDS)
    return Asked(
        columns=COLUMNS,
        tickers=draw(st.sampled_from([(), ("B*",), ("A", "BC"), ("nothing",)])),
        exclude=draw(st.sampled_from([(), ("BC",), ("*C", "A")])),
        from_ns=from_ns,
        to_ns=to_ns,
        start_offset_ns=draw(SECONDS) if begin == "after" else None,
        duration_ns=draw(SECONDS) if end == "for" else None,
        limit=draw(st.none() | st.integers(1, 8)),
        latency=draw(
            st.sampled_from(["recorded", "constant:5ms", "scale:0.5", "shift:-2s", "shift:1s"])
        ),
        dedupe=draw(st.booleans()),
    )


def open_source(
    paths: list[Path],
    asked: Asked,
    reject: Callable[[Rejection], None],
    cursor: bytes = b"",
    begin: OrderCursor | None = None,
) -> HistoricalSource:
    options: dict[str, Any] = asked._asdict()
    columns, latency = options.pop("columns"), options.pop("latency")
    max_jump_ns = options.pop("max_jump_ns")
    return HistoricalSource(
        paths,
        horizon_ns=HORIZON_NS,
        late="stop",
        max_rows=1000,
        reject=reject,
        cursor=cursor,
        begin=begin,
        columns=FormatOptions(columns),
        selection=Selection(**options),
        latency=LatencyModel.parse(latency, "--latency"),
        max_jump_ns=max_jump_ns,
    )


def pieces_of(source: HistoricalSource) -> list[Piece]:
    pieces = list(iter(source.read, None))
    source.close()
    return pieces


def quotes_of(block: Block) -> list[Quote]:
    rows = zip(
        *(block.timestamp_ns.tolist(), block.latency_ms.tolist(), block.arrival_ns.tolist()),
        *(block.bid_price.tolist(), block.ask_price.tolist()),
        [block.ticker_names[code] for code in block.ticker_codes.tolist()],
        strict=True,
    )
    return [Quote(*row) for row in rows]


def refuse(rejection: Rejection) -> None:
    raise AssertionError(rejection)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(parse_ahead, name, 150)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(recordings(), min_size=1, max_size=3),
    asked_for(),
    st.data(),
)
def test_what_comes_is_what_was_asked_for_and_from_any_cursor_the_rest(
    tmp_path: Path, kind: str, contents: list[list[str]], asked: Asked, data: st.DataObject
) -> None:
    plain = [tmp_path / f"{number}.csv" for number in range(len(contents))]
    paths = [path.with_suffix("." + kind) for path in plain]
    for path, packed, rows in zip(plain, paths, contents, strict=True):
        path.write_text(HEADER + "".join(rows))
        packed.write_bytes(KINDS[kind](path.read_bytes()))
    expected, refused = selected_quotes(plain, asked, HORIZON_NS)
    rejections: list[Rejection] = []

    pieces = pieces_of(open_source(paths, asked, rejections.append))

    assert expected == [quote for piece in pieces for quote in quotes_of(piece.block)]
    assert refused == len(rejections) or asked.limit
    places = [
        piece.cursor_after(number + 1) for piece in pieces for number in range(len(piece.block))
    ]
    for number in data.draw(st.sets(st.integers(0, len(places) - 1), max_size=4) if places else NO):
        again: list[Rejection] = []
        source = open_source(paths, asked, again.append, places[number])
        starts = source.starts
        rest = [quote for piece in pieces_of(source) for quote in quotes_of(piece.block)]

        assert expected[number + 1 :] == rest
        kept = [r for r in rejections if r.offset < starts[r.file]]
        assert sorted(rejections) == sorted(kept + again) or asked.limit


def test_an_offset_counts_from_the_first_arrival_also_after_a_resume(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "".join(row(second, 0, "A", "1") for second in range(40)))
    asked = Asked(COLUMNS, start_offset_ns=10 * SECOND_NS, duration_ns=20 * SECOND_NS)

    first = open_source([path], asked, refuse)
    pieces: list[Piece] = []
    begins: list[OrderCursor | None] = [None]
    while (piece := first.read()) is not None:
        if len(piece.block):
            pieces.append(piece)
            begins.append(first.checkpoint())
    first.close()
    last = pieces[-1]
    source = open_source([path], asked, refuse, last.cursor_after(1), begins[-2])
    rest = [quote for piece in pieces_of(source) for quote in quotes_of(piece.block)]

    assert source.starts[str(path)] > len(HEADER) + 300  # its beginning is not read again
    assert quotes_of(last.block)[1:] == rest
    assert 20 == sum(len(piece.block) for piece in pieces)


def test_what_is_wrong_behind_the_end_is_no_business_of_the_run(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [row(second, 0, "A", "1") for second in range(10)]
    rows[3:3] = [row(2, 0, "A", "x")]
    rows += [row(16, -7000, "A", "1")]  # it is in, and nothing behind it can be
    rows += [row(0, 0, "A", "1")]  # so late that it would end the run
    rows += [row(second, 0, "A", "x") for second in range(17, 40)]
    path.write_text(HEADER + "".join(rows))
    asked = Asked(COLUMNS, to_ns=DAY_NS + 10 * SECOND_NS)
    rejections: list[Rejection] = []

    pieces = pieces_of(open_source([path], asked, rejections.append))
    last = [piece for piece in pieces if len(piece.block)][-1]
    cursor = last.cursor_after(len(last.block))
    again = open_source([path], asked, rejections.append, cursor)
    starts = again.starts
    pieces_of(again)

    assert 11 == sum(len(piece.block) for piece in pieces)
    assert ["x"] == [rejection.value for rejection in rejections[:1]]
    assert all(r.offset >= starts[r.file] for r in rejections[1:])
    assert {rejections[0]} == set(rejections)


def test_a_run_that_has_all_it_was_asked_for_reads_no_further(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "".join(row(second, 0, "A", "1") for second in range(40)) + "junk\n")
    asked = Asked(COLUMNS, limit=3)
    pieces = pieces_of(open_source([path], asked, refuse))
    last = pieces[-1]

    assert 3 == sum(len(piece.block) for piece in pieces)
    again = pieces_of(open_source([path], asked, refuse, last.cursor_after(len(last.block))))
    assert 0 == sum(len(piece.block) for piece in again)  # and `refuse` was not asked


def test_a_seek_keeps_the_count_and_the_first_arrival(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "".join(row(second, 0, "A", "1") for second in range(40)))
    asked = Asked(COLUMNS, start_offset_ns=SECOND_NS, duration_ns=20 * SECOND_NS, limit=6)
    selection = Selection(start_offset_ns=SECOND_NS, duration_ns=20 * SECOND_NS, limit=6)
    pieces = pieces_of(open_source([path], asked, refuse))
    before = [piece for piece in pieces if len(piece.block)][0].cursor_after(1)

    for known, count in ((before, 5), (b"", 6)):
        cursor = cursor_from(
            [path],
            DAY_NS + 12 * SECOND_NS,
            HORIZON_NS,
            before=known,
            selection=selection,
        ).cursor
        rest = pieces_of(open_source([path], asked, refuse, cursor))

        found = [quote.arrival_ns for piece in rest for quote in quotes_of(piece.block)]
        assert [DAY_NS + second * SECOND_NS for second in range(12, 12 + count)] == found


def test_a_seek_with_another_latency_goes_by_that(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "".join(row(second, 0, "A", "1") for second in range(40)))
    asked = Asked(COLUMNS, latency="constant:1000s")
    cursor = cursor_from([path], DAY_NS + 1030 * SECOND_NS, HORIZON_NS).cursor
    rest = pieces_of(open_source([path], asked, refuse, cursor))

    assert 10 == sum(len(piece.block) for piece in rest)


def test_who_asked_for_what_is_not_there_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + row(1, 0, "A", "1"))

    pieces_of(open_source([path], Asked(COLUMNS, tickers=("a",)), refuse))

    assert ["the selection matches no quote of the files"] == caplog.messages
