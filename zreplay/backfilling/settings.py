"""The settings of `zreplay backfill`: what is read, by which rules, and where the logs go."""

from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from protocol.bounded_file import bounded_bytes
from protocol.endpoint_check import is_private
from protocol.errors import LinkError, SettingsError
from protocol.shown_address import shown_address
from zreplay.backfilling.certificates import Certificates
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.selection import Selection
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.settings import (
    LATE_POLICIES,
    MAX_JUMP_NS,
    MAX_REJECTED,
    REORDER_NS,
    check_count,
    check_once,
)

MIB: Final = 1024 * 1024
MAX_SCHEDULER_BYTES: Final = MIB
WINDOW_BYTES: Final = 64 * MIB
"""Some 700,000 quotes: seconds of work, so that what starts, ends and is lost with one is small."""


class Rules(msgspec.Struct, frozen=True):
    """What decides the output beside the files, and how a task works; a task carries it.

    `None` in times is open.
    """

    columns: FormatOptions
    selection: Selection
    latency: LatencyModel | None = None
    max_jump_ns: int = MAX_JUMP_NS
    reorder_ns: int = REORDER_NS
    late: str = "stop"
    max_buffer_rows: int = 2_000_000
    max_rejected: int = MAX_REJECTED
    threshold_ms: float = 20.0
    stamp: str = "exchange"
    is_parquet: bool = False
    processors: tuple[str, ...] = ()
    processors_in_words: tuple[str, ...] = ()
    """What the sources of these come to, so that another machine can tell them from others."""

    function: Any = None
    warmup_ns: int = 0
    """So long before its window a function gets quotes, too."""

    reads_ahead: bool = False
    """Whether a task decompresses and parses on threads of its own: it is one core's work else."""

    @property
    def is_table(self) -> bool:
        """True if a part is a Parquet file, and not lines."""
        return self.is_parquet or self.function is not None

    @property
    def over_ns(self) -> int | None:
        """The timestamp behind which a file has nothing more to give, None if there is none."""
        to_ns = self.selection.to_ns
        return None if to_ns is None else to_ns + self.reorder_ns


def check_slow(slow: float) -> None:
    """Raise SettingsError unless a task can be told to be slow by so many times the median."""
    if not slow > 1:
        raise SettingsError(f"--slow was {slow}, expected more than 1", code="Z203")


class Cluster(msgspec.Struct, frozen=True):
    """A Dask scheduler, by its address or the file that it writes.

    A task that takes `slow` times the median is run a second time.
    """

    scheduler: str
    tls: Certificates | None = None
    slow: float = 3.0
    is_insecure: bool = False

    def __post_init__(self) -> None:
        check_slow(self.slow)

    def address(self) -> str:
        """Return where the scheduler is, as its file says now.

        Raises:
            SettingsError: that is no address, or anybody could speak there.
            LinkError: there is no such file.
        """
        address = self.scheduler
        if "://" not in address:
            address = self._in_file()
        scheme, _, rest = address.partition("://")
        if scheme not in ("tcp", "tls") or not rest:
            raise SettingsError(
                f"--scheduler was {shown_address(address)!r}, expected tcp://, tls:// or a file",
                fix="give what `dask scheduler` prints, or its --scheduler-file",
                code="Z206",
            )
        if scheme == "tls" and self.tls is None:
            raise SettingsError("tls:// needs --tls-ca, --tls-cert and --tls-key")
        if scheme == "tcp" and not self.is_insecure and not is_private(address):
            raise SettingsError(
                f"{shown_address(address)}: whoever reaches a tcp:// scheduler runs code there",
                fix="use tls://, or --insecure",
                code="Z207",
            )
        return address

    def _in_file(self) -> str:
        try:
            return str(
                msgspec.json.decode(bounded_bytes(Path(self.scheduler), MAX_SCHEDULER_BYTES))[
                    "address"
                ]
            )
        except (OSError, msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
            raise LinkError(
                f"{self.scheduler} is not the file of a scheduler: {error!s:.200}",
                fix="give the --scheduler-file of `dask scheduler`",
                code="Z309",
            ) from None


class BackfillSettings(msgspec.Struct, frozen=True):
    """Everything `zreplay backfill` needs."""

    historical: tuple[Path, ...]
    rules: Rules
    out: Path
    workers: int
    window_bytes: int = WINDOW_BYTES
    scratch: Path | None = None
    """Where unfinished files for a store of objects are, None for the folder of the system."""

    cluster: Cluster | None = None
    is_elsewhere: bool = False
    """True if other machines run the tasks: then files are given from the root."""

    def __post_init__(self) -> None:
        if not self.historical:
            raise SettingsError(
                "there is nothing to read: no file was given",
                fix="zreplay backfill FILES --out DIR",
                code="Z202",
            )
        if STANDARD_INPUT in self.historical:
            raise SettingsError(
                "standard input cannot be read in pieces",
                fix="write it to a file first, or use zreplay run",
                code="Z203",
            )
        if self.rules.selection.limit is not None:
            raise SettingsError(
                "--limit counts quotes from the start, which no part of a backfill knows",
                fix="give --from and --to, or use zreplay run",
                code="Z203",
            )
        check_once(self.historical)
        if self.rules.late not in LATE_POLICIES:
            raise SettingsError(
                f"--late was {self.rules.late!r}, expected one of {LATE_POLICIES}", code="Z203"
            )
        check_count("workers", self.workers, 1)
        check_count("window-mib", self.window_bytes // MIB, 1)
        check_count("max-buffer", self.rules.max_buffer_rows, 1)
        check_count("max-rejected", self.rules.max_rejected, 0)

    def from_origin(self, origin_ns: int) -> "BackfillSettings":
        """Return the same with absolute times, the first arrival of the files being this one."""
        selection = self.rules.selection
        window = selection.window(origin_ns)
        selection = replace(
            selection,
            from_ns=window.start_ns,
            to_ns=window.end_ns,
            start_offset_ns=None,
            duration_ns=None,
        )
        return replace(self, rules=replace(self.rules, selection=selection))
