"""A time for which a feed, or some of its symbols, gave nothing: in the capture and gaps.log. Pure.

Rule 1: a silent symbol has a line when that is seen, and one with the same `from` when it is over.
Rule 2: a gap of its whole feed, which begins when the feed was lost, tells more from then on: what
        is still silent then, as the replayer was killed meanwhile, is over.
"""

from pathlib import Path
from typing import Final

import msgspec

from zreplay.live.segment_head import Dropped, damaged
from zreplay.quotes.timestamp_text import time_text

SILENT: Final = "silent"
"""The reason of a gap of symbols whose feed delivers others."""

WHOLE_FEED: Final = ""


DROPPED: Final = "dropped: the capture was full"
ALL_FEEDS: Final = "all feeds"
"""Of a gap that is not one of a single feed."""


class Gap(msgspec.Struct, frozen=True):
    """What is missing of a feed; times are Unix ns, `to_ns` is None of what is not over.

    `feed` is its address as it is shown, `venue` is empty for the plain shape. Without `tickers`
    all that the feed gives is missing.
    """

    feed: str
    venue: str
    from_ns: int
    to_ns: int | None
    reason: str
    tickers: tuple[str, ...] = ()

    def pack(self) -> bytes:
        """Return it as a record of the capture holds it."""
        return msgspec.json.encode(self)

    @staticmethod
    def unpack(payload: bytes | memoryview) -> "Gap":
        """Return the gap in a record.

        Raises:
            ValueError: there is none in it.
        """
        return _DECODER.decode(payload)

    def line(self, capture: str, offset: int) -> "GapLine":
        """Return its line in gaps.log; `offset` is the byte of its record in that capture."""
        return GapLine(
            venue=self.venue,
            feed=self.feed,
            from_=time_text(self.from_ns) or "",
            to=time_text(self.to_ns),
            reason=self.reason,
            tickers=self.tickers,
            capture=capture,
            offset=offset,
        )


def gap_in(path: Path, offset: int, payload: bytes | memoryview) -> Gap:
    """Return the gap in the record that stands at a byte of a capture.

    Raises:
        InputError: there is none in it.
    """
    try:
        return Gap.unpack(payload)
    except ValueError:
        raise damaged(path, f"the gap at byte {offset}") from None


class GapLine(msgspec.Struct, frozen=True):
    """A line of gaps.log: a gap with its times as text, and where the capture has it."""

    venue: str = ""
    feed: str = ""
    from_: str = msgspec.field(default="", name="from")
    to: str | None = None
    reason: str = ""
    tickers: tuple[str, ...] = ()
    capture: str = ""
    offset: int = -1

    def pack(self) -> bytes:
        return msgspec.json.encode(self) + b"\n"


class OpenSilences:
    """The symbols that are silent, by their feed and since when, after some lines of gaps.log."""

    def __init__(self) -> None:
        self._tickers: dict[tuple[str, str], dict[str, None]] = {}

    def take(self, line: GapLine) -> None:
        """Take the next line."""
        if line.reason != SILENT:
            return
        key = line.feed, line.from_
        tickers = self._tickers.setdefault(key, {})
        for ticker in line.tickers or (WHOLE_FEED,):
            if line.to is None:
                tickers[ticker] = None
            else:
                tickers.pop(ticker, None)
        if not tickers:
            del self._tickers[key]

    def ended_by(self, line: GapLine) -> list[GapLine]:
        """Return the lines that must stand before this one, if it is of a whole feed."""
        if line.reason == SILENT:
            return []
        return [
            msgspec.structs.replace(
                line,
                from_=from_,
                to=max(from_, line.from_),
                reason=SILENT,
                tickers=tuple(filter(None, tickers)),
            )
            for (feed, from_), tickers in self._tickers.items()
            if feed == line.feed
        ]


_DECODER = msgspec.json.Decoder(Gap)


def dropped_gap(dropped: Dropped) -> Gap:
    """Return the gap that a part of the capture is that was dropped before it was read."""
    return Gap(ALL_FEEDS, "", dropped.from_ns, dropped.to_ns, DROPPED)
