"""The header line of a recording -> which column holds what.

Columns are found by name: in any order, in any case, others are ignored. Two shapes are known:
ours (`timestamp` as text, `ticker`, `latency` in milliseconds) and the quotes of Tardis
(`exchange`, `symbol`, `timestamp` and `local_timestamp` in microseconds).
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from protocol.errors import InputError, SettingsError, ZreplayError

PRICES: Final = ("ask_price", "bid_price")
AMOUNTS: Final = ("ask_amount", "bid_amount")
OWN_NEEDED: Final = ("timestamp", "ticker", *PRICES, *AMOUNTS, "latency")
TARDIS_NEEDED: Final = ("timestamp", "local_timestamp", "exchange", "symbol", *PRICES, *AMOUNTS)
OPTIONAL: Final = ("index",)
KNOWN_COLUMNS: Final = tuple(dict.fromkeys((*OWN_NEEDED, *TARDIS_NEEDED, *OPTIONAL)))
SPELLINGS: Final = {"latency": ("latency", "latency_ms")}
NO_COLUMNS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each column is: `places[name]` counts from 0, `header` is as spelled."""

    header: tuple[str, ...]
    places: Mapping[str, int]
    is_tardis: bool

    def spelled(self, name: str) -> str:
        """Return the header's own spelling of one of our column names."""
        return self.header[self.places[name]]


def read_header(line: bytes, file: str, columns: Mapping[str, str] = NO_COLUMNS) -> Layout:
    """Find the columns in the first line of `file`, which may begin with a byte-order mark.

    `columns` maps our column names to those in the header, where they differ.

    Raises:
        InputError: a required column is missing or occurs twice.
        SettingsError: `columns` names one that is not used here, or one of theirs for two of ours.
    """
    found = _known_layout(line, (*columns.items(),))
    return found or layout_of(_fields(line, file), file, columns)


@lru_cache(maxsize=16)
def _known_layout(line: bytes, columns: tuple[tuple[str, str], ...]) -> Layout | None:
    """Return what a header says, which hundreds of files have in common; None if it is none."""
    try:
        return layout_of(_fields(line, ""), "", dict(columns))
    except ZreplayError:
        return None


def layout_of(
    header: tuple[str, ...], file: str, columns: Mapping[str, str] = NO_COLUMNS
) -> Layout:
    """Find the columns among these names.

    Raises:
        InputError: a required column is missing or occurs twice.
        SettingsError: `columns` names one that is not used here, or one of theirs for two of ours.
    """
    folded = [_folded(name) for name in header]
    found = {name: _places_of(name, folded, columns) for name in KNOWN_COLUMNS}
    is_tardis = bool(found["local_timestamp"] and found["symbol"] and not found["ticker"])
    needed = TARDIS_NEEDED if is_tardis else OWN_NEEDED
    places: dict[str, int] = {}
    for name in (*needed, *OPTIONAL):
        if len(found[name]) > 1:
            raise InputError(
                f"{file}: the header has more than one column {name}: {_shown(header)}",
                fix="rename all but one of them",
                code="Z402",
            )
        if found[name]:
            places[name] = found[name][0]
    missing = [name for name in needed if name not in places]
    if missing:
        raise InputError(
            f"{file}: the header has no column {', '.join(missing)}; it is: {_shown(header)}",
            fix=f"name the columns {','.join(needed)}, or map them to yours: --column OURS=THEIRS",
            code="Z402",
        )
    layout = Layout(header, places, is_tardis)
    _check_use(columns, layout, file)
    return layout


def check_columns(columns: Mapping[str, str], option: str) -> None:
    """Check that each is a column of ours, and has a name.

    Raises:
        SettingsError: one is not.
    """
    for ours, theirs in columns.items():
        if ours not in KNOWN_COLUMNS or not isinstance(theirs, str) or not theirs.strip():
            raise SettingsError(
                f"{option} was {ours!r}: {theirs!r}, expected the name of a column for one of ours",
                fix=f"ours are {', '.join(KNOWN_COLUMNS)}",
                code="Z203",
            )


def _check_use(columns: Mapping[str, str], layout: Layout, file: str) -> None:
    used: dict[int, str] = {}
    for name, place in layout.places.items():
        other = used.setdefault(place, name)
        if other != name:
            raise SettingsError(
                f"{file}: {other} and {name} are both the column {layout.spelled(name)!r}",
                fix="name a column for each: --column OURS=THEIRS",
                code="Z203",
            )
    unused = [f"{name}={theirs}" for name, theirs in columns.items() if name not in layout.places]
    if unused:
        raise SettingsError(
            f"{file}: nothing is read from the column {', '.join(unused)}; "
            f"the header is: {_shown(layout.header)}",
            fix=f"leave it out; the columns read are {', '.join(layout.places)}",
            code="Z203",
        )


def _folded(name: str) -> str:
    return name.strip().casefold()


def _places_of(name: str, folded: Sequence[str], columns: Mapping[str, str]) -> list[int]:
    """Return the place of a column of ours among these names."""
    spellings = (columns[name],) if name in columns else SPELLINGS.get(name, (name,))
    wanted = [_folded(spelling) for spelling in spellings]
    return [place for place, spelling in enumerate(folded) if spelling in wanted]


def _fields(line: bytes, file: str) -> tuple[str, ...]:
    try:
        text = line.decode("utf-8-sig")
        return tuple(next(csv.reader([text.rstrip("\r\n")]), []))
    except (UnicodeDecodeError, csv.Error):
        raise InputError(
            f"{file}: the first line is not the header of a CSV: {line[:80]!r}",
            fix="give a CSV in UTF-8 that begins with its column names (.gz, .zst too), or Parquet",
            code="Z402",
        ) from None


def _shown(header: tuple[str, ...]) -> str:
    text = ",".join(header)
    return repr(text if len(text) <= 300 else f"{text[:300]}...")
