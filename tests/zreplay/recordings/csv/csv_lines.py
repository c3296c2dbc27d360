"""Lines of recordings, good and odd ones, and the judge's verdict on them."""

import math
from decimal import Decimal

from hypothesis import strategies as st
from msgspec.structs import astuple

from tests.zreplay.recordings.csv.headers import read_header
from zreplay.quotes.block import Block
from zreplay.recordings.csv.judged_rows import LineFault
from zreplay.recordings.csv.line_fields import Fault
from zreplay.recordings.csv.line_rows import read_line
from zreplay.recordings.formats.layout import Layout

OURS = read_header(b"timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency,index", "a")
TARDIS = read_header(
    b"exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount,", "a"
)
HEADER_OF_MORE = (
    b',timestamp,ticker,"note",ask_amount,ask_price,bid_price,bid_amount,latency,index,'
)
HEADER_OF_MORE_TARDIS = (
    b"x,exchange,symbol,local_timestamp,y,timestamp,ask_amount,ask_price,bid_price,bid_amount,z"
)
"""With columns that are not used: the first, one in the middle, the last."""

GOOD = b"2025-10-02 23:59:57.290000,A@B,1.5,101,100.5,36.0,24.4,7"
OFFSET = 1000

Quote = tuple[object, ...]

FIELDS = GOOD.decode().split(",")
PRICE, LATENCY, INDEX, TICKER, TIME, AMOUNT = 3, 6, 7, 1, 0, 2


def line_with(place: int, text: str) -> str:
    """Return the good line with another field at this place."""
    return ",".join([*FIELDS[:place], text, *FIELDS[place + 1 :]])


def quotes_of(block: Block) -> list[Quote]:
    columns = [
        *(block.position, block.arrival_ns, block.index, block.timestamp_ns, block.latency_ms),
        *(block.ask_amount, block.ask_price, block.bid_price, block.bid_amount),
    ]
    tickers = [block.ticker_names[code] for code in block.ticker_codes.tolist()]
    rows = zip(*(column.tolist() for column in columns), tickers, strict=True)
    return [tuple(comparable(value) for value in row) for row in rows]


def comparable(value: object) -> object:
    return "nan" if isinstance(value, float) and math.isnan(value) else value


def one_by_one(data: bytes, layout: Layout) -> tuple[list[Quote], list[LineFault]]:
    """What the judge alone says, from the most naive cut into lines."""
    quotes: list[Quote] = []
    faults: list[LineFault] = []
    start = 0
    for number, line in enumerate(data.split(b"\n")):
        if line.strip(b"\r"):
            judged = read_line(line, layout)
            if isinstance(judged, Fault):
                faults.append(LineFault(number, start, judged))
            elif judged is not None:
                row = (OFFSET + start, *astuple(judged))
                quotes.append(tuple(comparable(value) for value in row))
        start += len(line) + 1
    return quotes, faults


def left_out_of(data: bytes, layout: Layout) -> int:
    """How many of the lines do not count, by the judge."""
    lines = (line for line in data.split(b"\n") if line.strip(b"\r"))
    return sum(read_line(line, layout) is None for line in lines)


times = st.sampled_from(
    [
        *("2025-10-02 23:59:57.290000", "2025-10-02 00:00:00", "2025-10-02T01:02:03.1Z", ""),
        *("2025-10-02 23:59", "2025-10-02", "2025-10-02 23:59Z", "2025-10-02 23:59:57ZZ", "Z"),
        *("2025-10-02 23:59:57+01:00", "2025-10-02 23:59:57.123456789", " 2025-10-02 00:00:00"),
        *("1677-09-21 00:12:43.145224193", "2262-04-11 23:47:16.854775807", "2262-04-12 00:00:00"),
        *("1677-09-21 00:12:44", "2025-02-29 00:00:00", "0x7ff", "nan", "2025-10-02 24:00:00"),
    ]
)
numbers = st.sampled_from(
    [
        *("1", "0", "-0.0", "+1", " 1", "1\t", "1.", ".5", "1e5", "3.9e-08", "1e400", "1e-400"),
        *("nan", "NaN", "-nan", "nan(1)", "inf", "-1", "", " ", "1_0", "0x10", "1\x00", "١", "--1"),
        *(
            "123456789012345678901234567890",
            "9223372036854775807",
            "2.5",
            "1e999999999999999999999",
        ),
        *("-9223372036854775808", "9300000000000000", "9223372036854775", "0e99", "7.0", "1e18"),
        *("5e-39", "7E-59", "8.519872986527626e-215", "0e-50"),  # pyarrow makes 0 of them
        *("1e10", "9223372036854.775", "-9223372036854.775", "+", "e5", "1e", "infinity", "0x"),
    ]
) | st.floats(allow_nan=False).map(repr)
tickers = st.sampled_from(
    ["A@B", "", "ö", '"A,B"', '"A""B"', '"open', 'A"B', '"A"B', "a\rb", "x\x00", "0x10", "\ufeff"]
) | st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=4)
fields_of_ours = st.tuples(times, tickers, numbers, numbers, numbers, numbers, numbers, numbers)
fields_of_tardis = st.tuples(
    tickers, tickers, numbers, numbers, numbers, numbers, numbers, numbers, tickers
)
good_line = st.just(GOOD)
odd_lines = st.sampled_from(
    [b"", b"\r", b"junk", b'"', b" ", b"\xff" + GOOD, b"\xef\xbb\xbf" + GOOD, GOOD + b',"']
)


def lines_of(fields: st.SearchStrategy[tuple[str, ...]]) -> st.SearchStrategy[bytes]:
    return fields.map(lambda texts: ",".join(texts).encode())


def files(lines: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    ends = st.sampled_from([b"\n", b"\r\n", b"\r\r\n"])
    return st.tuples(st.lists(st.tuples(lines, ends).map(b"".join)), lines | st.just(b"")).map(
        lambda parts: b"".join(parts[0]) + parts[1]
    )


ODD_BYTES = [
    *(b"\xff", b"\xc3", b"\xc3\xa9", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\x85"),
    *(
        b'"',
        b'""',
        b'"a,b"',
        b'"open',
        b'x"y',
        b'"a"b',
        b'"a""b"',
        b'"\xff,\xff"',
        b'"\xc3"\xa9',
        b'" "',
    ),
    *(
        b"\x00",
        b"\r",
        b"a\rb",
        b'"\r"',
        b'"a\r"',
        b"\r\r",
        b"\x7f",
        b"\x1c",
        b"\xef\xbb\xbf",
        b",",
        b" ",
    ),
]
odd_bytes = st.sampled_from(ODD_BYTES) | st.binary(max_size=4).map(
    lambda data: data.replace(b"\n", b"\r")
)
_USUAL = {
    **dict.fromkeys(("ask_amount", "ask_price", "bid_price", "bid_amount"), b"1.5"),
    **{"timestamp": b"2025-10-02 23:59:57.290000", "latency": b"24.4", "index": b"7"},
    **{"ticker": b"A@B", "symbol": b"a", "exchange": b"b", "local_timestamp": b"1759363200012501"},
}
_STRANGE = {"timestamp": times, "ticker": tickers, "symbol": tickers, "exchange": tickers}


@st.composite
def lines_with_odd_bytes(draw: st.DrawFn, layout: Layout) -> bytes:
    """A line of a layout: some of its fields odd, used or not, at times one more or one less."""
    names = {place: name for name, place in layout.places.items()}
    usual = dict(_USUAL, timestamp=b"1759363200000001") if layout.times.unit else _USUAL
    fields = [usual[names[place]] if place in names else b"" for place in range(len(layout.header))]
    ignored = [place for place in range(len(fields)) if place not in names]
    for place in draw(st.lists(st.sampled_from(ignored), max_size=3)):
        fields[place] = draw(odd_bytes)
    for place in draw(st.lists(st.sampled_from(sorted(names)), max_size=2)):
        strange = _STRANGE.get(names[place], numbers).map(str.encode)
        fields[place] = draw(odd_bytes | strange)
    if draw(st.integers(0, 7)) == 0:
        fields.insert(draw(st.integers(0, len(fields))), draw(odd_bytes | st.just(b"")))
    elif draw(st.integers(0, 7)) == 0:
        fields.pop(draw(st.integers(0, len(fields) - 1)))
    line = b",".join(fields)
    if draw(st.integers(0, 7)) == 0:
        place = draw(st.integers(0, len(line)))
        line = line[:place] + draw(odd_bytes) + line[place + draw(st.integers(0, 2)) :]
    return line


decimals = st.builds(
    lambda digits, places: f"{Decimal(digits).scaleb(-places):f}",
    st.integers(0, 10**19 - 1),
    st.integers(0, 19),
)
floats = st.floats(1e-8, 1e15).map(lambda value: f"{Decimal(repr(value)):f}")
