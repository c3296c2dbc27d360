"""A gap survives its record, and reads as a line."""

import json
from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.live.gap import Gap, gap_in


def test_what_is_packed_is_unpacked() -> None:
    gap = Gap("wss://x", "okx", 1, 2_000_000_000, "cut", ("A@OKX",))

    assert gap == Gap.unpack(memoryview(gap.pack()))


@pytest.mark.parametrize("payload", [b"", b"{}", b"\xff", b'{"feed":1}'])
def test_what_is_no_gap_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError):
        Gap.unpack(payload)
    with pytest.raises(InputError, match="capture is damaged: the gap at byte 7"):
        gap_in(Path("capture"), 7, payload)


def test_a_line_has_times_as_text_and_none_for_what_is_not_over() -> None:
    line = Gap("wss://x", "okx", 1_000_000_000, None, "silent", ("A@OKX",)).line("ab", 7).pack()

    assert {
        "venue": "okx",
        "feed": "wss://x",
        "from": "1970-01-01 00:00:01.000",
        "to": None,
        "reason": "silent",
        "tickers": ["A@OKX"],
        "capture": "ab",
        "offset": 7,
    } == json.loads(line)
    assert line.endswith(b"}\n")
