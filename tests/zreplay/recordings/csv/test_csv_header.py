"""Columns are found by name, and a header that lacks one says so."""

import pytest

from protocol.errors import InputError, SettingsError
from tests.zreplay.recordings.csv.headers import read_header
from zreplay.recordings.csv import csv_header
from zreplay.recordings.csv.csv_header import layouts_of_line
from zreplay.recordings.formats.format_options import FormatOptions, check_columns

OURS = b",index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
TARDIS = b"exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount\n"
BINANCE = b"best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time\n"


def test_columns_are_found_whatever_their_order_case_and_quoting() -> None:
    mark = b"\xef\xbb\xbf"
    names = b'"Latency_MS",BID_PRICE, ask_price ,x,bid_amount,ask_amount,ticker,Timestamp\r\n'

    layout = read_header(mark + names, "a.csv")

    assert {
        "latency": 0,
        "bid_price": 1,
        "ask_price": 2,
        "bid_amount": 4,
        "ask_amount": 5,
        "ticker": 6,
        "timestamp": 7,
    } == layout.places
    assert "Latency_MS" == layout.spelled("latency")
    assert "zreplay" == layout.format


def test_the_recorded_file_has_an_unnamed_column_and_an_index() -> None:
    assert 1 == read_header(OURS, "a.csv").places["index"]


def test_quotes_of_tardis_are_known_by_their_columns() -> None:
    layout = read_header(TARDIS, "a.csv")

    assert "tardis" == layout.format
    assert 3 == layout.places["local_timestamp"]


def test_a_column_can_be_given_another_name() -> None:
    line = OURS.replace(b"bid_price", b"best bid")

    assert (
        6
        == read_header(line, "a.csv", FormatOptions({"bid_price": "Best Bid"})).places["bid_price"]
    )


def test_quotes_of_tardis_are_known_by_the_columns_that_are_called_otherwise_too() -> None:
    line = TARDIS.replace(b"symbol", b"sym").replace(b"local_timestamp", b"recv_ts")

    layout = read_header(
        line, "a.csv", FormatOptions({"local_timestamp": "recv_ts", "symbol": "sym"})
    )

    assert "tardis" == layout.format
    assert (1, 3) == (layout.places["symbol"], layout.places["local_timestamp"])


def test_two_columns_can_change_their_names() -> None:
    swapped = {"bid_price": "ask_price", "ask_price": "bid_price"}
    places = read_header(OURS, "a.csv", FormatOptions(swapped)).places

    assert (5, 6) == (places["bid_price"], places["ask_price"])


@pytest.mark.parametrize(
    ("line", "columns", "what"),
    [
        (
            OURS.replace(b"index", b"x"),
            {"latency": "x", "ask_amount": "x"},
            "ask_amount and latency are both",
        ),
        (OURS, {"latency": "ask_amount"}, "ask_amount and latency are both"),
        (OURS, {"latency": " ASK_Amount "}, "ask_amount and latency are both"),
        (OURS, {"index": "number"}, "index=number"),
        (OURS, {"symbol": "ticker"}, "symbol=ticker"),
        (OURS, {"local_timestamp": "recv_ts", "symbol": "sym"}, "local_timestamp=recv_ts"),
        (TARDIS, {"latency": "local_timestamp"}, "latency=local_timestamp"),
    ],
)
def test_a_name_that_is_not_used_or_used_twice_is_refused(
    line: bytes, columns: dict[str, str], what: str
) -> None:
    with pytest.raises(SettingsError, match=what) as refused:
        read_header(line, "a", FormatOptions(columns))

    assert "Z203" == refused.value.code


@pytest.mark.parametrize("columns", [{"bid": "x"}, {"bid_price": " "}, {"bid_price": 5}, {5: "x"}])
def test_a_column_that_is_none_of_ours_or_is_called_nothing_is_refused(
    columns: dict[str, str],
) -> None:
    with pytest.raises(SettingsError, match="columns was") as refused:
        check_columns(columns, "columns")

    assert "Z203" == refused.value.code


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (OURS.replace(b"bid_price", b"x"), ("a.csv", "no column bid_price", "ask_price")),
        (OURS.replace(b"latency", b"Latency_s"), ("no column is read as", "'Latency_s'")),
        (OURS.replace(b"ticker", b"x"), ("no column ticker",)),
        (OURS.replace(b"bid_amount", b"BID_PRICE"), ("more than one", "bid_price")),
        (OURS.replace(b"index", b"latency_ms"), ("more than one", "latency")),
        (TARDIS.replace(b"bid_price", b"x"), ("no column bid_price",)),
        (b"\n", ("no column",)),
        (b"PAR1\x15\x04\xff\xfe", ("a.csv", "not the header")),
        (b"\x1f\x8b\x08\x00\xe1\x80", ("a.csv", "not the header")),
    ],
)
def test_a_header_without_what_is_needed_is_refused(line: bytes, words: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as refused:
        read_header(line, "a.csv")

    assert [word for word in words if word not in refused.value.what] == []
    assert "" != refused.value.fix


def test_the_same_header_in_another_file_is_asked_about_that_file() -> None:
    line = OURS.replace(b"bid_price", b"best_bid")
    called = FormatOptions({"bid_price": "best_bid"})
    read = [read_header(line, "a.csv", called) for _ in range(2)]

    assert read[0] == read[1]
    for file in ("a.csv", "b.csv"):
        with pytest.raises(InputError, match=file):
            read_header(line.replace(b"best_bid", b"lowest"), file)


def test_one_header_in_many_files_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    line = TARDIS.replace(b"symbol", b"Symbol")
    first = layouts_of_line(line, "one/a.csv", FormatOptions())
    monkeypatch.setattr(csv_header, "fitting", None)

    assert first == layouts_of_line(line, "two/b.csv", FormatOptions())


def test_a_header_is_read_anew_where_the_name_of_the_file_or_an_option_decides() -> None:
    def tickers(*files: str) -> list[str]:
        return [layouts_of_line(BINANCE, file, FormatOptions())[0].ticker for file in files]

    def read(options: FormatOptions) -> tuple[str, str, str]:
        layout = layouts_of_line(OURS, "a.csv", options)[0]
        return layout.format, layout.latency, layout.times.zone

    one, other = "a/ONE-bookTicker-2024-01-01.csv", "a/OTHER-bookTicker-2024-01-01.csv"
    assert ["ONE", "OTHER", "ONE"] == tickers(one, other, one)
    assert [("zreplay", "latency", "UTC")] * 2 == [read(FormatOptions()) for _ in range(2)]
    assert ("zreplay", "none", "UTC") == read(FormatOptions(latency="none"))
    assert ("generic", "latency", "UTC") == read(FormatOptions(format="generic"))
    assert ("zreplay", "latency", "Asia/Tokyo") == read(FormatOptions(zone="Asia/Tokyo"))
    assert ("zreplay", "latency", "UTC") == read(FormatOptions())
