"""The name of a file -> the ticker and the day in it, by a pattern of a format."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

_SUFFIXES: Final = re.compile(r"(?:\.(?:csv|txt|gz|zst|zip|parquet))+$", re.IGNORECASE)
_PIECES: Final = {
    "{ticker}": "(?P<ticker>.+?)",
    "{date}": "(?P<date>[0-9]{4}-?[0-9]{2}-?[0-9]{2})",
    "{}": ".*",
}


class NameParts(NamedTuple):
    """Each is empty where the name does not say it."""

    ticker: str = ""
    date: str = ""


def parts_of_name(pattern: str, name: str) -> NameParts:
    """Return what a name says by a pattern such as `{ticker}-bookTicker-{date}`."""
    if not pattern:
        return NameParts()
    found = _compiled(pattern).fullmatch(_SUFFIXES.sub("", name))
    return NameParts(**found.groupdict(default="")) if found else NameParts()


@lru_cache(16)
def _compiled(pattern: str) -> re.Pattern[str]:
    wanted = re.escape(pattern).replace(r"\{", "{").replace(r"\}", "}")
    for piece, meaning in _PIECES.items():
        wanted = wanted.replace(piece, meaning, 1 if "P<" in meaning else -1)
    return re.compile(wanted)
