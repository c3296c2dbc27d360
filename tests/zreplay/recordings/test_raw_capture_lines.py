"""A line of a capture of another program is a frame, a connection, a note, or bad."""

import pytest

from zreplay.recordings.raw_capture_lines import (
    Connected,
    NoFrame,
    RawFrame,
    RawLine,
    program_of,
    raw_lines,
)

ADDRESS = "wss://ws.okx.com:8443/ws/v5/public"
TIME_NS = 1_652_459_225_506_608_500


@pytest.mark.parametrize(
    ("head", "program"),
    [
        (b'1723161253937085768 {"stream":', "hftbacktest"),
        (b"1723161253937085768 [1", "hftbacktest"),
        (b'1652459225.5066085: {"arg":', "cryptofeed"),
        (b'1652459225: {"arg":', "cryptofeed"),
        (ADDRESS.encode(), "cryptofeed"),
        (b"1723161253937085768,1,2", ""),
        (b"1723161253937085768 1", ""),
        (b"timestamp,ticker", ""),
        (b"", ""),
    ],
)
def test_its_first_bytes_tell_who_wrote_it(head: bytes, program: str) -> None:
    assert program == program_of(head)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("1652459225506608500 {}", RawFrame(7, 0, TIME_NS, b"{}")),
        ("1652459225.5066085: {}", RawFrame(7, 0, TIME_NS, b"{}")),
        ("1652459225: [1]\r", RawFrame(7, 0, 1_652_459_225_000_000_000, b"[1]")),
        (f"{ADDRESS} <-> 1652459224.5", Connected(7, 0, ADDRESS)),
        *(
            (text, NoFrame(7, 0, text.encode(), is_bad=False))
            for text in (f"{ADDRESS} <- 1652459225.29: {{}}", "https://a.b/c -> 1652459225.29: []")
        ),
        *(
            (text, NoFrame(7, 0, text.encode(), is_bad=True))
            for text in ("165245922550660850 {}", "1652459225.5066085678: {}", "{}", "1652459225.5")
        ),
    ],
)
def test_a_line_is_what_it_says(text: str, line: RawLine) -> None:
    assert [line] == raw_lines(text.encode(), 7)


def test_lines_have_their_numbers_and_bytes_and_blank_ones_are_none() -> None:
    lines = raw_lines(b"1652459225: {}\n\n\r\nx\n", 100)

    assert [(100, 0), (118, 3)] == [(line.offset, line.number) for line in lines]
