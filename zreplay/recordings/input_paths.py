"""The user's arguments -> the recordings to read: patterns and folders become their files.

Rule 1: an address such as `s3://bucket/quotes/*.csv` is what a path would be, in a store.
Rule 2: a folder is all files in it and below it, by name. Left out are hidden ones and those that
begin with `_`, as tools write them beside data, what is being written (.part, .tmp), and what a
run, a backfill or a conversion writes beside recordings. Nothing else is: a file that is no
recording is named when it is looked at.
Rule 3: a folder that holds the segments of a live capture, or has one that does, is that capture.
"""

import os
import re
from collections.abc import Collection, Iterable, Iterator
from fnmatch import translate
from glob import glob, has_magic
from operator import attrgetter
from pathlib import Path
from typing import Final

from protocol.errors import InputError
from protocol.shown_address import shown_address
from zreplay.live.capture_folder import capture_in, is_capture
from zreplay.recordings.first_looks import FIRST_LOOKS
from zreplay.recordings.object_path import STORES, ObjectPath, address_of, scheme_of

STANDARD_INPUT: Final = Path("-")
OWN_FILES: Final = frozenset(
    (
        *("mid_prices.log", "errors.log", "rejected.log", "commit.ring", "run.json"),
        *("commands.json", "checkpoints", "live_run_id", "live_start", "capture.log"),
        *("gaps.log", "mids.arrows", "rates.jsonl", "report.html", "backfill.json"),
    )
)
OWN_FOLDERS: Final = {
    "outputs": "commit.ring",
    "segments": "commit.ring",
    "parts": "backfill.json",
    "done": "backfill.json",
}
"""Folders of a run's or a backfill's own, each beside a file that says whose it is."""
_OWN_SUFFIXES: Final = (".lock", ".part", ".tmp", ".rejected.log")
_HIDDEN: Final = (".", "_")


def matching(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the files, those of a folder and of a pattern such as `quotes/*.csv.gz` by name.

    In a pattern `**` goes deeper. A file whose own name looks like a pattern is that file.

    Raises:
        InputError: a pattern matches nothing, a folder has no file, or an address is one of no
            store or with what may be a secret.
    """
    asked = [_placed(path) for path in paths]
    files: list[Path] = []
    stored = {path for path in asked if isinstance(path, ObjectPath) and not has_magic(str(path))}
    folders = _folders(stored) if stored else {}
    for path in asked:
        if isinstance(path, ObjectPath):
            files += _stored(path, folders.get(path))
        elif FIRST_LOOKS.is_folder(path):
            capture = capture_in(path)
            files += files_in(path) if capture is None else [capture]
        elif not has_magic(str(path)) or path.exists():
            files.append(path)
        else:
            files += _matched(path)
    stored_files = [path for path in files if isinstance(path, ObjectPath)]
    if len(stored_files) > 1:
        from zreplay.recordings.object_store import HEADS

        HEADS.expect(stored_files)
    return tuple(files)


def files_in(folder: Path) -> list[Path]:
    """Return the recordings in a folder and below it, by name.

    Raises:
        InputError: there is none, it cannot be read, or there are more than a run can have.
    """
    # A command that reads nothing starts without these.
    from zreplay.quotes.file_numbers import MAX_FILES
    from zreplay.recordings.lobster_bytes import files_beside

    found: list[Path] = []
    for path in _walked(folder):
        found.append(path)
        if len(found) > MAX_FILES:
            raise InputError(
                f"{folder}: has more than {MAX_FILES} files, and no more can be merged",
                fix="give folders or patterns with fewer, in several runs",
                code="Z405",
            )
    beside = {other for path in found for other in files_beside(path)}
    files = [path for path in found if path not in beside]
    if not files:
        raise InputError(
            f"{folder}: is a directory without a recording",
            fix="check the path; hidden files and those of a run are left out",
            code="Z401",
        )
    return files


def _placed(path: Path) -> Path:
    """Return the path of an object for an address of a store, and a path of this machine as it is.

    Raises:
        InputError: it is another address, or has what may be a secret.
    """
    scheme = scheme_of(path)
    if not scheme or path.exists():
        return path
    address = address_of(str(path))
    if scheme not in STORES:
        check_is_no_address(path)
    shown = shown_address(address)
    bucket, slash, key = shown.partition("://")[2].partition("/")
    name, colon, _ = bucket.partition(":")  # a store has no port: what follows may be a password
    if shown != address or colon:
        raise InputError(
            f"{scheme}://{name}{slash}{key}: was given with a user, a password or a query",
            fix="leave them out: credentials come from the environment or the usual files",
            code="Z401",
        )
    return ObjectPath(address)


def _folders(paths: Iterable[ObjectPath]) -> dict[ObjectPath, list[ObjectPath] | None]:
    from zreplay.recordings.object_store import objects_at  # which few commands need

    return objects_at(sorted(paths))


def _stored(path: ObjectPath, below: list[ObjectPath] | None) -> list[ObjectPath]:
    """Return the objects of a folder or a pattern, and otherwise the one that was given."""
    if has_magic(str(path)):
        return _matched_objects(path)
    if below is None:
        return [path]
    from zreplay.recordings.lobster_bytes import files_beside

    beside = {other for each in below for other in files_beside(each)}
    inside = {each: each.relative_to(path).parts for each in below}
    known = set(inside.values())
    taken = (
        each
        for each, parts in inside.items()
        if _is_taken(parts) and not _is_in_own_folder(parts, known)
    )
    files = sorted(each for each in taken if each not in beside)
    if not files:
        raise InputError(
            f"{path}: is a folder without a recording", fix="check the address", code="Z401"
        )
    return files


def _matched_objects(pattern: ObjectPath) -> list[ObjectPath]:
    """Return the objects that fit a pattern, of which `**` is any number of folders."""
    from zreplay.recordings.object_store import objects_below

    parts = pattern.key.split("/")
    plain = next(number for number, part in enumerate(parts) if has_magic(part))
    if not plain:
        raise InputError(
            f"{pattern}: the bucket is a pattern", fix="give the name of the bucket", code="Z401"
        )
    folder = ObjectPath(f"{pattern.scheme}://{'/'.join(parts[:plain])}")
    found = [each for each in objects_below(folder) if _fits(each.key.split("/"), parts)]
    if not found:
        raise InputError(
            f"{pattern}: no object matches", fix="check the pattern and the folder", code="Z401"
        )
    return sorted(found)


def _fits(names: list[str], patterns: list[str]) -> bool:
    if not patterns:
        return not names
    if patterns[0] == "**":
        return any(_fits(names[at:], patterns[1:]) for at in range(len(names) + 1))
    is_hidden = bool(names) and names[0].startswith(".") and not patterns[0].startswith(".")
    if not names or is_hidden or not re.fullmatch(translate(patterns[0]), names[0]):
        return False
    return _fits(names[1:], patterns[1:])


def _is_taken(parts: tuple[str, ...]) -> bool:
    """Tell whether a file of a folder is one of its recordings, by the path from there."""
    name = parts[-1]
    if name in OWN_FILES or name.endswith(_OWN_SUFFIXES) or name.startswith(_HIDDEN):
        return False
    return not any(part.startswith(_HIDDEN) for part in parts[:-1])


def _is_in_own_folder(parts: tuple[str, ...], known: Collection[tuple[str, ...]]) -> bool:
    return any(
        name in OWN_FOLDERS and (*parts[:at], OWN_FOLDERS[name]) in known
        for at, name in enumerate(parts[:-1])
    )


def _walked(folder: Path) -> Iterator[Path]:
    """Return the recordings in a folder and below it, by name."""
    waiting = [(folder, True)]
    while waiting:
        path, is_folder = waiting.pop()
        if is_folder:
            waiting += reversed(_taken_in(path))
        else:
            yield path


def _taken_in(folder: Path) -> list[tuple[Path, bool]]:
    """Return the recordings and the folders in a folder by name, and which of both each is."""
    try:
        with os.scandir(folder) as found:
            entries = [*found]
        # These know their text and their name, which take longer to find than all else.
        paths = sorted(folder.iterdir(), key=attrgetter("name"))
    except OSError as error:
        raise InputError(
            f"{error.filename}: cannot be read: {error.strerror}",
            fix="check that you may read the folder, or give its files",
            code="Z401",
        ) from error
    folders = {entry.name: entry for entry in entries if _is_folder(entry)}
    names = {entry.name for entry in entries} - folders.keys()
    regular = {entry.name for entry in entries if entry.is_file(follow_symlinks=False)}
    taken = []
    for path in paths:
        name = path.name
        if name in names:
            if _is_taken((name,)) and (name in regular or path.is_file()):
                taken.append((path, False))
        elif name in folders and not name.startswith(_HIDDEN):
            is_own = OWN_FOLDERS.get(name) in names or is_capture(path)
            if not is_own and not folders[name].is_symlink():
                taken.append((path, True))
    return taken


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _matched(pattern: Path) -> list[Path]:
    found = [Path(name) for name in glob(str(pattern), recursive=True)]
    found.sort(key=lambda path: str(path).split(os.sep))  # as paths are, in a fourth of the time
    taken = (capture_in(path) if os.path.isdir(path) else path for path in found)
    files = [path for path in taken if path is not None]
    if not files:
        raise InputError(
            f"{pattern}: no file matches", fix="check the pattern and the folder", code="Z401"
        )
    return files


def check_is_no_address(path: Path) -> None:
    """Raise InputError if this is an address, which may hold secrets, rather than a file."""
    if scheme_of(path) and not path.exists():
        raise InputError(
            f"{shown_address(address_of(str(path)))} is an address, not a file",
            fix=f"fetch it to a file first; stores are read by {', '.join(STORES)}",
            code="Z401",
        )
