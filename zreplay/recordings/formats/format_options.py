"""What a user says of the format of the files, beside what the files say themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

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
_SPELLED: Final = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


@dataclass(frozen=True, slots=True)
class FormatOptions:
    """Each is empty where nothing was said.

    `columns` says what a column of ours is called there; `header` names the columns of files
    without a header line; `latency` is the kind of model that replaces the recorded one, or
    NONE where none is to be read. It can be a key, as long as `columns` does not change.
    """

    columns: Mapping[str, str] = field(default_factory=dict, hash=False)
    format: str = ""
    delimiter: str = ""
    header: tuple[str, ...] = ()
    time_unit: str = ""
    zone: str = ""
    ticker: str = ""
    date: str = ""
    scale: str = ""
    latency: str = RECORDED

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

    def __bool__(self) -> bool:
        """Tell whether anything was said, but for the model of latency."""
        return bool(self.given)

    @property
    def given(self) -> list[str]:
        """The names of the options that were given, as a user writes them."""
        names = ("format", "delimiter", "header", "time_unit", "zone", "ticker", "date", "scale")
        said = [f"--{name.replace('_', '-')}" for name in names if getattr(self, name)]
        return [*(["--column"] if self.columns else []), *said]

    @property
    def identity(self) -> str:
        """What decides the quotes of a file, of all that was said; empty for nothing."""
        parts = [f"columns {sorted(self.columns.items())}"] if self.columns else []
        if self.format:
            parts.append(f"format {format_named(self.format).digest}")
        names = ("delimiter", "header", "time_unit", "zone", "ticker", "date", "scale")
        parts += [f"{name} {getattr(self, name)!r}" for name in names if getattr(self, name)]
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


NOTHING_SAID: Final = FormatOptions()
