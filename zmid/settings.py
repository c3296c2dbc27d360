"""The settings of worker and sink; a test holds the defaults of the options against these."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from protocol.endpoints import DATA_ENDPOINT, MOST_HWM, RESULT_ENDPOINT, SYNC_ENDPOINT
from protocol.errors import SettingsError
from protocol.limits import MAX_WORKER_NAME_CHARS
from protocol.messages import STAMP_EXCHANGE, STAMPS
from protocol.program.threshold import check_threshold

LONGEST_LOCK_WAIT_SECONDS: Final = 3600
DURABILITIES: Final = ("process", "power")


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """Everything `zmid worker` needs. `name` None is HOST:PID."""

    source: str = DATA_ENDPOINT
    sink: str = RESULT_ENDPOINT
    latency_threshold_ms: float = 20.0
    stamp: str = STAMP_EXCHANGE
    name: str | None = None
    hwm: int = 1
    metrics: str = ""
    insecure: bool = False
    parent_fd: int | None = None

    def __post_init__(self) -> None:
        check_threshold(self.latency_threshold_ms)
        if self.stamp not in STAMPS:
            raise SettingsError(f"stamp was {self.stamp!r}, expected one of {STAMPS}", code="Z203")
        if self.name is not None and len(self.name) > MAX_WORKER_NAME_CHARS:
            raise SettingsError(
                f"--name was {len(self.name)} characters long, expected {MAX_WORKER_NAME_CHARS} "
                "at most",
                code="Z203",
            )
        if not 1 <= self.hwm <= MOST_HWM:
            raise SettingsError(f"hwm was {self.hwm}, expected 1 to {MOST_HWM}", code="Z203")


@dataclass(frozen=True, slots=True)
class SinkSettings:
    """Everything `zmid sink` needs."""

    out: Path = Path("logs/run")
    bind: str = RESULT_ENDPOINT
    sync: str = SYNC_ENDPOINT
    fresh: bool = False
    exit_when_done: bool = False
    durability: str = "process"
    insecure: bool = False
    lock_wait_ns: int = 0
    metrics: str = ""
    parent_fd: int | None = None

    def __post_init__(self) -> None:
        if self.durability not in DURABILITIES:
            raise SettingsError(
                f"durability was {self.durability!r}, expected one of {DURABILITIES}", code="Z203"
            )


def lock_wait_ns(text: str) -> int:
    """Read how long to wait for an earlier holder, such as `5s`; an hour at most.

    Raises:
        SettingsError: it is not such a time.
    """
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= LONGEST_LOCK_WAIT_SECONDS:
        raise SettingsError(
            f"--lock-wait was {text!r}, expected 0s to {LONGEST_LOCK_WAIT_SECONDS}s",
            code="Z203",
        )
    return round(seconds * 1e9)
