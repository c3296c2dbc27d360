"""The lines of a capture that another program made -> the frames in it. Pure.

hftbacktest   1723161253937085768 {"stream":"btcusdt@bookTicker",...}    nanoseconds, frame
cryptofeed    wss://ws.okx.com:8443/ws/v5/public <-> 1652459224.5300605  connected
              wss://ws.okx.com:8443/ws/v5/public <- 1652459225.29: {...} what was sent
              1652459225.5066085: {"arg":...}                            seconds, frame
"""

import re
from typing import Final, NamedTuple

HFTBACKTEST: Final = "hftbacktest"
CRYPTOFEED: Final = "cryptofeed"

TOLD_BY_BYTES: Final = 64
"""So many of its first bytes tell such a capture, as far as there are any."""

_NANOSECONDS: Final = re.compile(rb"(\d{19}) (?=[\[{])")
_SECONDS: Final = re.compile(rb"(\d{9,10})(?:\.(\d{1,9}))?: (?=[\[{])")
_ADDRESS: Final = re.compile(rb"(\w+://\S+) (?:(<->)|<-|->)")
_FIRST_ADDRESS: Final = re.compile(rb"wss?://")
_FRACTION_DIGITS: Final = 9


class RawFrame(NamedTuple):
    """What was received, and when, in ns; `number` says which line of the text it is, from 0."""

    offset: int
    number: int
    recv_ns: int
    payload: bytes


class Connected(NamedTuple):
    """A connection began here."""

    offset: int
    number: int
    address: str


class NoFrame(NamedTuple):
    """A line of another kind: what was sent, or, where `is_bad`, nothing that is known."""

    offset: int
    number: int
    text: bytes
    is_bad: bool


RawLine = RawFrame | Connected | NoFrame


def program_of(head: bytes) -> str:
    """Return which program wrote a file that begins so, empty if it is no such capture."""
    if _NANOSECONDS.match(head):
        return HFTBACKTEST
    return CRYPTOFEED if _SECONDS.match(head) or _FIRST_ADDRESS.match(head) else ""


def raw_lines(data: bytes, offset: int) -> list[RawLine]:
    """Return the lines of a text that begins at this byte of its file, blank ones left out."""
    lines: list[RawLine] = []
    for number, line in enumerate(data.split(b"\n")):
        text = line.rstrip(b"\r")
        if text:
            lines.append(_line(text, offset, number))
        offset += len(line) + 1
    return lines


def _line(text: bytes, offset: int, number: int) -> RawLine:
    if found := _NANOSECONDS.match(text):
        recv_ns = int(found[1])
    elif found := _SECONDS.match(text):
        recv_ns = int(found[1] + (found[2] or b"").ljust(_FRACTION_DIGITS, b"0"))
    elif found := _ADDRESS.match(text):
        if found[2]:
            return Connected(offset, number, found[1].decode("utf-8", "backslashreplace"))
        return NoFrame(offset, number, text, is_bad=False)
    else:
        return NoFrame(offset, number, text, is_bad=True)
    return RawFrame(offset, number, recv_ns, text[found.end() :])
