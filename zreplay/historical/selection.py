"""Which quotes of the recordings a run sends: by ticker, by time of arrival, by number.

Rule 1: a filter removes quotes from the order, it never changes it: what is late, and what comes
first, is the same with and without one.
Rule 2: a ticker is selected if it matches one of `tickers` (all do if there are none) and none of
`exclude`; both are names or patterns such as `BTC*`, and case-sensitive.
Rule 3: from <= arrival < to. Offsets count from the first arrival of the files, whatever the
other filters leave of them.
Rule 4: a recording ends after its first timestamp of `to` + horizon or later: whatever follows
arrives at `to` or later, or late. Faults after that do not concern the run.
Rule 5: `session` leaves out what does not arrive in it, as daily_session has it, and `dedupe` what
stands in an earlier file too, as repeated_quotes has it. The limit counts what is left.
"""

from typing import Final, NamedTuple

import msgspec
import numpy as np

from protocol.errors import SettingsError
from protocol.limits import INT64_MAX
from zreplay.historical.daily_session import DailySession
from zreplay.historical.left_out import NOTHING, Chosen, LeftOut, leave_out
from zreplay.historical.ticker_choice import TickerChoice
from zreplay.ordering.order_cursor import Key
from zreplay.quotes.block import Block, offset_of
from zreplay.quotes.rejection import Rejection
from zreplay.quotes.timestamp_text import time_text
from zreplay.recordings.source_block import SourceBlock


class FieldNames(NamedTuple):
    """What a user calls the fields of a selection; by default the options."""

    from_ns: str = "--from"
    to_ns: str = "--to"
    start_offset_ns: str = "--start-offset"
    duration_ns: str = "--duration"
    limit: str = "--limit"


OPTIONS: Final = FieldNames()


class Selection(msgspec.Struct, frozen=True):
    """What was asked for; times are arrivals in ns, None or empty is no limit.

    `names` are for what does not hold.
    """

    tickers: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    from_ns: int | None = None
    to_ns: int | None = None
    start_offset_ns: int | None = None
    duration_ns: int | None = None
    limit: int | None = None
    session: DailySession | None = None
    dedupe: bool = False
    names: FieldNames = OPTIONS

    def __post_init__(self) -> None:
        names = self.names
        begin, end = names.from_ns, names.to_ns
        if self.from_ns is not None and self.start_offset_ns is not None:
            raise SettingsError(
                f"both {begin} and {names.start_offset_ns} say where to start",
                fix="give one of them",
            )
        if self.to_ns is not None and self.duration_ns is not None:
            raise SettingsError(
                f"both {end} and {names.duration_ns} say where to end", fix="give one of them"
            )
        if None not in (self.from_ns, self.to_ns) and self.to_ns <= self.from_ns:  # type: ignore[operator]
            raise SettingsError(f"{end} is not after {begin}", fix=f"{begin} TIME {end} LATER")
        if self.limit is not None and not 1 <= self.limit <= INT64_MAX:
            raise SettingsError(f"{names.limit} was {self.limit}, expected 1 or more, in 64 bits")

    def __str__(self) -> str:
        """Write down what was asked for, and nothing if that is everything."""
        defaults = zip(self.__struct_fields__, self.__struct_defaults__, strict=True)
        values = ((name, getattr(self, name), default) for name, default in defaults)
        return " ".join(
            f"{name}={value!r}"
            for name, value, default in values
            if name != "names" and value != default
        )

    def options(self) -> dict[str, str]:
        """Return each option that was given and its value, as it was given."""
        asked = {
            "--tickers": ",".join(self.tickers),
            "--exclude": ",".join(self.exclude),
            "--from": time_text(self.from_ns) or "",
            "--to": time_text(self.to_ns) or "",
        }
        for name, span_ns in (
            ("--start-offset", self.start_offset_ns),
            ("--duration", self.duration_ns),
        ):
            asked[name] = "" if span_ns is None else f"{span_ns / 1e9:g}s"
        asked["--limit"] = "" if self.limit is None else str(self.limit)
        asked["--session"] = str(self.session or "")
        asked["--dedupe"] = "on" if self.dedupe else ""
        return {name: text for name, text in asked.items() if text}

    def as_options(self) -> str:
        """Say what was asked for as it was asked."""
        dedupe = ["--dedupe"] if self.dedupe else []
        said = (f"{name} '{text}'" for name, text in self.options().items() if text != "on")
        return " ".join([*said, *dedupe])

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


ALL_ARRIVALS: Final = Window(None, None)
"""Read also where files cannot be read up to the first arrival from which the window counts.

Then nothing comes out, whatever is asked for, and why they cannot is still to be raised.
"""


class Selector:
    """Applies a selection to the files of a run, of which `sent` quotes were selected before.

    Of what arrives with the quote of `after` those up to it are only compared with the others.
    """

    def __init__(
        self,
        selection: Selection,
        window: Window,
        horizon_ns: int,
        sent: int,
        left_out: LeftOut = NOTHING,
        after: Key | None = None,
    ) -> None:
        self.sent = sent
        self.left_out = left_out
        self._after = after
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

    def has_all_within(self, block: Block) -> bool:
        """Return whether all of some rows belong to the run, and no file is over with them."""
        return self._window.end_ns is None or block.bounds.greatest_timestamp_ns < self._over_ns

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

    def select(self, block: Block) -> Chosen:
        """Return the quotes that are in of a block in arrival order, and count them all."""
        start, end = 0, len(block)
        if self._window.start_ns is not None:
            start = int(np.searchsorted(block.arrival_ns, self._window.start_ns))
        if self._window.end_ns is not None:
            end = int(np.searchsorted(block.arrival_ns, self._window.end_ns))
        if (start, end) != (0, len(block)):
            block = block.take(slice(start, max(start, end)))
        if self._tickers is not None:
            block = self._tickers.choose(block)
        chosen = Chosen(block, self.sent, self.left_out)
        session, dedupe = self._selection.session, self._selection.dedupe
        if session is not None or dedupe:
            chosen = leave_out(chosen, session=session, dedupe=dedupe, after=self._after)
        if self._selection.limit is not None:
            chosen = chosen.cut(self._selection.limit - self.sent)
        self.sent += len(chosen.block)
        self.left_out = chosen.left_out_in_all
        return chosen
