"""The judge is judged: cases worked out by hand."""

from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reference import (
    Logs,
    Quote,
    controlled_logs,
    live_lines,
    mid_text,
    plain,
    reference_logs,
    time_text,
)

HEADER = ",index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"


def row(time: str, latency: str, bid: str = "200", ask: str = "201") -> str:
    return f"0,1,2025-01-01 {time},BTC@X,1.0,{ask},{bid},2.0,{latency}\n"


@pytest.fixture
def logs(tmp_path: Path):
    def of(*contents: str, **options) -> Logs:
        paths = [tmp_path / f"{number}.csv" for number in range(len(contents))]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content.encode())
        return reference_logs(paths, **options)

    return of


def mids_of(logs: Logs) -> list[str]:
    return [line.split(", ")[1] for line in logs.mids.decode().splitlines()]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (("00:00:00", "00:00:00.200", "00:00:00.700"), ["1", "2", "3"]),
        (("00:00:00", "00:00:00.000200", "00:00:00.000700"), ["2", "3", "1"]),
    ],
)
def test_the_example_of_the_task_comes_in_order_of_arrival(logs, times, expected) -> None:
    rows = zip(times, ("120", "1", "10"), ("1", "2", "3"), strict=True)
    content = HEADER + "".join(row(time, ms, price, price) for time, ms, price in rows)

    assert expected == mids_of(logs(content, threshold_ms=200))


def test_equal_arrivals_come_by_file_and_then_by_place_in_the_file(logs) -> None:
    first = HEADER + row("00:00:00", "2", "1", "1") + row("00:00:00.001", "1", "2", "2")
    second = HEADER + row("00:00:00.002", "0", "3", "3")

    assert ["1", "2", "3"] == mids_of(logs(first, second))
    assert ["3", "1", "2"] == mids_of(logs(second, first))


def test_both_logs_are_these_bytes(logs) -> None:
    content = HEADER + row("00:00:00.120", "20.0") + row("00:00:00.1200005", "120.0")

    assert (
        b"2025-01-01 00:00:00.120, 200.5\n",
        b"No mid price at 2025-01-01 00:00:00.120000500 as latency 120ms is bigger than 20ms\n",
        0,
    ) == logs(content)


def test_stamp_arrival_moves_the_mid_lines_and_not_the_errors(logs) -> None:
    content = HEADER + row("00:00:00", "-1.5") + row("00:00:00.5", "30")
    found = logs(content, stamp="arrival")

    assert b"2024-12-31 23:59:59.998500, 200.5\n" == found.mids
    assert found.errors.startswith(b"No mid price at 2025-01-01 00:00:00.500 as")


@pytest.mark.parametrize(
    ("bid", "ask", "expected"),
    [
        ("2.054", "2.057", "2.0555"),
        ("3.9e-08", "3.9e-08", "0.000000039"),
        ("1e22", "1e22", "10000000000000000000000"),
        ("0", "0", "0"),
        ("200", "202", "201"),
        ("0.1", "0.2", "0.15"),
        ("1e308", "1.5e308", "125" + "0" * 306),
        ("5e-324", "5e-324", "0." + "0" * 323 + "494065645841247"),
    ],
)
def test_a_mid_is_plain_and_short(bid: str, ask: str, expected: str) -> None:
    assert expected == mid_text(float(bid), float(ask))


PRICES = st.builds(
    lambda digits, exponent: f"{digits}e{exponent}",
    st.integers(0, 10**14 - 1),
    st.integers(-20, 3),
)


@given(PRICES, PRICES)
def test_a_mid_of_up_to_15_digits_is_exact(bid: str, ask: str) -> None:
    exact = (Fraction(bid) + Fraction(ask)) / 2
    with localcontext(prec=200):
        decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
    if len(decimal.normalize().as_tuple().digits) <= 15:
        assert exact == Fraction(mid_text(float(bid), float(ask)))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_plain_reads_back_the_same_float(number: float) -> None:
    text = plain(number)

    assert number == float(text)
    assert "e" not in text and not text.endswith(".0")


@pytest.mark.parametrize(
    ("time_ns", "expected"),
    [
        (0, "1970-01-01 00:00:00.000"),
        (-1, "1969-12-31 23:59:59.999999999"),
        (120_000, "1970-01-01 00:00:00.000120"),
        (-(2**63), "1677-09-21 00:12:43.145224192"),
        (2**63 - 1, "2262-04-11 23:47:16.854775807"),
    ],
)
def test_a_time_has_the_digits_it_needs(time_ns: int, expected: str) -> None:
    assert expected == time_text(time_ns)


@pytest.mark.parametrize(
    "bad",
    [
        row("00:00:00", ""),
        row("00:00:00", "nan"),
        row("00:00:00", "1e400"),
        row("00:00:00", "1_0"),
        row("24:00:00", "1"),
        row("00:00", "1"),
        row("00:00:00.0000000001", "1"),
        row("00:00:00", "1", ask="-1"),
        row("00:00:00", "1", ask="inf"),
        row("00:00:00", "1", ask="0x10"),
        row("00:00:00", "1").replace("BTC", '"BTC'),
        row("00:00:00", "1").replace("2025", "2300"),
        row("00:00:00", "1").replace(",1.0,", ",1.0,1.0,"),
        row("00:00:00", "1").replace("0,1,", "0,1.5,"),
        row("00:00:00", "1").replace("0,1,", "0,1e99,"),
        row("00:00:00", "1").replace(",1.0,", ",inf,"),
        row("00:00:00", "1").replace(",1.0,", ",1e400,"),
        row(" 00:00:00", "1"),
        row("00:00:00", "1", bid="nan"),
    ],
)
def test_a_bad_row_is_counted_and_the_others_go_on(logs, bad: str) -> None:
    good = row("00:00:00", "1", "1", "1")

    assert (["1", "1"], 1) == (
        mids_of(found := logs(HEADER + good + bad + good)),
        found.rejected,
    )


def test_a_quote_of_which_a_side_is_missing_has_no_line_whatever_its_latency(logs) -> None:
    good = row("00:00:00", "1", "1", "1")
    blank = row("00:00:00", "1", bid="") + row("00:00:00", "1000", ask=" ")

    found = logs(HEADER + good + blank + good)

    assert (["1", "1"], b"", 0) == (mids_of(found), found.errors, found.rejected)


def test_the_many_forms_of_a_good_row_are_read(logs) -> None:
    content = (
        "\ufeff" + 'Latency_MS,"TICKER",bid_price,ask_price,bid_amount,ask_amount,timestamp\r\n'
        '1,"A,B",1,1,,,2025-01-01T00:00:00Z\r\n\r\n'
        '"1",A, 0 ,+0,nan,1,2025-01-01 00:00:00.123456789'
    )

    assert (
        b"2025-01-01 00:00:00.000, 1\n2025-01-01 00:00:00.123456789, 0\n",
        b"",
        0,
    ) == logs(content)


def test_a_tardis_file_has_its_latency_between_two_times(logs) -> None:
    content = (
        "exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount\n"
        "binance,BTCUSDT,1700000000000000,1700000000000250,1,2,1,1\n"
        "binance,BTCUSDT,1700000000000000,1700000000030001,1,2,1,1\n"
    )

    assert (
        b"2023-11-14 22:13:20.000, 1.5\n",
        b"No mid price at 2023-11-14 22:13:20.000 as latency 30.001ms is bigger than 20ms\n",
        0,
    ) == logs(content)


def test_live_quotes_come_in_the_order_received() -> None:
    quotes = [
        {"timestamp": "2025-01-01 00:00:01", "bid_price": "1.5", "ask_price": 2},
        {"timestamp": "2025-01-01 00:00:00", "bid_price": 1, "ask_price": 1},
    ]

    assert b"2025-01-01 00:00:01.000, 1.75\n2025-01-01 00:00:00.000, 1\n" == live_lines(quotes)


THREE = [
    Quote(0, latency, arrival, 1.0, 1.0 + 2 * arrival, "T@X")
    for arrival, latency in enumerate((0, 0, 99))
]


@pytest.mark.parametrize(
    ("commands", "passes", "mids", "errors"),
    [
        ([], 1, "12", 1),
        ([], 2, "1212", 2),
        ([(1, "mode", "live"), (2, "mode", "historical")], 1, "1L2", 1),
        ([(2, "seek", "1"), (3, "seek", "start")], 1, "12212", 1),
        ([(3, "seek", "2")], 1, "12", 2),
        ([(3, "seek", "99")], 1, "12", 1),
        ([(0, "loop", "on"), (4, "loop", "off")], 1, "1212", 2),
        ([(1, "loop", "off")], 5, "12", 1),
    ],
)
def test_commands_come_before_the_quote_of_their_record(
    commands: list[tuple[int, str, str]], passes: int, mids: str, errors: int
) -> None:
    written = controlled_logs(THREE, ["L\n"], commands, passes)
    short = {"1": "1970-01-01 00:00:00.000, 1\n", "2": "1970-01-01 00:00:00.000, 2\n", "L": "L\n"}

    assert "".join(short[line] for line in mids).encode() == written.mids
    assert errors == written.errors.count(b"\n")


def test_a_command_that_no_record_reaches_and_a_run_without_end_are_mistakes() -> None:
    for commands, passes in (([(9, "mode", "live")], 1), ([], None)):
        with pytest.raises(AssertionError):
            controlled_logs(THREE, [], commands, passes)
