"""What is called a row by its spelling is one, whatever the line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import few
from tests.zreplay.recordings.csv.csv_lines import (
    GOOD,
    HEADER_OF_MORE,
    INDEX,
    LATENCY,
    OURS,
    PRICE,
    TARDIS,
    TICKER,
    TIME,
    line_with,
)
from tests.zreplay.recordings.csv.headers import read_header
from zreplay.recordings.csv.csv_header import layouts_of_line
from zreplay.recordings.csv.line_rows import Row, read_line
from zreplay.recordings.csv.usual_row import MOST_BYTES, is_usual_row
from zreplay.recordings.formats.format_options import FormatOptions

MORE = read_header(HEADER_OF_MORE, "a")
HEADERS = (
    b"timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency,index",
    b"note;timestamp;ticker;latency;ask_price;bid_price",
    b"timestamp\tticker\tx\task_price\tbid_price",
    b"ticker|index|timestamp|ask_price|bid_price|latency|bid_amount",
)
LAYOUTS = [
    layout
    for header in HEADERS
    for said in ({}, {"scale": "1e-2"}, {"zone": "Europe/Paris"}, {"allow_negative": True})
    for layout in layouts_of_line(header, "a.csv", FormatOptions(**said))
]

digits = st.text("0123456789", max_size=20)
fields = st.one_of(
    st.builds(
        lambda day, time, rest: f"{day}{time}{rest}",
        st.dates().map(str),
        st.sampled_from([" ", "T", "  "]) | st.text(max_size=1),
        st.times().map(str) | st.builds(":".join, st.lists(digits, max_size=3)),
    ),
    st.builds(lambda *parts: "".join(parts), st.sampled_from(["", "-", "+"]), digits, digits),
    st.floats().map(str),
    st.sampled_from(["BTC", "", " ", '"', '"A"', "1e5", "1e999", "3.9e-08", "nan", "A B", "\r"]),
    st.text(max_size=4),
)


@settings(max_examples=few(300))
@given(st.data())
def test_what_is_called_a_row_is_one(data: st.DataObject) -> None:
    layout = data.draw(st.sampled_from(LAYOUTS))
    drawn = data.draw(st.lists(fields, min_size=3, max_size=9))
    line = layout.delimiter.join(drawn).encode()

    if is_usual_row(line, layout):
        assert isinstance(read_line(line, layout), Row)


usual = st.fixed_dictionaries(
    {
        "timestamp": st.from_regex(
            "[12][09][0-9]{2}-[01][0-9]-[0-3][0-9][ T][0-2][0-9](:[0-6][0-9]){2}([.][0-9]{1,9})?",
            fullmatch=True,
        ),
        "ticker": st.from_regex("[A-Z0-9._:@/+-]{1,70}", fullmatch=True),
        **{
            name: st.from_regex("-?[0-9]{0,16}([.][0-9]{0,31})?(e-[0-9]{1,3})?", fullmatch=True)
            for name in ("latency", "index", "ask_price", "bid_price", "ask_amount", "bid_amount")
        },
    }
)


@settings(max_examples=few(300))
@given(usual, st.sampled_from(LAYOUTS), st.sampled_from(["", "\r", "\r\r", ",", '"']))
def test_what_is_nearly_usual_and_called_a_row_is_one(
    values: dict[str, str], layout: object, end: str
) -> None:
    assert isinstance(layout, type(OURS))
    texts = ["a note"] * len(layout.header)
    for name, place in layout.places.items():
        texts[place] = values[name]
    line = (layout.delimiter.join(texts) + end).encode()

    if is_usual_row(line, layout):
        assert isinstance(read_line(line, layout), Row)


def test_usual_lines_need_no_judge() -> None:
    assert is_usual_row(GOOD, OURS)
    assert is_usual_row(GOOD + b"\r", OURS)
    more = b"x,2025-10-02T23:59:57,A,a note: -1.5!,,3.9e-08,2,1,-1270.25,,last"
    assert is_usual_row(more, MORE)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (TIME, "2025-02-29 23:59:57"),
        (TIME, "1759449597"),
        (TIME, "2025-10-02 24:59:57"),
        (TICKER, '"A"'),
        (TICKER, "A" * MOST_BYTES),
        (TICKER, "\u00e9"),
        (PRICE, ""),
        (PRICE, "-1"),
        (PRICE, "1e400"),
        (LATENCY, ""),
        (LATENCY, "1e18"),
        (INDEX, "1.5"),
        (INDEX, "1,2"),
    ],
)
def test_what_may_be_no_row_is_judged(place: int, text: str) -> None:
    assert not is_usual_row(line_with(place, text).encode(), OURS)


def test_a_format_of_other_columns_or_other_times_is_judged() -> None:
    (days,) = layouts_of_line(HEADERS[0], "a.csv", FormatOptions(zone="Europe/Paris"))[:1]

    assert not is_usual_row(GOOD, days)
    assert not is_usual_row(b"x,A,1759449597000000,1759449597000001,1,2,1,1,", TARDIS)
