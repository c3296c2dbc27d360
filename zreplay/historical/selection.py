"""Which quotes of the recordings a run sends: by ticker, by time of arrival, by number.

Rule 1: a filter removes quotes from the order, it never changes it: what is late, and what comes
first, is the same with and without one.
Rule 2: a ticker is selected if it matches one of `tickers` (all do if there are none) and none of
`exclude`; both are names or patterns such as `BTC*`, and case-sensitive.
Rule 3: from <= arrival < to. Offsets count from the first arrival of the files, whatever the
other filters leave of them.
Rule 4: a recording ends after its first timestamp of `to` + horizon or later: whatever follows
arrives at `to` or later, or late. Faults after that do not concern the run.
"""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, fields
from typing import Final, NamedTuple

import numpy as np

from protocol.errors import SettingsError
from protocol.limits import INT64_MAX
from zreplay.historical.ticker_choice import TickerChoice
from zreplay.quotes.block import Block, offset_of
from zreplay.quotes.rejection import Rejection
from zreplay.quotes.timestamp_text import time_text
from zreplay.recordings.source_block import SourceBlock

OPTIONS: Final = {
    "from_ns": "--from",
    "to_ns": "--to",
    "start_offset_ns": "--start-offset",
    "duration_ns": "--duration",
    "limit": "--limit",
}


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for; times are arrivals in ns, None or empty is no limit.

    `names` are what the user calls these fields, for what does not hold.
    """

    tickers: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    from_ns: int | None = None
    to_ns: int | None = None
    start_offset_ns: int | None = None
    duration_ns: int | None = None
    limit: int | None = None
    names: InitVar[Mapping[str, str]] = OPTIONS

    def __post_init__(self, names: Mapping[str, str]) -> None:
        begin, end = names["from_ns"], names["to_ns"]
        if self.from_ns is not None and self.start_offset_ns is not None:
            raise SettingsError(
                f"both {begin} and {names['start_offset_ns']} say where to start",
                fix="give one of them",
            )
        if self.to_ns is not None and self.duration_ns is not None:
            raise SettingsError(
                f"both {end} and {names['duration_ns']} say where to end", fix="give one of them"
            )
        if None not in (self.from_ns, self.to_ns) and self.to_ns <= self.from_ns:  # type: ignore[operator]
            raise SettingsError(f"{end} is not after {begin}", fix=f"{begin} TIME {end} LATER")
        if self.limit is not None and not 1 <= self.limit <= INT64_MAX:
            raise SettingsError(
                f"{names['limit']} was {self.limit}, expected 1 or more, in 64 bits"
            )

    def __str__(self) -> str:
        """Write down what was asked for, and nothing if that is everything."""
        asked = ((field.name, getattr(self, field.name)) for field in fields(self))
        return " ".join(f"{name}={value!r}" for name, value in asked if value not in (None, ()))

    def as_options(self) -> str:
        """Say what was asked for as it was asked."""
        asked = [("tickers", ",".join(self.tickers)), ("exclude", ",".join(self.exclude))]
        asked += [("from", time_text(self.from_ns) or ""), ("to", time_text(self.to_ns) or "")]
        for name, span_ns in (
            ("start-offset", self.start_offset_ns),
            ("duration", self.duration_ns),
        ):
            asked.append((name, "" if span_ns is None else f"{span_ns / 1e9:g}s"))
        asked.append(("limit", "" if self.limit is None else str(self.limit)))
        return " ".join(f"--{name} '{text}'" for name, text in asked if text)

    @property
    def has_start(self) -> bool:
        """True if it begins at an instant, and not with the files."""
        return self.from_ns is not None or self.start_offset_ns is not None

    @property
    def needs_origin(self) -> bool:
        """True if it takes the first arrival of the files to know the window."""
        counts_from_origin = self.from_ns is None and self.duration_ns is not None
        return self.start_offset_ns is not None or counts_from_origin

    def window(self, origin_ns: int) -> "Window":
        """Return the arrivals that are in, if the first of the files is this one."""
        start_ns = self.from_ns
        if self.start_offset_ns is not None:
            start_ns = origin_ns + self.start_offset_ns
        end_ns = self.to_ns
        if self.duration_ns is not None:
            end_ns = (origin_ns if start_ns is None else start_ns) + self.duration_ns
        return Window(start_ns, end_ns)


class Window(NamedTuple):
    """start <= arrival < end, in ns; None is open."""

    start_ns: int | None
    end_ns: int | None


class Selector:
    """Applies a selection to the files of a run, of which `sent` quotes were selected before."""

    def __init__(self, selection: Selection, window: Window, horizon_ns: int, sent: int) -> None:
        self.sent = sent
        self._selection = selection
        self._window = window
        self._over_ns = INT64_MAX
        if window.end_ns is not None:
            self._over_ns = min(window.end_ns + horizon_ns, INT64_MAX)
        self._tickers: TickerChoice | None = None
        if selection.tickers or selection.exclude:
            self._tickers = TickerChoice(selection.tickers, selection.exclude)

    @property
    def is_full(self) -> bool:
        """True when as many quotes were selected as may be."""
        return self._selection.limit is not None and self.sent >= self._selection.limit

    def is_over(self, newest_ns: int | None) -> bool:
        """Return whether a file with this largest timestamp so far has nothing more to give."""
        if newest_ns is None or self._window.end_ns is None:
            return False
        return newest_ns >= self._over_ns

    def within(
        self, source: SourceBlock, rejections: list[Rejection]
    ) -> tuple[SourceBlock, list[Rejection], bool]:
        """Return what of a stretch belongs to the run, and whether its file is over with it."""
        if self._window.end_ns is None:
            return source, rejections, False
        block = source.block
        over = np.flatnonzero(block.timestamp_ns >= self._over_ns)
        if not len(over):
            return source, rejections, False
        count = int(over[0]) + 1
        last_offset = offset_of(int(block.position[count - 1]))
        kept = [rejection for rejection in rejections if rejection.offset < last_offset]
        return source._replace(block=block.take(slice(0, count))), kept, True

    def select(self, block: Block) -> Block:
        """Return the quotes that are in of a block in arrival order, and count them."""
        start, end = 0, len(block)
        if self._window.start_ns is not None:
            start = int(np.searchsorted(block.arrival_ns, self._window.start_ns))
        if self._window.end_ns is not None:
            end = int(np.searchsorted(block.arrival_ns, self._window.end_ns))
        if (start, end) != (0, len(block)):
            block = block.take(slice(start, max(start, end)))
        if self._tickers is not None:
            block = self._tickers.choose(block)
        if self._selection.limit is not None:
            block = block.take(slice(0, self._selection.limit - self.sent))
        self.sent += len(block)
        return block
