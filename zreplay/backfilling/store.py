"""Where the output of a backfill is kept: a folder, or a place in a store of objects.

Names are relative, with slashes. What has a name is whole: it was written elsewhere, and only what
is finished is given a name.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol
from uuid import uuid4

from protocol.errors import NO_ROOM_ERRNOS, NoRoom, ResultLogError, write_fix
from zreplay.recordings.object_path import STORES, address_of, checked_key, scheme_of


class Store(Protocol):
    """Each method raises ResultLogError where it cannot be done."""

    path: Path
    folder: Path | None
    """Where the names are files of this machine, None in a store of objects."""

    def scratch(self) -> Path:
        """Return a new path of this machine, to write what `publish` then gives a name."""

    def publish(self, scratch: Path, name: str) -> None:
        """Give a finished file its name, in the place of what had it; the scratch is gone."""

    def replace(self, name: str, data: bytes) -> None:
        """Write a small file, in the place of what had the name."""

    def create(self, name: str, data: bytes) -> bool:
        """Write a small file unless the name is taken; return whether it was free."""

    def read(self, name: str) -> bytes | None:
        """Return a small file, None if there is none."""

    def open(self, name: str) -> IO[bytes]:
        """Open a file to read it through."""

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the bytes of each file in or below a folder, by its name."""

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""


def store_of(out: Path, scratch: Path | None = None) -> Store:
    """Return the store of an output; `scratch` is a folder of this machine for unfinished files.

    Raises:
        ResultLogError: it cannot be used.
    """
    if scheme_of(out) not in STORES:
        return FolderStore(out)
    from zreplay.backfilling.object_output import ObjectOutput

    return ObjectOutput(checked_key(address_of(str(out))), scratch)


class FolderStore:
    """A folder, of which any number of machines may write files side by side."""

    def __init__(self, out: Path) -> None:
        self.path = out
        self.folder: Path | None = out

    def scratch(self) -> Path:
        return self._place(f"parts/{uuid4().hex}.tmp")

    def publish(self, scratch: Path, name: str) -> None:
        place = self._place(name)
        with written(self.path):
            scratch.replace(place)

    def replace(self, name: str, data: bytes) -> None:
        self.publish(self._written(name, data), name)

    def create(self, name: str, data: bytes) -> bool:
        scratch = self._written(name, data)
        with written(self.path):
            try:
                os.link(scratch, self.path / name)
            except FileExistsError:
                return False
            finally:
                scratch.unlink(missing_ok=True)
        return True

    def read(self, name: str) -> bytes | None:
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(self.path / name, error) from error

    def open(self, name: str) -> IO[bytes]:
        try:
            return (self.path / name).open("rb")
        except OSError as error:
            raise _unreadable(self.path / name, error) from error

    def sizes(self, folder: str) -> dict[str, int]:
        found = {}
        for path in (self.path / folder).rglob("*"):
            with suppress(FileNotFoundError):  # of another client, or a task that is done
                if path.is_file():
                    found[path.relative_to(self.path).as_posix()] = path.stat().st_size
        return found

    def remove(self, name: str) -> None:
        path = self.path / name
        with written(self.path):
            path.unlink(missing_ok=True)
        if path.parent.parent != self.path:
            with suppress(OSError):  # others are in it
                path.parent.rmdir()

    def _written(self, name: str, data: bytes) -> Path:
        place = self._place(name)
        scratch = place.with_name(f"{place.name}.{uuid4().hex}.tmp")
        with written(self.path):
            scratch.write_bytes(data)
        return scratch

    def _place(self, name: str) -> Path:
        place = self.path / name
        with written(self.path):
            place.parent.mkdir(parents=True, exist_ok=True)
        return place


@contextmanager
def written(out: Path) -> Iterator[None]:
    """Say of an error of the disk which folder could not be written."""
    try:
        yield
    except OSError as error:
        what = f"cannot write {error.filename or out}: {error.strerror or error}"
        if error.errno in NO_ROOM_ERRNOS:
            raise NoRoom(what, fix="free some space; the same command goes on") from error
        raise ResultLogError(what, fix=write_fix(error), code="Z602") from error


def _unreadable(path: Path, error: OSError) -> ResultLogError:
    return ResultLogError(f"cannot read {path}: {error.strerror or error}", code="Z602")
