"""Both logs byte for byte, compiled and plain, for a few rows and for many."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocol.limits import MAX_LOG_LINE_BYTES, MAX_THRESHOLD_MS, MIN_THRESHOLD_MS
from protocol.messages import (
    HISTORICAL,
    LIVE,
    MODES,
    STAMP_ARRIVAL,
    STAMP_EXCHANGE,
    STAMPS,
)
from protocol.narrow_head import NARROW_FROM
from protocol.narrow_text import is_narrow, widened
from protocol.program.threshold import check_threshold
from tests.depth import few
from tests.zmid.fakes import make_batch
from zmid.mid import FEW_ROWS, mid_lines
from zmid.mid_rule import MidRule

pytestmark = pytest.mark.usefixtures("form")

MIDNIGHT_NS = 1_735_689_600 * 1_000_000_000  # 2025-01-01 00:00:00
NO_LATENCY = float("nan")
RULE = MidRule(20.0, STAMP_EXCHANGE)

REPEATS = pytest.mark.parametrize("repeats", [1, FEW_ROWS + 1])
"""The same rows so often that both ways of writing them in Python are taken."""


WHOLE_LINES = st.lists(
    st.tuples(
        st.integers(-(2**62), 2**62) | st.integers(MIDNIGHT_NS - 10**9, MIDNIGHT_NS + 10**11),
        st.floats(-1e9, 1e9) | st.just(NO_LATENCY) | st.sampled_from([0.0, 20.0, 2.0**60]),
        st.floats(0, allow_infinity=False) | st.just(float("nan")),
        st.floats(0, allow_infinity=False),
    ),
    min_size=1,
    max_size=60,
)


def texts(quotes, rule=RULE, mode=HISTORICAL, repeats=1):
    lines = mid_lines(make_batch(quotes * repeats, mode), rule)
    return bytes(lines.mids).decode(), bytes(lines.errors).decode(), lines.skipped


@REPEATS
def test_a_quote_in_time_is_printed_with_its_mid(repeats):
    quotes = [(MIDNIGHT_NS + 120_000_000, 20.0, 200.0, 201.0)]
    mids = "2025-01-01 00:00:00.120, 200.5\n" * repeats
    assert (mids, "", 0) == texts(quotes, repeats=repeats)


@pytest.mark.parametrize("latency_ms", [1.0, 120.0, float("nan")])
@pytest.mark.parametrize("mode", [HISTORICAL, LIVE])
@REPEATS
def test_a_quote_without_a_side_is_blank_and_has_no_line_whatever_its_latency(
    repeats, mode, latency_ms
):
    nan = float("nan")
    pairs = [(nan, 201.0), (200.0, nan), (nan, nan)]
    quotes = [(MIDNIGHT_NS, latency_ms, *pair) for pair in pairs]
    quotes.insert(1, (MIDNIGHT_NS, 20.0, 200.0, 201.0))

    lines = mid_lines(make_batch(quotes * repeats, mode), RULE)

    mids = b"2025-01-01 00:00:00.000, 200.5\n" * repeats
    assert (mids, b"", 0, 3 * repeats) == (
        *(bytes(lines.mids), bytes(lines.errors)),
        *(lines.skipped, lines.blank),
    )


@REPEATS
def test_a_late_quote_has_an_error_line_instead_of_a_mid(repeats):
    quotes = [(MIDNIGHT_NS + 120_000_000, 120.0, 200.0, 201.0)]
    errors = (
        "No mid price at 2025-01-01 00:00:00.120 as latency 120ms is bigger than 20ms\n"
    ) * repeats
    assert ("", errors, repeats) == texts(quotes, repeats=repeats)


@REPEATS
def test_lines_of_both_kinds_keep_the_order_of_the_quotes(repeats):
    quotes = [
        (MIDNIGHT_NS, 20.000000000000004, 1.0, 1.0),
        (MIDNIGHT_NS + 1, -1270.5, 1.1308, 1.1309),
        (MIDNIGHT_NS + 1_000, 1e10, 3.0, 1.0),
        (MIDNIGHT_NS, 0.0, 3.9e-08, 3.9e-08),
    ]
    mids = (
        "2025-01-01 00:00:00.000000001, 1.13085\n2025-01-01 00:00:00.000, 0.000000039\n"
    ) * repeats
    errors = (
        "No mid price at 2025-01-01 00:00:00.000"
        " as latency 20.000000000000004ms is bigger than 20ms\n"
        "No mid price at 2025-01-01 00:00:00.000001"
        " as latency 10000000000ms is bigger than 20ms\n"
    ) * repeats
    assert (mids, errors, 2 * repeats) == texts(quotes, repeats=repeats)


@pytest.mark.parametrize(
    ("threshold_ms", "printed"),
    [(20.0, "20"), (12.25, "12.25"), (-3.5, "-3.5"), (1e-07, "0.0000001"), (-0.0, "0")],
)
@REPEATS
def test_the_threshold_itself_is_not_late_and_is_printed_plainly(threshold_ms, printed, repeats):
    quotes = [(0, threshold_ms, 1.0, 1.0), (0, threshold_ms + 1.0, 1.0, 1.0)]
    mids, errors, skipped = texts(quotes, MidRule(threshold_ms, STAMP_EXCHANGE), repeats=repeats)
    assert "1970-01-01 00:00:00.000, 1\n" * repeats == mids
    assert repeats == skipped
    assert errors.endswith(f"ms is bigger than {printed}ms\n")


@pytest.mark.parametrize("stamp", [STAMP_EXCHANGE, STAMP_ARRIVAL])
@pytest.mark.parametrize("latency_ms", [NO_LATENCY, 1e9])
@REPEATS
def test_live_quotes_are_never_late_and_print_the_exchange_timestamp(stamp, latency_ms, repeats):
    quotes = [(MIDNIGHT_NS, latency_ms, 1.0, 2.0)]
    mids = "2025-01-01 00:00:00.000, 1.5\n" * repeats
    assert (mids, "", 0) == texts(quotes, MidRule(0.0, stamp), LIVE, repeats)


@REPEATS
def test_an_unknown_latency_is_never_late_and_adds_nothing(repeats):
    quotes = [(MIDNIGHT_NS, NO_LATENCY, 1.0, 2.0)]
    mids = "2025-01-01 00:00:00.000, 1.5\n" * repeats
    assert (mids, "", 0) == texts(quotes, MidRule(-1e9, STAMP_ARRIVAL), repeats=repeats)


@REPEATS
def test_stamp_arrival_prints_the_arrival_of_mids_and_the_timestamp_of_errors(repeats):
    quotes = [
        (MIDNIGHT_NS, 10.0, 1.0, 1.0),
        (MIDNIGHT_NS, 0.0000015, 1.0, 1.0),  # 1.5 ns: half to even is 2
        (MIDNIGHT_NS, 0.0000025, 1.0, 1.0),  # 2.5 ns: half to even is 2 as well
        (MIDNIGHT_NS, -1.0, 1.0, 1.0),
        (MIDNIGHT_NS, 21.0, 1.0, 1.0),
    ]
    mids = (
        "2025-01-01 00:00:00.010, 1\n"
        "2025-01-01 00:00:00.000000002, 1\n"
        "2025-01-01 00:00:00.000000002, 1\n"
        "2024-12-31 23:59:59.999, 1\n"
    ) * repeats
    errors = (
        "No mid price at 2025-01-01 00:00:00.000 as latency 21ms is bigger than 20ms\n"
    ) * repeats
    rule = MidRule(20.0, STAMP_ARRIVAL)
    assert (mids, errors, repeats) == texts(quotes, rule, repeats=repeats)


@REPEATS
def test_a_latency_beyond_all_time_is_late_and_harms_no_other_quote(repeats):
    quotes = [(MIDNIGHT_NS, 1e308, 1.0, 1.0), (MIDNIGHT_NS, 1.0, 1.0, 1.0)]
    mids = "2025-01-01 00:00:00.001, 1\n" * repeats
    rule = MidRule(20.0, STAMP_ARRIVAL)
    printed, _, skipped = texts(quotes, rule, repeats=repeats)
    assert (mids, repeats) == (printed, skipped)


@pytest.mark.parametrize("latency_ms", [-1e308, -9.3e12, float("-inf")])
@REPEATS
def test_a_latency_that_no_count_of_ns_holds_adds_nothing(latency_ms, repeats):
    mids = "2025-01-01 00:00:00.000, 1\n" * repeats
    quotes = [(MIDNIGHT_NS, latency_ms, 1.0, 1.0)]
    assert (mids, "", 0) == texts(quotes, MidRule(20.0, STAMP_ARRIVAL), repeats=repeats)


@REPEATS
def test_prices_whose_sum_is_no_float_have_a_mid_all_the_same(repeats):
    quotes = [(0, 0.0, 1.7e308, 1.7e308)]
    mid = "17" + "0" * 307
    assert (f"1970-01-01 00:00:00.000, {mid}\n" * repeats, "", 0) == texts(quotes, repeats=repeats)


prices = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(0, 10**14 - 1),
    st.integers(0, 18),
)


def decimal_text(number):
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@settings(max_examples=few(37), deadline=None)
@given(st.lists(st.tuples(prices, prices), min_size=1, max_size=2 * FEW_ROWS))
def test_the_mid_is_the_exact_decimal_where_that_has_15_digits_at_most(pairs):
    exact = [(bid + ask) / 2 for bid, ask in pairs]
    pairs = [
        pair
        for pair, mid in zip(pairs, exact, strict=True)
        if len(mid.normalize().as_tuple().digits) <= 15
    ] or [(Decimal("0.1"), Decimal("0.2"))]
    expected = [decimal_text((bid + ask) / 2) for bid, ask in pairs]
    mids, _, _ = texts([(0, 0.0, float(bid), float(ask)) for bid, ask in pairs])
    assert expected == [line.split(", ")[1] for line in mids.splitlines()]


@settings(max_examples=few(25), deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-(2**62), 2**62),
            st.floats(-1e9, 1e9) | st.just(NO_LATENCY),
            st.floats(0, allow_infinity=False),
            st.floats(0, allow_infinity=False),
        ),
        min_size=1,
        max_size=60,
    ),
    st.sampled_from(MODES),
    st.sampled_from(STAMPS),
)
def test_the_lines_do_not_depend_on_how_many_quotes_travel_together(quotes, mode, stamp):
    rule = MidRule(20.0, stamp)
    alone = [mid_lines(make_batch([quote], mode), rule) for quote in quotes]
    together = mid_lines(make_batch(quotes * (FEW_ROWS + 1), mode), rule)

    assert bytes(together.mids) == b"".join(lines.mids for lines in alone) * (FEW_ROWS + 1)
    assert bytes(together.errors) == b"".join(lines.errors for lines in alone) * (FEW_ROWS + 1)


def test_a_large_batch_of_ordinary_prices_prints_exact_decimals():
    random = np.random.default_rng(3)
    bids = [Decimal(cents).scaleb(-4) for cents in random.integers(1, 10**9, 20_000).tolist()]
    asks = [Decimal(cents).scaleb(-5) for cents in random.integers(1, 10**10, 20_000).tolist()]
    expected = [decimal_text((bid + ask) / 2) for bid, ask in zip(bids, asks, strict=True)]
    quotes = [(0, 0.0, float(bid), float(ask)) for bid, ask in zip(bids, asks, strict=True)]
    mids, _, _ = texts(quotes)
    assert expected == [line.split(", ")[1] for line in mids.splitlines()]


any_float = st.floats() | st.sampled_from(
    (5e-324, 2.2250738585072014e-308, -2.2250738585072014e-308, 1.7976931348623157e308)
)
any_time = st.sampled_from((-(2**63), 2**63 - 1)) | st.integers(-(2**63), 2**63 - 1)
thresholds = st.sampled_from((0.0, MIN_THRESHOLD_MS, -MIN_THRESHOLD_MS)) | st.floats(
    -MAX_THRESHOLD_MS, MAX_THRESHOLD_MS
).filter(lambda number: abs(number) >= MIN_THRESHOLD_MS)


@settings(max_examples=few(125))
@example(-(2**63), 2.2250738585072014e-308, 1.0, 1.0, -1.2345678901234567e-18, HISTORICAL)
@given(any_time, any_float, any_float, any_float, thresholds, st.sampled_from(MODES))
def test_no_line_is_so_long_that_those_of_a_batch_would_not_fit_in_a_frame(
    time_ns, latency_ms, bid, ask, threshold_ms, mode
):
    check_threshold(threshold_ms)
    rule = MidRule(threshold_ms, STAMP_EXCHANGE)
    for count in (1, FEW_ROWS + 1):
        lines = mid_lines(make_batch([(time_ns, latency_ms, bid, ask)] * count, mode), rule)

        assert len(bytes(lines.mids) + bytes(lines.errors)) <= count * MAX_LOG_LINE_BYTES


@settings(max_examples=few(100), deadline=None)
@given(WHOLE_LINES, st.sampled_from(MODES), st.sampled_from(STAMPS), thresholds, st.data())
def test_lines_that_travel_narrow_are_the_same_lines(quotes, mode, stamp, threshold_ms, data):
    if data.draw(st.booleans()):  # often all are of one minute or of one second
        spread_ns = data.draw(st.sampled_from([1, 10**6, 10**9, 10**11]))
        quotes = [(MIDNIGHT_NS + time_ns % spread_ns, *rest) for time_ns, *rest in quotes]
    batch, rule = make_batch(quotes, mode), MidRule(threshold_ms, stamp)

    wide, narrow = mid_lines(batch, rule), mid_lines(batch, rule, is_narrow=True)

    assert wide[2:] == narrow[2:]
    for text, travelling in zip(wide[:2], narrow[:2], strict=True):
        assert bytes(text) == bytes(widened(travelling, batch.count))


def test_of_many_quotes_the_same_start_travels_once():
    quotes = [(MIDNIGHT_NS + row * 10**6, row % 41, 2.0, 3.0) for row in range(NARROW_FROM)]
    batch = make_batch(quotes)

    wide, narrow = mid_lines(batch, RULE), mid_lines(batch, RULE, is_narrow=True)

    assert NARROW_FROM == sum(bytes(text).count(b"\n") for text in wide[:2])
    for text, travelling in zip(wide[:2], narrow[:2], strict=True):
        assert not is_narrow(travelling) or 2 * len(travelling) < len(text)
