"""What a user says of the format of the files, beside what the files say themselves."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from protocol.errors import SettingsError
from protocol.limits import MAX_TICKER_CHARS
from zreplay.recordings.formats.definition import (
    DELIMITERS,
    OURS,
    FormatDefinition,
    tens_of,
    time_form,
)
from zreplay.recordings.formats.known_formats import format_named
from zreplay.recordings.formats.time_form import TimeForm, day_ns
from zreplay.recordings.formats.zone import UTC

RECORDED: Final = "recorded"
NONE: Final = "none"
ALLOW_NEGATIVE: Final = "--allow-negative"
_SAID: Final = ("time_unit", "zone", "ticker", "date", "scale", "path", "venue")
_SPELLED: Final = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


class FormatOptions(msgspec.Struct, frozen=True):
    """Each is empty where nothing was said.

    `columns` says what a column of ours is called there; `header` names the columns of files
    without a header line; `latency` is the kind of model that replaces the recorded one, or
    NONE where none is to be read; `path` is a pattern of the paths that says the ticker, the day
    or both; `venue` is that of a capture which another program made. It can be a key, as long as
    `columns` does not change.
    """

    columns: Mapping[str, str] = msgspec.field(default_factory=dict)
    format: str = ""
    delimiter: str = ""
    header: tuple[str, ...] = ()
    time_unit: str = ""
    zone: str = ""
    ticker: str = ""
    date: str = ""
    scale: str = ""
    allow_negative: bool = False
    latency: str = RECORDED
    path: str = ""
    venue: str = ""

    def __post_init__(self) -> None:
        check_columns(self.columns, "columns")
        if self.format:
            format_named(self.format)
        if self.delimiter not in ("", *DELIMITERS, *_SPELLED):
            raise SettingsError(
                f"--delimiter was {self.delimiter!r}, expected , ; | or tab",
                fix="--delimiter ';'",
                code="Z203",
            )
        time_form("epoch", self.time_unit, self.zone or UTC)
        if self.date and day_ns(self.date) is None:
            raise SettingsError(
                f"--date was {self.date!r}, expected a day", fix="--date 2025-10-02", code="Z203"
            )
        if len(self.ticker) > MAX_TICKER_CHARS:
            raise SettingsError(
                f"--ticker has {len(self.ticker)} characters, at most {MAX_TICKER_CHARS} can be",
                fix="a shorter name",
                code="Z203",
            )
        if self.scale:
            tens_of(self.scale, "--scale")
        if self.path:
            check_path(self.path, says_ticker=not self.ticker)

    def __hash__(self) -> int:
        # Those that are said most: each file is looked up by it some times.
        return hash((self.format, self.header, self.ticker, self.date, self.path, self.latency))

    def __bool__(self) -> bool:
        """Tell whether anything was said, but for the model of latency."""
        return bool(self.given)

    @property
    def given(self) -> list[str]:
        """The names of the options that were given, as a user writes them."""
        names = ("format", "delimiter", "header", *_SAID)
        said = [f"--{name.replace('_', '-')}" for name in names if getattr(self, name)]
        negative = [ALLOW_NEGATIVE] if self.allow_negative else []
        return [*(["--column"] if self.columns else []), *said, *negative]

    @property
    def identity(self) -> str:
        """What decides the quotes of a file, of all that was said; empty for nothing."""
        parts = [f"columns {sorted(self.columns.items())}"] if self.columns else []
        if self.format:
            parts.append(f"format {format_named(self.format).digest}")
        names = ("delimiter", "header", *_SAID)
        parts += [f"{name} {getattr(self, name)!r}" for name in names if getattr(self, name)]
        if self.allow_negative:
            parts.append("allow negative")
        if self.latency == NONE:
            parts.append("latency none")
        return " ".join(parts)

    @property
    def delimiter_said(self) -> str:
        """The delimiter itself, empty if none was said."""
        return _SPELLED.get(self.delimiter, self.delimiter)

    def applied_to(self, definition: FormatDefinition) -> FormatDefinition:
        """Return a definition with what was said in place of what it says."""
        time = definition.time
        if self.time_unit:
            time = TimeForm("", self.time_unit, zone=time.zone)
        if self.zone:
            time = replace(time, zone=self.zone)
        if self.date:
            time = replace(time, day_ns=day_ns(self.date) or 0)
        return replace(
            definition,
            time=time,
            delimiter=self.delimiter_said or definition.delimiter,
            price_tens=tens_of(self.scale, "--scale") if self.scale else definition.price_tens,
            may_be_negative=self.allow_negative or definition.may_be_negative,
            columns={
                **definition.columns,
                **{
                    ours: (theirs,)
                    for ours, theirs in self.columns.items()
                    if ours in definition.columns
                },
            },
        )


def check_columns(columns: Mapping[str, str], option: str) -> None:
    """Look whether each is a column of ours, and is called something.

    Raises:
        SettingsError: one is not.
    """
    for ours, theirs in columns.items():
        if ours not in OURS or not isinstance(theirs, str) or not theirs.strip():
            raise SettingsError(
                f"{option} was {ours!r}: {theirs!r}, expected the name of a column for one of ours",
                fix=f"ours are {', '.join(OURS)}",
                code="Z203",
            )


def check_path(pattern: str, *, says_ticker: bool) -> None:
    """Raise SettingsError unless a pattern of paths says the ticker, the day or both, once."""
    pieces = ("{ticker}", "{date}") if says_ticker else ("{date}",)
    counts = [pattern.count(piece) for piece in ("{ticker}", "{date}")]
    if max(counts) > 1 or not any(piece in pattern for piece in pieces):
        raise SettingsError(
            f"--path was {pattern!r}, expected {' or '.join(pieces)} in it, each once",
            fix="--path '{date}/{ticker}.csv'",
            code="Z203",
        )


NOTHING_SAID: Final = FormatOptions()
