"""What was converted is read as the original is, to the last bit, whatever the kind of file."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import InputError, SettingsError
from tests.zreplay.conversion.converted import (
    converted,
    quotes,
    recording,
    rows_of,
    settings_of,
    tickers,
)
from zreplay import read
from zreplay.conversion import converter
from zreplay.conversion.converter import Converter
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.selection import Selection
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.recording_layout import check_files

READ_KINDS = [".parquet", ".csv", ".csv.gz", ".csv.zst"]
HEADER = "timestamp,ticker,ask_price,bid_price,latency\n"


@settings(max_examples=40)
@given(
    rows=st.lists(st.tuples(quotes, tickers), min_size=1, max_size=60),
    kind=st.sampled_from(READ_KINDS),
    split=st.sampled_from(["", "day"]),
    written_rows=st.sampled_from([1, 7, 1000]),
)
def test_it_is_read_as_the_original_is(
    rows: list[tuple[dict[str, Any], str]], kind: str, split: str, written_rows: int
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(converter, "WRITTEN_ROWS", written_rows)
        path = recording(Path(folder) / "in", [{**row, "ticker": name} for row, name in rows])
        to = Path(folder) / f"out{kind}"
        found = converted(path, to=to, split=split)

        files = sorted(to.glob(f"*{kind}")) if split else [to]
        expected = rows_of(path)
        assert expected == rows_of(*files)
        assert (len(expected), 0, []) == (found.quotes, found.rejected, found.needs)
        blank = sum(None in (row["ask_price"], row["bid_price"]) for row, _ in rows)
        assert blank == found.blank


@settings(max_examples=15)
@given(rows=st.lists(st.tuples(quotes, tickers), min_size=1, max_size=60))
def test_by_ticker_each_quote_is_in_its_file_in_order(
    rows: list[tuple[dict[str, Any], str]],
) -> None:
    with TemporaryDirectory() as folder:
        path = recording(Path(folder) / "in", [{**row, "ticker": name} for row, name in rows])
        to = Path(folder) / "out"
        found = converted(path, to=to, split="ticker")

        names = {name for _, name in rows}
        # As a filter, these are patterns, lists or nothing.
        expected = [rows_of(path, tickers=[name]) for name in names - {"", "*", "ETH,USD", ' b"c '}]
        files = sorted(to.glob("*.parquet"))
        assert found.files == len(names) == len(files)
        written = [rows_of(file) for file in files]
        assert all(each in written for each in expected)
        assert sum(map(len, written)) == len(rows)


def test_an_arrow_file_has_the_same_quotes_with_null_for_what_is_missing(tmp_path: Path) -> None:
    row = dict(timestamp=7 * 10**18 // 4, latency=1.5, ticker="A", ask_price=None, bid_price=2.0)
    path = recording(tmp_path / "in", [{**row, "ask_amount": None, "bid_amount": 3, "index": None}])
    converted(path, to=tmp_path / "out.arrow")
    converted(path, to=tmp_path / "out.parquet")

    table = pa.ipc.open_file(tmp_path / "out.arrow").read_all()
    assert table == pa_parquet.read_table(tmp_path / "out.parquet")
    assert [None, 2.0, None, 3.0, None] == [
        table[name][0].as_py() for name in table.schema.names[4:]
    ]


@pytest.mark.parametrize("kind", READ_KINDS)
def test_what_has_no_latency_still_has_none(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "in.csv"
    path.write_text("timestamp,ticker,ask_price,bid_price\n2025-10-02 00:00:00.5,A,2,1\n")
    to = tmp_path / f"out{kind}"

    assert not converted(path, to=to).has_latency
    assert [layout.latency for layout in check_files([to]) if layout] == ["none"]
    assert rows_of(path) == rows_of(to)
    assert converted(path, to=to, latency=LatencyModel("constant", 5.0)).has_latency
    assert [5.0] == read(to).read_all()["latency_ms"].to_pylist()


@pytest.mark.parametrize("many_files", [1, 256])
def test_where_one_of_the_files_has_a_latency_that_of_the_others_is_zero(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many_files: int
) -> None:
    monkeypatch.setattr(converter, "MANY_FILES", many_files)
    monkeypatch.setattr("zreplay.recordings.recording_layout.MANY_FILES", many_files)
    without, with_one = tmp_path / "0.csv", tmp_path / "1.csv"
    without.write_text("timestamp,ticker,ask_price,bid_price\n2025-10-02 00:00:00,A,2,1\n")
    with_one.write_text(f"{HEADER}2025-10-02 00:00:01,A,2,1,7\n")
    converted(without, with_one, to=tmp_path / "out.csv")

    assert [0.0, 7.0] == read(tmp_path / "out.csv").read_all()["latency_ms"].to_pylist()


def test_filters_and_latency_model_are_those_of_a_run(tmp_path: Path, checkout: Path) -> None:
    sample = checkout / "fixtures" / "historical_sample.csv"
    selection = Selection(tickers=("BTC*",), limit=50)
    to = tmp_path / "out.csv"
    converted(sample, to=to, selection=selection, latency=LatencyModel("shift", -3.0))

    assert rows_of(sample, tickers="BTC*", limit=50, latency="shift:-3ms") == rows_of(to)


def test_what_a_run_rejects_stands_beside_and_an_earlier_list_goes(tmp_path: Path) -> None:
    path, to = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text(f"{HEADER}2025-10-02 00:00:00,A,2,1,7\n2025-10-02 00:00:01,A,x,1,7\n")
    found = converted(path, to=to)
    log = tmp_path / "out.csv.rejected.log"

    assert (1, 1) == (found.quotes, found.rejected)
    assert ("Z102", 3) == (json.loads(log.read_text())["code"], json.loads(log.read_text())["line"])
    path.write_text(f"{HEADER}2025-10-02 00:00:00,A,2,1,7\n")
    converted(path, to=to)
    assert {"in.csv", "out.csv"} == {each.name for each in tmp_path.iterdir()}


def test_nothing_stays_of_what_cannot_be_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"{HEADER}2025-10-02 00:01:00,A,2,1,7\n2025-10-02 00:00:00,A,2,1,7\n")

    with pytest.raises(InputError, match="late"):
        converted(path, to=tmp_path / "new" / "out.csv")
    assert [] == list((tmp_path / "new").iterdir())
    found = converted(path, to=tmp_path / "out.csv", late="reject")
    assert (1, 1) == (found.quotes, found.rejected)


def test_when_it_is_to_stop_nothing_is_written(tmp_path: Path, checkout: Path) -> None:
    sample = checkout / "fixtures" / "historical_sample.csv"
    to = tmp_path / "out.csv"
    to.write_text("what was there")
    stopped = [False, True]
    converting = Converter(settings_of(sample, to=to), is_stopped=lambda: stopped.pop(0))

    assert not converting.convert().is_complete
    assert ["what was there"] == [each.read_text() for each in tmp_path.iterdir()]


def test_the_share_that_was_read_is_told(tmp_path: Path, checkout: Path) -> None:
    sample = checkout / "fixtures" / "historical_sample.csv"
    shares: list[float] = []
    Converter(settings_of(sample, to=tmp_path / "out.csv"), shares.append).convert()

    assert shares
    assert all(0 <= share <= 1 for share in shares)


def test_a_capture_becomes_a_recording_with_its_measured_latency(tmp_path: Path) -> None:
    path = tmp_path / "capture.log"
    start_ns = 1_759_363_200 * 10**9
    quote = {"timestamp": "2025-10-02 00:00:00", "ticker": "A", "ask_price": 2, "bid_price": 1}
    writer = CaptureWriter(path, 10**9)
    assert (
        writer.append(
            [
                Captured(RecordKind.CONNECTED, start_ns, b"ws://a"),
                Captured(RecordKind.MESSAGE, start_ns + 2_500_000, json.dumps(quote).encode()),
            ]
        )
        is None
    )
    writer.close()
    converted(path, to=tmp_path / "out.csv")

    assert rows_of(path) == rows_of(tmp_path / "out.csv")
    assert [2.5] == read(tmp_path / "out.csv").read_all()["latency_ms"].to_pylist()


def test_quotes_that_a_run_would_take_for_late_or_strays_are_told_by_the_options_it_needs(
    tmp_path: Path,
) -> None:
    path = tmp_path / "in.csv"
    path.write_text(
        f"{HEADER}2025-10-02 00:00:00,A,2,1,-60000\n2025-10-01 00:00:00,A,2,1,86370000\n"
        "2025-10-02 00:00:01,A,2,1,0\n"
    )
    found = converted(path, to=tmp_path / "out.csv", reorder_ns=10**15, max_jump_ns=0)

    assert ["--reorder 30s"] == found.needs
    assert 3 == found.quotes == len(rows_of(tmp_path / "out.csv", reorder="30s"))
    with pytest.raises(InputError, match="late"):
        read(tmp_path / "out.csv").read_all()


def test_what_is_unchanged_is_written_out_also_where_a_filter_begins_later(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        '[columns]\ntimestamp = "t"\nticker = "s"\nask_price = "a"\nbid_price = "b"\n'
        '[time]\nform = "iso"\n[prices]\nempty = "unchanged"\n'
    )
    path = tmp_path / "in.csv"
    path.write_text(
        "t,s,a,b\n2025-10-02 00:00:00,A,2,1\n2025-10-02 00:00:00,B,,5\n2025-10-02 00:00:01,A,3,\n"
    )
    options = FormatOptions(format=str(mine))
    later = Selection(from_ns=1_759_363_201 * 10**9)
    converted(path, to=tmp_path / "out.csv", columns=options, selection=later)

    table = read(tmp_path / "out.csv").read_all()
    assert [("A", 3.0, 1.0)] == list(
        zip(
            *(table[name].to_pylist() for name in ("ticker", "ask_price", "bid_price")), strict=True
        )
    )
    with pytest.raises(InputError, match="empty price or amount is the last one") as raised:
        read(path, format=options).read_all()
    assert f"zreplay convert {path} --to" in raised.value.fix


def test_the_quotes_of_one_arrival_whose_order_is_lost_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(
        f"{HEADER}2025-10-02 00:00:00,A,2,1,7\n2025-10-02 00:00:00,B,2,1,7\n"
        "2025-10-02 00:00:01,A,2,1,7\n2025-10-02 00:00:01,A,2,1,7\n"
    )

    assert 2 == converted(path, to=tmp_path / "out", split="ticker").tied
    assert converted(path, to=tmp_path / "days", split="day").tied is None


def test_a_ticker_with_a_line_break_is_refused_in_a_csv_and_stays_in_parquet(
    tmp_path: Path,
) -> None:
    row = dict(timestamp=7 * 10**18 // 4, latency=1.5, ask_price=2.0, bid_price=2.0, ask_amount=1)
    path = recording(tmp_path / "in", [{**row, "ticker": "A\nB", "bid_amount": 1, "index": 1}])

    with pytest.raises(SettingsError, match=r"'A\\nB' has a line break"):
        converted(path, to=tmp_path / "out.csv")
    converted(path, to=tmp_path / "out.parquet")
    assert rows_of(path) == rows_of(tmp_path / "out.parquet")
    assert {"in", "out.parquet"} == {each.name for each in tmp_path.iterdir()}
