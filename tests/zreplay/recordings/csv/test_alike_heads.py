"""A head that is told by another is the one that would be found, whatever bytes and name are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ZreplayError
from zreplay.recordings.csv.alike_heads import AlikeHeads
from zreplay.recordings.csv.first_lines import FirstLines
from zreplay.recordings.csv.known_heads import KnownFile
from zreplay.recordings.formats.format_options import FormatOptions

LINE = b"index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
ROW = b"7,2025-10-02 00:00:00,T,1,1,0.5,1,1\n"
OPTIONS = [
    FormatOptions(),
    FormatOptions(columns={"bid_price": "best_bid"}),
    FormatOptions(path="{date}/{ticker}.csv"),
    FormatOptions(ticker="T"),
]
NAMES = ["quotes/a.csv", "quotes/b.csv", "a.csv", "other/a.csv", "ticker=T/a.csv", "BTC-trades.csv"]
NO_TICKER = b"index,timestamp,latency,ask_amount,ask_price,bid_price,bid_amount\n"
PIECES = [
    NO_TICKER,
    b"7,2025-10-02 00:00:00,1,1,1,0.5,1\n",
    LINE,
    ROW,
    LINE.replace(b"bid_price", b"best_bid"),
    LINE.replace(b"\n", b"\r\n"),
    b"timestamp,bid_price,ask_price\n",
    b"7,1759363200000,T,1,1,0.5,1,1\n",
    b"8,2025-10-02 00:00:00.5,U,,2,1,,-3\r\n",
    b"\n",
    b"\xef\xbb\xbf",
    b"x,y\n",
    ROW[:-1],
]
FILES = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(OPTIONS),
    st.lists(st.sampled_from(PIECES), max_size=4).map(b"".join),
)


def found(name: str, options: FormatOptions, beginning: bytes) -> KnownFile | None:
    """Return what is found by a look at all that it has."""
    try:
        head = FirstLines(name, options).head(
            lambda most_bytes: (beginning[:most_bytes], True), is_all_there=True
        )
    except ZreplayError:
        return None
    return None if head is None else KnownFile(head)


@given(files=st.lists(FILES, max_size=4), last=FILES)
def test_what_is_told_by_another_is_what_a_look_would_find(
    files: list[tuple[str, FormatOptions, bytes]], last: tuple[str, FormatOptions, bytes]
) -> None:
    alike = AlikeHeads()
    for each in [*files, last]:
        told, expected = alike.find(*each), found(*each)
        assert told is None or told == expected
        if told is None and expected is not None:
            alike.note(*each, expected)


@pytest.mark.parametrize("name", ["quotes/b.csv", "other/b.csv"])
def test_a_file_like_the_last_one_is_told_by_it(name: str) -> None:
    alike, known = AlikeHeads(), found(NAMES[0], OPTIONS[0], LINE + ROW)
    assert known is not None
    alike.note(NAMES[0], OPTIONS[0], LINE + ROW, known)

    assert known is alike.find(name, OPTIONS[0], LINE + ROW.replace(b"T", b"U") + b"x")


def test_what_a_folder_or_another_first_row_says_is_looked_for() -> None:
    alike, known = AlikeHeads(), found(NAMES[0], OPTIONS[0], LINE + ROW)
    assert known is not None
    alike.note(NAMES[0], OPTIONS[0], LINE + ROW, known)

    assert [None] * 4 == [
        alike.find("ticker=T/a.csv", OPTIONS[0], LINE + ROW),
        alike.find(NAMES[1], OPTIONS[1], LINE + ROW),
        alike.find(NAMES[1], OPTIONS[0], LINE + b"7,1759363200000,T,1,1,0.5,1,1\n"),
        alike.find(NAMES[1], OPTIONS[0], LINE + ROW[:-1]),
    ]


@pytest.mark.parametrize(
    "name, line", [("ticker=T/a.csv", NO_TICKER), (NAMES[0], LINE.replace(b"latency", b"of_ours"))]
)
def test_a_file_of_which_the_name_may_say_something_tells_of_no_other(
    name: str, line: bytes
) -> None:
    row = b"7,2025-10-02 00:00:00,1,1,1,0.5,1\n" if line == NO_TICKER else ROW
    alike, known = AlikeHeads(), found(name, OPTIONS[0], line + row)
    assert known is not None
    alike.note(name, OPTIONS[0], line + row, known)

    assert alike.find(NAMES[1], OPTIONS[0], line + row) is None
