"""The segments of a log that is rotated: their names in the folder, and the manifest.

    mid_prices.log                                    the open one
    segments/mid_prices.00000007.2026-01-15T12.log    a closed one: its number, and its range
    segments/mid_prices.00000008.open.log             begun, until the rename that opens it
    segments/manifest.jsonl                           a line for each closed one, in their order

The range is the hour or the day of the arrivals, or where rotation is by size, the bytes FROM-TO of
the whole log. What is compressed has `.zst` behind its name.
"""

import re
from datetime import datetime, timedelta
from functools import cache
from typing import Final, NamedTuple

import msgspec

from protocol.commit import Tail
from protocol.result_folder import SEGMENTS
from protocol.rotation import DAY_NS

COMPRESSED: Final = ".zst"
OPEN: Final = "open"
_NUMBER_DIGITS: Final = 8
_EPOCH: Final = datetime(1970, 1, 1)


class Segment(msgspec.Struct, frozen=True, gc=False):
    """A line of the manifest: a closed segment of a log.

    It holds `bytes` bytes of the log from `start` on; `crc32` is theirs. `latest_ns` is the latest
    arrival of the run before it was closed (by size, to the hour), `elapsed_ns` how far the
    arrivals had then come since the first, in whole hours or days, of any gap a day at most.
    """

    log: str
    number: int
    file: str
    start: int
    bytes: int
    crc32: int
    latest_ns: int | None
    elapsed_ns: int

    @property
    def tail(self) -> Tail:
        """Where it ends."""
        return Tail(self.bytes, self.crc32, self.number, self.start)


class Place(NamedTuple):
    """What the name of a file in the folder of segments says."""

    number: int
    span: str
    is_compressed: bool


def segment_file(log: str, number: int, span: str) -> str:
    """Return the name in the folder of a closed segment."""
    stem, suffix = _parts(log)
    return f"{SEGMENTS}/{stem}.{number:0{_NUMBER_DIGITS}}.{span}{suffix}"


def waiting_file(log: str, number: int) -> str:
    """Return the name of a segment that has begun, until the one before it is closed."""
    return segment_file(log, number, OPEN)


def place_of(log: str, file: str) -> Place | None:
    """Return what the name of a file says, None if it is not of this log."""
    match = _pattern(log).fullmatch(file)
    return Place(int(match[1]), match[2], bool(match[3])) if match else None


def period_text(latest_ns: int, period_ns: int) -> str:
    """Return the day of an instant, or the hour if the period is shorter."""
    instant = _EPOCH + timedelta(microseconds=latest_ns // 1000)
    return f"{instant:%Y-%m-%d}" if period_ns >= DAY_NS else f"{instant:%Y-%m-%dT%H}"


def manifest_line(segment: Segment) -> bytes:
    return msgspec.json.encode(segment) + b"\n"


def read_manifest(text: bytes) -> list[Segment]:
    """Return the segments of a manifest, without lines that are damaged."""
    segments = []
    for line in text.splitlines():
        try:
            segments.append(msgspec.json.decode(line, type=Segment))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue
    return segments


@cache
def _pattern(log: str) -> re.Pattern[str]:
    stem, suffix = map(re.escape, _parts(log))
    digits = f"[0-9]{{{_NUMBER_DIGITS},}}"
    return re.compile(rf"{SEGMENTS}/{stem}\.({digits})\.([^./]+){suffix}({re.escape(COMPRESSED)})?")


def _parts(log: str) -> tuple[str, str]:
    """Return the name of a log before and from its last dot on, with the folder that it is in."""
    head, dot, suffix = log.rpartition(".")
    return (head, f".{suffix}") if dot and "/" not in suffix else (log, "")
