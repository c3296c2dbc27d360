"""What decides the lines of a run, as a user gives it: to say how another run in a folder differs.

The identity of a run (zreplay/replayer/state.py) decides whether it is the same; this only finds
words for why it is not.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from protocol.errors import ZreplayError
from protocol.shown_address import shown_addresses
from zreplay.recordings.formats.known_formats import format_named
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.replayer.state import known_sizes_bytes
from zreplay.settings import ReplaySettings

FILES: Final = "files"
BYTES: Final = "bytes"
LISTED_FILES: Final = 8
LISTED_DIFFERENCES: Final = 4
LONGEST_CHARS: Final = 4_000
SHOWN_CHARS: Final = 80
"""Of one side of a difference."""


def run_options(settings: ReplaySettings) -> dict[str, str]:
    """Return each option that decides the lines and was given, and the files with their sizes."""
    selection, columns = settings.selection, settings.columns
    said = {
        FILES: _names(settings.historical),
        BYTES: f"{_size_bytes(settings):,}" if settings.historical else "",
        "--live": " ".join(shown_addresses(settings.live)),
        "--reorder": f"{settings.reorder_ns / 1e9:g}s",
        "--late": settings.late,
        "--max-jump": f"{settings.max_jump_ns / 1e9:g}s",
        "--loop": "0" if settings.loop is None else str(settings.loop),
        "--latency": str(settings.latency or ""),
        "--column": " ".join(f"{ours}={its}" for ours, its in sorted(columns.columns.items())),
    }
    for name in ("delimiter", "time_unit", "zone", "ticker", "date", "scale", "path"):
        said[f"--{name.replace('_', '-')}"] = str(getattr(columns, name))
    if columns.format:  # a file of the same name may say something else by now
        said["--format"] = f"{Path(columns.format).name} {format_named(columns.format).digest[:8]}"
    else:
        said["format"] = _taken_for(settings)
    said["--header"] = ",".join(columns.header)
    said["--allow-negative"] = "on" if columns.allow_negative else ""
    if selection is not None:
        said |= selection.options()
    return {name: _short(text, LONGEST_CHARS) for name, text in said.items() if text}


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return what differs, `--tickers was 'BTC*', now 'ETH*'`; what the files hold if nothing."""
    names = [name for name in (*now, *before) if before.get(name) != now.get(name)]
    if not before:
        return ""
    told = [
        f"{name} {_was(before.get(name))}, {_is(now.get(name))}" for name in dict.fromkeys(names)
    ]
    if not told:
        return "the files have other contents, or are taken for another format"
    more = len(told) - LISTED_DIFFERENCES
    return "; ".join(told[:LISTED_DIFFERENCES]) + (f"; and {more} more" if more > 0 else "")


def _was(text: str | None) -> str:
    return "was not given" if text is None else f"was {_short(text, SHOWN_CHARS)!r}"


def _is(text: str | None) -> str:
    return "now it is not" if text is None else f"now {_short(text, SHOWN_CHARS)!r}"


def _taken_for(settings: ReplaySettings) -> str:
    """Return what the first file was recognised as; nothing of our own columns, or of no CSV."""
    from zreplay.recordings.recording_layout import check_files

    try:
        layouts = check_files(settings.historical[:1], settings.columns)
    except ZreplayError:  # who reads it says why
        return ""
    return "".join(
        f"{layout.format} {layout.digest[:8]}, times {layout.times}"
        for layout in layouts
        if layout is not None and layout.identity
    )


def _names(files: tuple[Path, ...]) -> str:
    more = len(files) - LISTED_FILES
    listed = " ".join(path.name or str(path) for path in files[:LISTED_FILES])
    return f"{listed} and {more:,} more" if more > 0 else listed


def _size_bytes(settings: ReplaySettings) -> int:
    # The run was named a moment ago: of thousands of files none is looked at again.
    known = zip(settings.historical, known_sizes_bytes(settings), strict=True)
    return sum(_size_of(path) if size is None else size for path, size in known)


def _size_of(path: Path) -> int:
    try:
        return 0 if path == STANDARD_INPUT else path.stat().st_size
    except OSError:  # it is told of where it is read
        return 0


def _short(text: str, chars: int) -> str:
    return text if len(text) <= chars else f"{text[: chars - 3]}..."
