"""A number of bytes as a user writes it: 500MB, 2GiB, 65536."""

import re
from typing import Final

from protocol.errors import SettingsError
from protocol.limits import INT64_MAX

_PREFIXES: Final = "KMGT"
UNIT_BYTES: Final = {
    "": 1,
    "B": 1,
    **{
        f"{prefix}{end}": 1000**power
        for power, prefix in enumerate(_PREFIXES, 1)
        for end in ("", "B")
    },
    **{f"{prefix}IB": 1024**power for power, prefix in enumerate(_PREFIXES, 1)},
}
"""K, M, G and T are thousands, with `iB` behind them 1024s."""
_SIZE: Final = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?) ?([A-Z]*)\Z", re.ASCII)


def byte_size(text: str, option: str) -> int:
    """Return how many bytes a text such as `1.5GB` says, in any case.

    Raises:
        SettingsError: it is not such a text; the option is named.
    """
    match = _SIZE.match(text.strip().upper())
    unit = UNIT_BYTES.get(match[2]) if match else None
    size = round(float(match[1]) * unit) if match and unit else INT64_MAX + 1
    if size > INT64_MAX:
        raise SettingsError(
            f"{option} was {text!r:.40}, expected a size such as 500MB or 2GiB", code="Z203"
        )
    return size
