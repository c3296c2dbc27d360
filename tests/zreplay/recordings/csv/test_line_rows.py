"""What a row is: the exact rules, one line at a time."""

import math

import pytest

from tests.zreplay.recordings.csv.headers import read_header
from zreplay.recordings.csv.line_fields import MAX_LINE_BYTES, Fault
from zreplay.recordings.csv.line_rows import Row, read_line
from zreplay.recordings.formats.layout import Layout

LAYOUT = read_header(
    b",index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency", "a.csv"
)
TARDIS = read_header(
    b"exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount", "a"
)
GOOD = {
    "": "0",
    "index": "29999",
    "timestamp": "2025-10-02 23:59:57.290000",
    "ticker": "BTC-USDT@BINANCE",
    "ask_amount": "1.5",
    "ask_price": "101",
    "bid_price": "100.5",
    "bid_amount": "36.0",
    "latency": "24.435913010256233",
}
SECOND_NS = 1_000_000_000
MIDNIGHT_NS = 1_759_363_200 * SECOND_NS  # 2025-10-02


def line(**changes: str) -> bytes:
    return ",".join((GOOD | changes).values()).encode()


def row(**changes: str) -> Row:
    read = read_line(line(**changes), LAYOUT)
    assert isinstance(read, Row), read
    return read


def fault(data: bytes, layout: Layout = LAYOUT) -> Fault:
    read = read_line(data, layout)
    assert isinstance(read, Fault), read
    return read


def test_a_row_holds_every_column() -> None:
    timestamp_ns = MIDNIGHT_NS + 86_397 * SECOND_NS + 290_000_000

    assert (
        Row(
            arrival_ns=timestamp_ns + 24_435_913,
            index=29999,
            timestamp_ns=timestamp_ns,
            latency_ms=24.435913010256233,
            ask_amount=1.5,
            ask_price=101.0,
            bid_price=100.5,
            bid_amount=36.0,
            ticker="BTC-USDT@BINANCE",
        )
        == row()
    )


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("2025-10-02 00:00:00", 0),
        ("2025-10-02T00:00:01", SECOND_NS),
        ("2025-10-02 00:00:00Z", 0),
        ("2025-10-02T00:01:00.5Z", 60 * SECOND_NS + 500_000_000),
        ("2025-10-02 01:00:00.123456789", 3600 * SECOND_NS + 123_456_789),
        ("2025-10-01 23:59:59.999999999", -1),
    ],
)
def test_a_time_has_0_to_9_decimals_a_t_or_a_space_and_perhaps_a_z(
    text: str, nanoseconds: int
) -> None:
    assert MIDNIGHT_NS + nanoseconds == row(timestamp=text).timestamp_ns


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "soon", "2025-10-02", "2025-10-02 23:59", "2025-10-02 23:59:57."),
        *("2025-10-02 23:59:57.1234567890", " 2025-10-02 23:59:57", "2025-10-02 23:59:57+24:00"),
        *("2025-13-02 23:59:57", "2025-02-29 23:59:57", "2025-10-02 24:00:00", "nan"),
        *("2025-10-02 23:59:60", "2025-10-02 23:60:00", "0000-01-01 00:00:00", "1759363200"),
        *(
            "2300-01-01 00:00:00",
            "1600-01-01 00:00:00",
            "2025-10-02t23:59:57",
            "２025-10-02 00:00:00",
        ),
    ],
)
def test_everything_else_is_no_time(text: str) -> None:
    assert "timestamp" == fault(line(timestamp=text)).column


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1.0),
        ("+1", 1.0),
        (" 1\t", 1.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("3.9e-08", 3.9e-08),
        ("0", 0.0),
    ],
)
def test_a_price_is_a_decimal_number_and_may_be_zero(text: str, number: float) -> None:
    assert number == row(bid_price=text).bid_price


@pytest.mark.parametrize("text", ["", " ", "\t"])
@pytest.mark.parametrize("side", ["ask_price", "bid_price"])
def test_a_side_that_is_missing_is_no_price_and_no_fault(side: str, text: str) -> None:
    assert math.isnan(getattr(row(**{side: text}), side))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-0.1", "negative"),
        ("nan", "not finite"),
        ("-Infinity", "not finite"),
        ("1e400", "larger"),
        ("1_000", "not a number"),
        ("0x10", "not a number"),
        ("1\x00", "not a number"),
        ("١", "not a number"),
        ("1 2", "not a number"),
    ],
)
@pytest.mark.parametrize("side", ["ask_price", "bid_price"])
def test_a_price_that_is_none_names_its_column_its_value_and_why(
    side: str, text: str, reason: str
) -> None:
    found = fault(line(**{side: text}))

    assert (side, text) == found[:2]
    assert reason in found.reason


def test_an_empty_amount_is_nan() -> None:
    assert math.isnan(row(ask_amount="").ask_amount)
    assert math.isnan(row(bid_amount=" NaN").bid_amount)


@pytest.mark.parametrize("text", ["inf", "1e400", "many"])
def test_an_amount_is_finite(text: str) -> None:
    assert "ask_amount" == fault(line(ask_amount=text)).column


@pytest.mark.parametrize(
    ("latency", "delay_ns"),
    [
        ("0", 0),
        ("-1270.5", -1_270_500_000),
        ("0.0000005", 0),  # half a nanosecond goes to the even one
        ("0.0000015", 2),
        ("20", 20_000_000),
    ],
)
def test_a_quote_arrives_its_latency_after_its_timestamp(latency: str, delay_ns: int) -> None:
    quote = row(latency=latency)

    assert delay_ns == quote.arrival_ns - quote.timestamp_ns


@pytest.mark.parametrize("text", ["", "nan", "inf", "1e300", "soon"])
def test_a_latency_has_to_be_known(text: str) -> None:
    assert fault(line(latency=text)).column in ("latency", "timestamp")


def test_an_arrival_outside_of_64_bits_is_refused() -> None:
    found = fault(line(timestamp="2262-04-11 23:47:16.854775807", latency="1"))

    assert "arrives outside of 64 bits of nanoseconds" == found.reason


@pytest.mark.parametrize(
    ("timestamp", "latency"),
    [
        ("1969-12-31 23:59:59", "9223372036854.775808"),
        ("1970-01-01 00:00:01", "-9223372036854.775808"),
    ],
)
def test_a_latency_of_64_bits_of_nanoseconds_is_refused_though_its_quote_could_arrive(
    timestamp: str, latency: str
) -> None:
    assert 2.0**63 == abs(float(latency) * 1e6)
    found = fault(line(timestamp=timestamp, latency=latency))

    assert "arrives outside of 64 bits of nanoseconds" == found.reason
    below = latency.removesuffix("75808")
    assert float(below) == row(timestamp=timestamp, latency=below).latency_ms


@pytest.mark.parametrize(("text", "index"), [("", -1), ("7.0", 7), ("-3", -3), ("1e3", 1000)])
def test_an_index_is_a_whole_number(text: str, index: int) -> None:
    assert index == row(index=text).index


@pytest.mark.parametrize("text", ["1.5", "0x10", "one", "nan", "9223372036854775808", "1e99999999"])
def test_another_index_is_refused(text: str) -> None:
    assert ("index", text) == fault(line(index=text))[:2]


def test_an_exponent_beyond_all_bounds_is_refused_at_once() -> None:
    assert "index" == fault(line(index="1e99999999999999999999")).column


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"a,b", "2 fields, the header has 9"),
        (line() + b",", "10 fields"),
        (line(ticker='"open'), "not closed"),
        (line(ticker='"open', latency='1"'), "fields"),
        (line(ticker="a\rb"), "carriage return"),
        (line().replace(b"-USDT", b"\xff\xfe"), "not UTF-8 at byte 3 of the field"),
        (line(ticker="x" * 257), "longer than 256"),
        (line(ticker="x" * MAX_LINE_BYTES), "line longer than 65536 bytes"),
    ],
)
def test_a_line_that_is_no_row_says_why(data: bytes, reason: str) -> None:
    assert reason in fault(data).reason


@pytest.mark.parametrize("last", [b"", b",\xff\r\x00x", b',"a\r,b"', b',"\xff"\r\r'])
@pytest.mark.parametrize(
    "first", [b"\xff", b"a\rb", b"\x00", b'"\xc3,\r"', b'x"y', b"\xef\xbb\xbf"]
)
def test_an_ignored_column_is_split_off_whatever_bytes_are_in_it(first: bytes, last: bytes) -> None:
    header = ",".join(GOOD) + ",note" * bool(last)
    layout = read_header(header.encode(), "a.csv")

    assert row() == read_line(line().replace(b"0", first, 1) + last, layout)


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"ticker": "A\rB"}, "ticker", "a carriage return inside"),
        ({"ask_price": '"1\r"'}, "ask_price", "a carriage return inside"),
        ({"bid_amount": "1\udcff"}, "bid_amount", "not UTF-8 at byte 1 of the field"),
        ({"timestamp": "\udcff", "ticker": "\udcff"}, "timestamp", "not UTF-8 at byte 0"),
        ({"ticker": "\udced\udca0\udc80"}, "ticker", "not UTF-8 at byte 0"),
    ],
)
def test_a_used_text_that_is_not_utf_8_or_has_a_carriage_return_names_its_column(
    changes: dict[str, str], column: str, reason: str
) -> None:
    data = ",".join((GOOD | changes).values()).encode("utf-8", "surrogateescape")
    found = fault(data)

    assert column == found.column
    assert reason in found.reason


def test_a_text_is_what_the_quotes_leave_of_it() -> None:
    halves = line(ticker="T").replace(b"T", b'"\xc3"\xa9', 1)

    assert "é" == getattr(read_line(halves, LAYOUT), "ticker", "")
    assert "x\x00" == row(ticker="x\x00").ticker


def test_quoted_fields_and_a_carriage_return_at_the_end_belong_to_csv() -> None:
    read = read_line(line(ticker='"A,""B"""', ask_price='"7"') + b"\r", LAYOUT)

    assert isinstance(read, Row)
    assert ('A,"B"', 7.0) == (read.ticker, read.ask_price)


def test_tardis_counts_microseconds_and_the_latency_is_the_way_to_the_recorder() -> None:
    data = b"binance-futures,btcusdt,1759363200000001,1759363200012501,1,2,1,"

    read = read_line(data, TARDIS)

    assert isinstance(read, Row)
    assert MIDNIGHT_NS + 1000 == read.timestamp_ns
    assert 12.5 == read.latency_ms
    assert MIDNIGHT_NS + 12_501_000 == read.arrival_ns
    assert "BTCUSDT@BINANCE-FUTURES" == read.ticker
    assert -1 == read.index


@pytest.mark.parametrize(
    ("times", "column"),
    [
        ("9300000000000000,0", "timestamp"),
        ("0,-9300000000000000", "local_timestamp"),
        (",0", "timestamp"),
    ],
)
def test_a_time_of_tardis_has_to_fit(times: str, column: str) -> None:
    assert column == fault(f"x,y,{times},1,2,1,1".encode(), TARDIS).column


@pytest.mark.parametrize("line", [b",22:00:00,A,2,1", b"2013-01-01,,A,2,1"])
def test_a_time_without_its_day_or_a_day_without_its_time_is_missing(line: bytes) -> None:
    layout = read_header(b"date,time,sym,ask,bid", "a.csv")
    found = read_line(line, layout)

    assert isinstance(found, Fault)
    assert ("time", "missing") == (found.column, found.reason)
