"""The rows that are no quotes, as a run has them in its rejected.log: beside what is written.

There is such a file only if there is such a row. Like the others it appears once it is whole; one
of an earlier conversion goes.
"""

from pathlib import Path
from typing import IO, Self

from zreplay.conversion.staging import Staging
from zreplay.quotes.rejection import Rejection


class RejectedRows:
    """Takes rejections; without `commit`, nothing stays.

    Raises:
        ResultLogError: the disk does not take them.
    """

    def __init__(self, path: Path) -> None:
        self.count = 0
        self._path = path
        self._staging = Staging(path, is_folder=False, may_replace=True)
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        self._staging.__exit__()

    def append(self, rejection: Rejection) -> None:
        with self._staging.reported():
            if self._file is None:
                self._staging.__enter__()
                self._file = self._staging.part.open("wb")
            self._file.write(rejection.as_line())
        self.count += 1

    def commit(self) -> None:
        """Give the file its name, if there was a rejection."""
        with self._staging.reported():
            self._close()
            if not self.count:
                self._path.unlink(missing_ok=True)
                self._staging.part.unlink(missing_ok=True)  # of one that was killed
                return
        self._staging.commit()

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.close()
