"""The files of an earlier run, set aside by `--fresh` until the new run has begun.

A start that fails or is refused puts them back, and one that was killed has removed nothing:

    NAME.part   being filled or emptied: what is in it belongs back
    NAME        what was there before
    NAME.gone   being removed
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from protocol.errors import ResultLogError


class Earlier:
    """The folder `name` in a folder whose files and folders are `names`, under its owner's lock.

    Each method raises ResultLogError if the disk refuses; called again, it continues.
    """

    def __init__(self, folder: Path, name: str, names: Sequence[str]) -> None:
        self.path = folder / name
        self._folder = folder
        self._names = names
        self._part = folder / f"{name}.part"
        self._gone = folder / f"{name}.gone"
        try:
            self._move_back()
            shutil.rmtree(self._gone, ignore_errors=True)
        except OSError as error:
            raise self._failed("put back", error) from error

    @property
    def is_kept(self) -> bool:
        """True while something is set aside."""
        return self.path.is_dir()

    def set_aside(self) -> None:
        """Move the files away; those of a start that never began are removed."""
        try:
            if self.is_kept:
                self._remove_files()
                return
            there = [name for name in self._names if (self._folder / name).exists()]
            if not there:
                return
            self._part.mkdir()
            for name in there:
                (self._folder / name).rename(self._part / name)
            self._part.rename(self.path)
        except OSError as error:
            raise self._failed("set aside", error) from error

    def put_back(self) -> None:
        """Put back what was set aside, and remove whatever came after it."""
        if not self.is_kept:
            return
        try:
            self._remove_files()
            self.path.rename(self._part)
            self._move_back()
        except OSError as error:
            raise self._failed("put back", error) from error

    def remove(self) -> None:
        """Remove what was set aside: the new run has begun."""
        if not self.is_kept:
            return
        try:
            self.path.rename(self._gone)
            shutil.rmtree(self._gone)
        except OSError as error:
            raise self._failed("remove", error) from error

    def _remove_files(self) -> None:
        for name in self._names:
            path = self._folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def _move_back(self) -> None:
        if not self._part.is_dir():
            return
        for path in self._part.iterdir():
            path.replace(self._folder / path.name)
        self._part.rmdir()

    def _failed(self, verb: str, error: OSError) -> ResultLogError:
        return ResultLogError(
            f"cannot {verb} what an earlier run left in {self._folder}: {error.strerror}",
            fix="check the disk, or choose another folder",
            code="Z602",
        )
