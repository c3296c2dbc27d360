"""Where each column of a recording stands, and how its values are written."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from zreplay.recordings.formats.format_options import NONE
from zreplay.recordings.formats.kept_rows import ALL_ROWS, RowRule
from zreplay.recordings.formats.own_format import OWN
from zreplay.recordings.formats.time_form import ANY, ISO, MAGNITUDES, TIME_OF_DAY, TimeForm

PRICES: Final = ("ask_price", "bid_price")
AMOUNTS: Final = ("ask_amount", "bid_amount")
_OWN_TIMES: Final = TimeForm()


class Layout(msgspec.Struct, frozen=True):
    """`places[name]` counts from 0, `header` is as spelled.

    `has_header` is False where the first line is a row. `format` is what was taken, `why` in
    words. Without a place the ticker is `ticker`, the latency the time from `timestamp` to
    `local_timestamp`, or none. A price is its number / 10**`price_tens`, and there is no such
    side if that is one of `missing_prices`, or its text in any case one of `missing_texts`; an
    empty one is the last of its ticker if `is_empty_unchanged`, which `CarryForward` puts there.
    """

    header: tuple[str, ...]
    places: Mapping[str, int]
    times: TimeForm = TimeForm()
    delimiter: str = ","
    has_header: bool = True
    ticker: str = ""
    has_upper_tickers: bool = False
    price_tens: int = 0
    amount_tens: int = 0
    missing_prices: tuple[float, ...] = ()
    missing_texts: tuple[str, ...] = ()
    is_empty_unchanged: bool = False
    may_be_negative: bool = False
    rows: RowRule = ALL_ROWS
    format: str = OWN
    why: str = ""
    is_verified: bool = True
    digest: str = ""

    @property
    def latency(self) -> str:
        """Where the latency comes from: `latency`, `local_timestamp`, or NONE."""
        if "latency" in self.places:
            return "latency"
        return "local_timestamp" if "local_timestamp" in self.places else NONE

    @property
    def has_pairs(self) -> bool:
        """True if a ticker is made of a symbol and an exchange."""
        return "symbol" in self.places

    @property
    def has_tickers(self) -> bool:
        """True if a row says its ticker."""
        return bool({"ticker", "symbol"} & self.places.keys())

    @property
    def identity(self) -> str:
        """What decides the quotes beside the bytes; empty for our own columns with a latency."""
        is_plain = self.format == OWN and self.times == _OWN_TIMES and self.latency == "latency"
        if is_plain and ("ticker" in self.places or not self.ticker):
            return ""
        of_name = f"{self.ticker!r} {self.times.day_ns}"
        return f"{self.format} {self.digest} {self.times} {of_name} {self.latency}"

    def spelled(self, name: str) -> str:
        """Return the header's own spelling of one of our column names."""
        return self.header[self.places[name]] if name in self.places else name

    def variants(self) -> list["Layout"]:
        """Return the layouts that this may be, each with a form of times that is known."""
        if self.times.template != ANY:
            return [self]
        whole = replace(self.times, day_ns=0)
        forms = [replace(whole, template=ISO)] + [
            replace(whole, template="", unit=unit, magnitude=magnitude)
            for unit, magnitude in MAGNITUDES.items()
        ]
        if self.times.day_ns:
            forms.append(replace(self.times, template=TIME_OF_DAY))
        return [replace(self, times=form) for form in forms]

    def described(self) -> str:
        """Return in words what was taken and why."""
        unverified = "" if self.is_verified else ", unverified"
        latency = NONE if self.latency == NONE else f"from {self.spelled(self.latency)}"
        carried = "; an empty side is unchanged: zreplay convert carries it forward"
        return (
            f"{self.format}{unverified} (by {self.why}), times {self.times}, latency {latency}"
            f"{carried if self.is_empty_unchanged else ''}"
        )
