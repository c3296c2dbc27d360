"""What is said of a capture on the command line: its quota, and what if it is full. Pure."""

from decimal import Decimal, InvalidOperation
from typing import Final

from protocol.errors import SettingsError
from zreplay.live.segment_book import CaptureRules, Overload

LEAST_QUOTA_BYTES: Final = 1024 * 1024
FREE_SHARE: Final = 4
"""Without a quota a capture may take a quarter of what is free and of what it has."""

_UNITS: Final = {
    "kib": 1024,
    "mib": 1024**2,
    "gib": 1024**3,
    "tib": 1024**4,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "b": 1,
}
_LETTERS: Final = {"k": "kb", "m": "mb", "g": "gb", "t": "tb"}


def parse_quota_bytes(text: str, option: str = "--capture-quota") -> int:
    """Read a size such as `20GB`, `500 MiB` or `2000000`."""
    body = text.strip().lower()
    body = body[:-1] + _LETTERS[body[-1]] if body[-1:] in _LETTERS else body
    unit = next((unit for unit in _UNITS if body.endswith(unit)), "")
    try:
        number = Decimal(body.removesuffix(unit).strip())
    except InvalidOperation:
        number = Decimal("nan")
    factor = _UNITS[unit or "b"]
    if not number.is_finite() or not LEAST_QUOTA_BYTES <= number * factor < 2**62:
        raise SettingsError(
            f"{option} was {text!r}, expected a size of 1MiB or more",
            fix=f"{option} 20GB",
            code="Z203",
        )
    return int(number * factor)


def capture_rules(
    quota_bytes: int | None, keep_ns: int, overload: str, *, free_bytes: int, has_bytes: int
) -> CaptureRules:
    """Return the rules of a capture that has so many bytes, on a disk with so many free."""
    if quota_bytes is None:
        quota_bytes = max(LEAST_QUOTA_BYTES, (free_bytes + has_bytes) // FREE_SHARE)
    return CaptureRules(quota_bytes, keep_ns, Overload(overload))


def check_kept(keep_ns: int, overload: str) -> None:
    """Raise SettingsError if what is to be kept is to be dropped, too."""
    if keep_ns and overload == Overload.DROP_OLDEST:
        raise SettingsError(
            "--keep-capture keeps what is committed, --on-overload drop-oldest drops what is not",
            fix="leave one of them out",
            code="Z203",
        )
