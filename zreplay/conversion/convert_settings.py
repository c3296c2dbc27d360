"""The settings of `zreplay convert`: what is read, and where it goes."""

import os
from pathlib import Path
from typing import Final

import msgspec

from protocol.errors import SettingsError
from zreplay.conversion.output_files import KINDS, PARQUET, kind_of
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.selection import Selection
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.settings import MAX_REJECTED, check_count, check_once

DAY: Final = "day"
TICKER: Final = "ticker"
SPLITS: Final = (DAY, TICKER)


class ConvertSettings(msgspec.Struct, frozen=True):
    """The settings of `zreplay convert`; without `split`, `out` is a file."""

    historical: tuple[Path, ...]
    columns: FormatOptions
    selection: Selection | None
    latency: LatencyModel | None
    max_jump_ns: int
    reorder_ns: int
    late: str
    max_buffer_rows: int
    out: Path
    split: str = ""
    may_replace: bool = False
    max_rejected: int = MAX_REJECTED

    def __post_init__(self) -> None:
        if not self.historical:
            raise SettingsError("there is nothing to convert", fix="zreplay convert FILE --to OUT")
        check_once(self.historical)
        check_count("max-buffer", self.max_buffer_rows, 1)
        check_count("max-rejected", self.max_rejected, 0)
        if self.split not in ("", *SPLITS):
            raise SettingsError(f"--split was {self.split!r}, expected one of {SPLITS}")
        _ = self.kind
        self._check_is_no_input()

    def _check_is_no_input(self) -> None:
        out = Path(os.path.realpath(self.out))
        for path in self.historical:
            real = Path(os.path.realpath(path))
            is_input = real == out or out in real.parents or real == self.rejected_log
            is_input = is_input or (out.is_file() and real.exists() and real.samefile(out))
            if is_input and path != STANDARD_INPUT:
                raise SettingsError(
                    f"{self.out} is a file that is read, or the folder of one",
                    fix="write another file",
                    code="Z203",
                )

    @property
    def kind(self) -> str:
        """How the names of the files end that are written: one of KINDS.

        Raises:
            SettingsError: the name says none.
        """
        kind = kind_of(self.out)
        if kind is None and self.split and not self.out.suffix:
            return PARQUET
        if kind is None:
            raise SettingsError(
                f"--to was {self.out}, expected a name that ends with {', '.join(KINDS)}",
                fix="--to quotes.parquet",
                code="Z203",
            )
        return kind

    @property
    def rejected_log(self) -> Path:
        """Where the rows stand that are no quotes, if there are any."""
        return self.out.with_name(f"{self.out.name}.rejected.log")
