"""The settings of worker and sink.

An option states its default as a user writes it (`0s`); tests hold all of them to these.
"""

from pathlib import Path
from typing import Final

import msgspec

from protocol.endpoints import DATA_ENDPOINT, MOST_HWM, RESULT_ENDPOINT, SYNC_ENDPOINT
from protocol.errors import SettingsError
from protocol.limits import MAX_WORKER_NAME_CHARS
from protocol.messages import STAMP_EXCHANGE, STAMPS
from protocol.program.processor_bounds import check_limit, check_percentage
from protocol.program.threshold import check_threshold
from protocol.retention import Retention, retention_of
from protocol.rotation import Rotation, check_is_of_rotation, rotation_of
from protocol.span_text import span_of

LONGEST_LOCK_WAIT_SECONDS: Final = 3600
DURABILITIES: Final = ("process", "power")


class WorkerSettings(msgspec.Struct, frozen=True):
    """Everything `zmid worker` needs. `name` None is HOST:PID.

    `check_processor` is the percentage of batches of which a processor is checked.
    """

    source: str = DATA_ENDPOINT
    sink: str = RESULT_ENDPOINT
    latency_threshold_ms: float = 20.0
    stamp: str = STAMP_EXCHANGE
    name: str | None = None
    hwm: int = 1
    metrics: str = ""
    insecure: bool = False
    key: str = ""
    parent_fd: int | None = None
    processor: tuple[str, ...] = ()
    table: bool = False
    no_mid: bool = False
    check_processor: float = 0.0
    processor_limit: float = 30.0

    def __post_init__(self) -> None:
        if self.no_mid and not self.processor:
            raise SettingsError(
                "--no-mid leaves nothing to compute", fix="name a --processor", code="Z203"
            )
        if self.no_mid and self.table:
            raise SettingsError(
                "--table is of the mid prices, and --no-mid leaves them out", code="Z203"
            )
        check_percentage(self.check_processor)
        check_limit(self.processor_limit)
        check_threshold(self.latency_threshold_ms)
        if self.stamp not in STAMPS:
            raise SettingsError(f"stamp was {self.stamp!r}, expected one of {STAMPS}", code="Z203")
        if self.name is not None:
            check_name(self.name)
        check_hwm(self.hwm)


class SinkSettings(msgspec.Struct, frozen=True):
    """Everything `zmid sink` needs."""

    out: Path = Path("logs/run")
    bind: str = RESULT_ENDPOINT
    sync: str = SYNC_ENDPOINT
    fresh: bool = False
    exit_when_done: bool = False
    durability: str = "process"
    rotate: str = ""
    keep_logs: str = ""
    compress: str | None = None
    insecure: bool = False
    key: str = ""
    allowed: str = ""
    lock_wait_ns: int = 0
    metrics: str = ""
    parent_fd: int | None = None
    publish: str = ""
    table: bool = False

    def __post_init__(self) -> None:
        if self.durability not in DURABILITIES:
            raise SettingsError(
                f"durability was {self.durability!r}, expected one of {DURABILITIES}", code="Z203"
            )
        check_is_of_rotation(self.rotation, self.retention.is_on or bool(self.compress))

    @property
    def syncs(self) -> bool:
        return self.durability == "power"

    @property
    def rotation(self) -> Rotation:
        return rotation_of(self.rotate)

    @property
    def retention(self) -> Retention:
        return retention_of(self.keep_logs)


def check_name(name: str) -> None:
    """Raise SettingsError unless a worker can be shown under this name."""
    if len(name) > MAX_WORKER_NAME_CHARS:
        raise SettingsError(
            f"--name was {len(name)} characters long, expected {MAX_WORKER_NAME_CHARS} at most",
            code="Z203",
        )


def check_hwm(batches: int) -> None:
    """Raise SettingsError unless a pipe can hold so many."""
    if not 1 <= batches <= MOST_HWM:
        raise SettingsError(f"hwm was {batches}, expected 1 to {MOST_HWM}", code="Z203")


def lock_wait_ns(text: str) -> int:
    """Read how long to wait for an earlier holder, such as `5s`; an hour at most.

    Raises:
        SettingsError: it is not such a time.
    """
    seconds = span_of(text, "s")
    if seconds is None or seconds.is_nan() or not 0 <= seconds <= LONGEST_LOCK_WAIT_SECONDS:
        raise SettingsError(
            f"--lock-wait was {text!r}, expected 0s to {LONGEST_LOCK_WAIT_SECONDS}s",
            code="Z203",
        )
    return round(seconds * 10**9)
