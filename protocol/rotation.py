"""When a log is closed and begun anew: once an hour, once a day, or when it has a size."""

from typing import Final, NamedTuple

from protocol.byte_size import byte_size
from protocol.errors import SettingsError

HOUR_NS: Final = 3_600_000_000_000
DAY_NS: Final = 24 * HOUR_NS
PERIODS: Final = {"hourly": HOUR_NS, "daily": DAY_NS}
LEAST_BYTES: Final = 4096
OPTION: Final = "--rotate"


class Rotation(NamedTuple):
    """A period that counts from 1970 in UTC, or a size; neither is no rotation."""

    period_ns: int = 0
    size_bytes: int = 0

    @property
    def is_on(self) -> bool:
        return bool(self.period_ns or self.size_bytes)

    @property
    def counted_ns(self) -> int:
        """The period in which arrivals are counted: no batch has quotes of two. 0 is none."""
        return self.period_ns or (HOUR_NS if self.size_bytes else 0)


def rotation_of(text: str) -> Rotation:
    """Return what `hourly`, `daily` or a size says; an empty text is no rotation.

    Raises:
        SettingsError: it is none of these, or the size is too small.
    """
    text = text.strip()
    if not text:
        return Rotation()
    if period_ns := PERIODS.get(text.lower()):
        return Rotation(period_ns=period_ns)
    if not text[0].isdigit():
        raise SettingsError(
            f"{OPTION} was {text!r:.40}, expected hourly, daily, or a size such as 500MB",
            code="Z203",
        )
    size_bytes = byte_size(text, OPTION)
    if size_bytes < LEAST_BYTES:
        raise SettingsError(
            f"{OPTION} was {text}, expected {LEAST_BYTES} bytes at least", code="Z203"
        )
    return Rotation(size_bytes=size_bytes)


def check_is_of_rotation(rotation: Rotation, keeps: bool) -> None:
    """Raise SettingsError if something is said of closed logs where none is closed."""
    if keeps and not rotation.is_on:
        raise SettingsError(
            "--keep-logs and --compress are of closed logs, and none is closed",
            fix=f"say when: {OPTION}",
            code="Z203",
        )
