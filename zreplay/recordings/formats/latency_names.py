"""The name of a column that no format reads -> whether it may be a latency. Pure.

A misspelt name must not switch off order and threshold.
"""

import re
from typing import Final

_LIKE_ONE: Final = re.compile(r"lat([ _].*)?|latency.*|delay.*|recv.*|receive.*|local.*")
_NAMES: Final = ("latency", "latency_ms")
_ALIKE: Final = 0.8
"""`latncy` and `latenzy` are, `agency` and `latitude` are not."""


def may_be_latency(name: str) -> bool:
    """Tell of a name in lower case."""
    from difflib import get_close_matches  # a file of a known form has no such name

    return bool(_LIKE_ONE.fullmatch(name) or get_close_matches(name, _NAMES, 1, _ALIKE))
