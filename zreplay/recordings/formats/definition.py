"""The TOML of a format -> its definition.

what = "Binance Vision bookTicker"      # what `zreplay reference formats` says of it
verified = true                         # read from a real file or from the vendor's page
delimiter = ","                         # without it: a comma, semicolon, tab or pipe
header = ["symbol", "timestamp"]        # the columns of a file that has no header line
needs = ["local_timestamp"]             # columns of ours beside the times and the prices
told_by = ["bid_exchange"]              # columns of theirs that are not read, but are there
without = ["ticker"]                    # columns that a file of this format has not
file = "{ticker}-bookTicker-{date}"     # what the name of a file says, without its suffixes
ticker = "EURUSD"                       # the ticker of every row
upper_tickers = true
[columns]                               # ours = theirs, or a list of spellings of theirs
timestamp = "transaction_time"
date = "DATE"                           # the day, where it has a column of its own
[time]
form = "iso"                            # "epoch", "midnight", "any", or "YYYYMMDD hh:mm:ss"
unit = "ms"                             # of epoch: s, ms, us, ns; without it by magnitude
zone = "America/New_York"
[prices]
scale = 1e-9                            # a price is the number times this
missing = [0, "nan"]                    # what means that there is no such side
empty = "unchanged"                     # an empty price or amount is the ticker's last one
negative = true                         # prices may be below zero
[amounts]
scale = 1e-9
[rows]
comments = ["#", "END"]                 # a line that begins so is no row
[rows.keep]                             # only rows count in which their column is one of these,
Type = ["Quote"]
flags = 128                             # or has this bit
"""

import hashlib
import json
import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final, NoReturn

import msgspec

from protocol.errors import SettingsError
from zreplay.recordings.formats.kept_rows import MOST_BITS, KeptRows
from zreplay.recordings.formats.time_form import ANY, ISO, UNITS_NS, TimeForm, pattern_of
from zreplay.recordings.formats.zone import UTC

OURS: Final = (
    *("timestamp", "date", "local_timestamp", "latency", "index"),
    *("ticker", "symbol", "exchange"),
    *("ask_price", "bid_price", "ask_amount", "bid_amount"),
)
ALWAYS_NEEDED: Final = ("timestamp", "ask_price", "bid_price")
DELIMITERS: Final = (",", ";", "\t", "|")
MISSING: Final = "missing"
UNCHANGED: Final = "unchanged"
MOST_TENS: Final = 22
"""A power of ten that a float64 holds exactly."""

_KEYS: Final[Mapping[str, type | tuple[type, ...]]] = {
    **dict.fromkeys(("what", "delimiter", "file", "ticker"), str),
    **dict.fromkeys(("verified", "upper_tickers"), bool),
    **dict.fromkeys(("header", "needs", "told_by", "without"), list),
    **dict.fromkeys(("columns", "time", "prices", "amounts", "rows"), dict),
}
_SECTION_KEYS: Final[Mapping[str, Mapping[str, type | tuple[type, ...]]]] = {
    "time": {"form": str, "unit": str, "zone": str},
    "prices": {"scale": (int, float, str), "missing": list, "empty": str, "negative": bool},
    "amounts": {"scale": (int, float, str)},
    "rows": {"comments": list, "keep": dict},
}


class FormatDefinition(msgspec.Struct, frozen=True):
    """What a file of one format looks like.

    `columns` are the spellings of each column of ours that there may be; `unit` is empty where
    the magnitude tells it. A price is its number / 10**`price_tens`.
    """

    name: str
    what: str = ""
    is_verified: bool = False
    delimiter: str = ""
    header: tuple[str, ...] = ()
    needs: tuple[str, ...] = ALWAYS_NEEDED
    told_by: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    file: str = ""
    ticker: str = ""
    has_upper_tickers: bool = False
    columns: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    time: TimeForm = TimeForm()
    price_tens: int = 0
    missing_prices: tuple[float, ...] = ()
    missing_texts: tuple[str, ...] = ()
    is_empty_unchanged: bool = False
    may_be_negative: bool = False
    amount_tens: int = 0
    kept: tuple[KeptRows, ...] = ()
    comments: tuple[str, ...] = ()
    digest: str = ""


def definition_of(name: str, content: Mapping[str, Any]) -> FormatDefinition:
    """Read what a TOML file holds.

    Raises:
        SettingsError: it is no definition; it says at which key.
    """
    _check_keys(name, content)
    time, prices = content.get("time", {}), content.get("prices", {})
    missing = prices.get("missing", [])
    columns = {ours: _spellings(name, ours, of) for ours, of in content.get("columns", {}).items()}
    needs = dict.fromkeys((*ALWAYS_NEEDED, *_texts(name, "needs", content.get("needs", []))))
    lacking = [ours for ours in needs if ours not in columns]
    if lacking:
        _refuse(name, "columns", f"has no {', '.join(lacking)}")
    delimiter = content.get("delimiter", "")
    if delimiter not in ("", *DELIMITERS):
        _refuse(name, "delimiter", f"was {delimiter!r}, expected one of {DELIMITERS}")
    times = time_form(time.get("form", "iso"), time.get("unit", ""), time.get("zone", "UTC"))
    if "date" in columns and (not times.template or times.template == ANY):
        _refuse(name, "time.form", "has no place for the column of the date")
    if prices.get("empty", "missing") not in ("missing", "unchanged"):
        _refuse(name, "prices.empty", f"was {prices['empty']!r}, expected missing or unchanged")
    rows = content.get("rows", {})
    return FormatDefinition(
        name,
        what=content.get("what", ""),
        is_verified=content.get("verified", False),
        delimiter=delimiter,
        header=_texts(name, "header", content.get("header", [])),
        needs=tuple(needs),
        told_by=_texts(name, "told_by", content.get("told_by", [])),
        without=_texts(name, "without", content.get("without", [])),
        file=content.get("file", ""),
        ticker=content.get("ticker", ""),
        has_upper_tickers=content.get("upper_tickers", False),
        columns=MappingProxyType(columns),
        time=times,
        price_tens=tens_of(prices.get("scale", 1), f"{name}: prices.scale"),
        missing_prices=_numbers(name, [n for n in missing if not isinstance(n, str)]),
        missing_texts=tuple(text.lower() for text in missing if isinstance(text, str)),
        may_be_negative=prices.get("negative", False),
        is_empty_unchanged=_is_unchanged(name, prices.get("empty", MISSING)),
        amount_tens=tens_of(content.get("amounts", {}).get("scale", 1), f"{name}: amounts.scale"),
        kept=tuple(_kept(name, *each) for each in rows.get("keep", {}).items()),
        comments=_comments(name, rows.get("comments", [])),
        digest=hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest(),
    )


def time_form(form: str, unit: str, zone: str) -> TimeForm:
    """Return a form of times by the words of a definition.

    Raises:
        SettingsError: a word is none.
    """
    if unit and unit not in UNITS_NS:
        raise SettingsError(
            f"a time was in {unit!r}, expected s, ms, us or ns", fix="--time-unit ms", code="Z203"
        )
    if zone != UTC:
        check_zone(zone)
    if form == "midnight":
        return TimeForm("", unit or "s", zone=zone, is_since_midnight=True)
    template = {"iso": ISO, "epoch": "" if unit else ANY, "any": ANY}.get(form, form)
    if template and template != ANY:
        try:
            pattern_of(template)
        except ValueError:
            raise SettingsError(
                f"{form!r} is no form of times",
                fix="iso, epoch, midnight, any, or a template such as 'YYYYMMDD hh:mm:ss'",
                code="Z203",
            ) from None
    return TimeForm(template, unit, zone=zone)


def check_zone(zone: str) -> None:
    """Raise SettingsError unless there is a zone of this name."""
    from zoneinfo import ZoneInfo  # which few formats need

    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):  # no zone there is a KeyError
        raise SettingsError(
            f"there is no zone {zone!r}", fix="--zone America/New_York, --zone UTC", code="Z203"
        ) from None


def tens_of(scale: object, name: str) -> int:
    """Return k of a scale of 10**-k.

    Raises:
        SettingsError: it is no such scale.
    """
    try:
        found = Decimal(str(scale))
        tens = -found.adjusted()
        if found == Decimal(1).scaleb(-tens) and 0 <= tens <= MOST_TENS:
            return tens
    except (InvalidOperation, ValueError):
        pass
    raise SettingsError(
        f"{name} was {scale!r}, expected 1, 0.1, 0.01 and so on to 1e-{MOST_TENS}",
        fix="1e-9 makes 101.5 of 101500000000",
        code="Z203",
    )


def _is_unchanged(name: str, empty: str) -> bool:
    if empty not in (MISSING, UNCHANGED):
        _refuse(name, "prices.empty", f"was {empty!r}, expected {MISSING!r} or {UNCHANGED!r}")
    return empty == UNCHANGED


def _check_keys(name: str, content: Mapping[str, Any]) -> None:
    expected = [("", content, _KEYS)]
    expected += [
        (f"{section}.", content[section], keys)
        for section, keys in _SECTION_KEYS.items()
        if isinstance(content.get(section), dict)
    ]
    for section, found, kinds in expected:
        for key, value in found.items():
            if key not in kinds:
                _refuse(name, section + key, f"is no key; there are {', '.join(kinds)}")
            if not isinstance(value, kinds[key]):
                _refuse(name, section + key, f"was {value!r}")


def _spellings(name: str, ours: str, spellings: object) -> tuple[str, ...]:
    if ours not in OURS:
        _refuse(name, f"columns.{ours}", f"is no column of ours: {', '.join(OURS)}")
    return _texts(name, ours, [spellings] if isinstance(spellings, str) else spellings)


def _texts(name: str, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        _refuse(name, key, f"was {value!r}, expected texts")
    return tuple(value)


def _numbers(name: str, value: list[object]) -> tuple[float, ...]:
    numbers = [float(each) for each in value if isinstance(each, (int, float))]
    if len(numbers) != len(value) or not all(map(math.isfinite, numbers)):
        _refuse(name, "prices.missing", f"was {value!r}, expected numbers and texts")
    return tuple(numbers)


def _kept(name: str, column: str, value: object) -> KeptRows:
    key = f"rows.keep.{column}"
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 < value <= MOST_BITS:
            _refuse(name, key, f"was {value}, expected bits from 1 to {MOST_BITS}")
        return KeptRows(column, bits=value)
    texts = _texts(name, key, [value] if isinstance(value, str) else value)
    if not texts or not all(text.isascii() for text in texts):
        _refuse(name, key, f"was {value!r}, expected ASCII texts, or the bit of a flag")
    return KeptRows(column, texts)


def _comments(name: str, value: object) -> tuple[str, ...]:
    comments = _texts(name, "rows.comments", value)
    if not all(comment and comment.isascii() and comment.isprintable() for comment in comments):
        _refuse(name, "rows.comments", f"was {value!r}, expected what such lines begin with")
    return comments


def _refuse(name: str, key: str, what: str) -> NoReturn:
    raise SettingsError(
        f"the format {name}: {key} {what}",
        fix="see zreplay/recordings/formats/definition.py, or `zreplay reference formats`",
        code="Z203",
    )
