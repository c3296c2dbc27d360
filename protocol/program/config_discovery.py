"""Which files of settings are read: the one after --config alone, or those that are found.

Found are `./NAME.toml`, and below it the user's own, `$XDG_CONFIG_HOME/zreplay/NAME.toml`.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

_NO_FILE: Final = {"ZREPLAY_CONFIG": os.devnull, "ZMID_CONFIG": os.devnull}


class Found(NamedTuple):
    """A file of settings that was found; `is_here` of one in the folder of the call."""

    path: Path
    is_here: bool


def here(program: str) -> str:
    """Return the name of the file in the folder of the call, as it is shown."""
    return f".{os.sep}{program}.toml"


def found_files(program: str, environment: Mapping[str, str]) -> list[Found]:
    """Return the files that are there; a value of an earlier one is over that of a later one."""
    files = [Found(Path(here(program)), is_here=True)]
    if (folder := _user_folder(environment)) is not None:
        files.append(Found(folder / f"{program}.toml", is_here=False))
    # Not `Path.is_file`: a folder that may not be looked into has none for us.
    return [file for file in files if os.path.isfile(file.path)]


def without_discovery(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a child that is told all it needs: it looks for no file."""
    return {**_NO_FILE, **environment}


def _user_folder(environment: Mapping[str, str]) -> Path | None:
    # The specification says to ignore an empty or relative one.
    for base in (environment.get("XDG_CONFIG_HOME", ""), os.path.expanduser("~/.config")):
        if os.path.isabs(base):
            return Path(base) / "zreplay"
    return None
