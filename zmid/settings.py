"""What `zmid worker` and `zmid sink` can be told; every default stands here and nowhere else."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from protocol.errors import SettingsError
from protocol.messages import STAMP_EXCHANGE, STAMPS

BATCH_ENDPOINT: Final = "tcp://127.0.0.1:5555"
RESULT_ENDPOINT: Final = "tcp://127.0.0.1:5557"
SYNC_ENDPOINT: Final = "tcp://127.0.0.1:5558"

PROCESS: Final = "process"
POWER: Final = "power"
DURABILITIES: Final = (PROCESS, POWER)
"""What a commit survives: the death of any process, or the loss of power too."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """Everything `zmid worker` needs. Without a `name` it is called `host:pid`."""

    source: str = BATCH_ENDPOINT
    sink: str = RESULT_ENDPOINT
    latency_threshold_ms: float = 20.0
    stamp: str = STAMP_EXCHANGE
    name: str | None = None
    hwm: int = 1
    parent_fd: int | None = None

    def __post_init__(self) -> None:
        if not math.isfinite(self.latency_threshold_ms):
            raise SettingsError(
                f"latency threshold was {self.latency_threshold_ms}, expected a number of ms",
                fix="--latency-threshold 20",
            )
        _one_of("stamp", self.stamp, STAMPS)
        if self.hwm < 1:
            raise SettingsError(f"hwm was {self.hwm}, expected 1 or more", fix="--hwm 1")


@dataclass(frozen=True, slots=True)
class SinkSettings:
    """Everything `zmid sink` needs. `out` is the folder of the two logs."""

    out: Path = Path("out")
    bind: str = RESULT_ENDPOINT
    sync: str = SYNC_ENDPOINT
    fresh: bool = False
    exit_when_done: bool = False
    durability: str = PROCESS
    insecure: bool = False
    lock_wait_ns: int = 0
    parent_fd: int | None = None

    def __post_init__(self) -> None:
        _one_of("durability", self.durability, DURABILITIES)
        if self.lock_wait_ns < 0:
            raise SettingsError(f"lock wait was {self.lock_wait_ns} ns, expected 0 or more")
        if self.bind == self.sync:
            raise SettingsError(
                f"bind and sync were both {self.bind}", fix="give --sync an address of its own"
            )


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise SettingsError(
            f"{name} was {value!r}, expected one of {', '.join(allowed)}",
            fix=f"--{name} {allowed[0]}",
        )
