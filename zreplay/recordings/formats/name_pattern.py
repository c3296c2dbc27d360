"""The name of a file, or its path -> the ticker and the day in it.

Rule 1: the pattern of a format is that of the name; one that a user gives is that of the end of
the path, as many folders of it as the pattern has.
Rule 2: folders such as `instrument_id=BTC/date=2025-10-02`, as Hive names them, say it by
themselves where nothing else does.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import unquote

_SUFFIXES: Final = re.compile(r"(?:\.(?:csv|txt|gz|zst|zip|parquet))+$", re.IGNORECASE)
_HIVE_NAMES: Final = {
    **dict.fromkeys(("ticker", "symbol", "instrument_id", "instrument"), "ticker"),
    **dict.fromkeys(("date", "day"), "date"),
}
_PIECES: Final = {
    "{ticker}": "(?P<ticker>.+?)",
    "{date}": "(?P<date>[0-9]{4}-?[0-9]{2}-?[0-9]{2})",
    "{}": ".*",
}
_WITHIN: Final = {"(?P<ticker>.+?)": "(?P<ticker>[^/]+?)", ".*": "[^/]*"}
"""The same in a path: no piece goes over a folder."""


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


def says_something(patterns: Iterable[str], name: str) -> bool:
    """Return whether a name says anything by one of some patterns: see `parts_of_name`."""
    bare = _SUFFIXES.sub("", name)
    all_found = (_compiled(pattern).fullmatch(bare) for pattern in patterns)
    return any(any(found.groups("")) for found in all_found if found)


def end_of_path(pattern: str, path: str) -> str:
    """Return as much of a path as a pattern such as `{date}/{ticker}.csv` is about."""
    return "/".join(path.split("/")[-pattern.count("/") - 1 :])


def parts_of_path(pattern: str, path: str) -> NameParts | None:
    """Return what the end of a path says by a pattern; None if it does not fit."""
    end = _SUFFIXES.sub("", end_of_path(pattern, path))
    found = _compiled(_SUFFIXES.sub("", pattern), is_path=True).fullmatch(end)
    return NameParts(**found.groupdict(default="")) if found else None


def hive_folders(path: str) -> str:
    """Return the folders of a path that say a ticker or a day by themselves."""
    folders = path.split("/")[:-1]
    return "/".join(each for each in folders if each.partition("=")[0].lower() in _HIVE_NAMES)


def telling_path(pattern: str, path: str) -> str:
    """Return the end of a path that says something, by a pattern or by its folders; or nothing."""
    if pattern:
        return end_of_path(pattern, path)
    folders = hive_folders(path)
    return f"{folders}/{path.rpartition('/')[2]}" if folders else ""


def parts_of_hive(path: str) -> NameParts:
    """Return what the folders of a path say, the deepest of each kind."""
    said: dict[str, str] = {}
    for folder in hive_folders(path).split("/"):
        name, separator, value = folder.partition("=")
        if separator:
            said[_HIVE_NAMES[name.lower()]] = unquote(value)
    return NameParts(**said)


@lru_cache(16)
def _compiled(pattern: str, is_path: bool = False) -> re.Pattern[str]:
    wanted = re.escape(pattern).replace(r"\{", "{").replace(r"\}", "}")
    for piece, meaning in _PIECES.items():
        within = _WITHIN.get(meaning, meaning) if is_path else meaning
        wanted = wanted.replace(piece, within, 1 if "P<" in meaning else -1)
    return re.compile(wanted)
