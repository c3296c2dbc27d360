"""The output of a backfill in a store of objects, through pyarrow.

Rule 1: a file is written on this machine first, and uploaded once it is finished: an upload that is
broken off may leave an object that is cut short. It has a name of its own attempt, and a marker
that names it is only written behind a whole one.
Rule 2: a store has no rename and no lock: nothing here needs one.
"""

import io
import tempfile
import time
from pathlib import Path
from typing import IO, Any, Final
from uuid import uuid4

from protocol.errors import ResultLogError
from zreplay.backfilling.store import written
from zreplay.recordings.object_path import ObjectPath
from zreplay.recordings.object_store import failed, store_of

UPLOAD_BYTES: Final = 8 * 1024 * 1024
WAITS_SECONDS: Final = (0.5, 2.0)
"""Before an upload that failed is tried again, from its beginning."""


class ObjectOutput:
    """The objects below an address."""

    def __init__(self, out: ObjectPath, scratch: Path | None) -> None:
        self.path: Path = out
        self.folder: Path | None = None
        self._out = out
        self._scratch = scratch or Path(tempfile.gettempdir())
        self._store = store_of(out.scheme)

    def scratch(self) -> Path:
        with written(self._scratch):
            self._scratch.mkdir(parents=True, exist_ok=True)
        return self._scratch / f"zreplay-backfill-{uuid4().hex}.tmp"

    def publish(self, scratch: Path, name: str) -> None:
        """Upload a finished file, and look whether it is there as a whole."""
        with written(self._scratch):
            size_bytes = scratch.stat().st_size
            with scratch.open("rb") as file:
                self._upload(name, file)
            scratch.unlink()
        if (found := self._info(name).size) != size_bytes:
            raise ResultLogError(
                f"{self._out}/{name}: has {found} bytes, not {size_bytes}", code="Z602"
            )

    def replace(self, name: str, data: bytes) -> None:
        self._upload(name, io.BytesIO(data))

    def create(self, name: str, data: bytes) -> bool:
        """Two that ask at once may both write: what both have written is as good."""
        if self._info(name).is_file:
            return False
        self.replace(name, data)
        return True

    def read(self, name: str) -> bytes | None:
        if not self._info(name).is_file:
            return None
        with self.open(name) as file:
            return file.read()

    def open(self, name: str) -> IO[bytes]:
        try:
            stream: IO[bytes] = self._store.open_input_file(self._key(name))
        except OSError as error:
            raise self._failed(name, "cannot be read", error) from None
        return stream

    def sizes(self, folder: str) -> dict[str, int]:
        from pyarrow import fs

        below = self._key(folder) if folder else self._out.key
        try:
            selector = fs.FileSelector(below, allow_not_found=True, recursive=True)
            infos = self._store.get_file_info(selector)
        except OSError as error:
            raise self._failed(folder, "cannot be looked at", error) from None
        prefix = len(self._out.key) + 1
        return {info.path[prefix:]: info.size for info in infos if info.is_file}

    def remove(self, name: str) -> None:
        try:
            if self._info(name).is_file:
                self._store.delete_file(self._key(name))
        except OSError as error:
            raise self._failed(name, "cannot be removed", error) from None

    def _upload(self, name: str, file: IO[bytes]) -> None:
        """Write an object; the library does not ask a second time to put its pieces together."""
        for wait_seconds in (*WAITS_SECONDS, None):
            file.seek(0)
            try:
                with self._store.open_output_stream(self._key(name)) as stream:
                    while data := file.read(UPLOAD_BYTES):
                        stream.write(data)
                return
            except OSError as error:
                found = self._failed(name, "cannot be written", error)
            if wait_seconds is None or not found.may_pass:
                raise found
            time.sleep(wait_seconds)

    def _info(self, name: str) -> Any:
        try:
            return self._store.get_file_info(self._key(name))
        except OSError as error:
            raise self._failed(name, "cannot be looked at", error) from None

    def _key(self, name: str) -> str:
        return f"{self._out.key}/{name}"

    def _failed(self, name: str, what: str, error: OSError) -> ResultLogError:
        said = failed(ObjectPath(f"{self._out}/{name}"), what, error)
        found = ResultLogError(said.what, fix=said.fix, code="Z602")
        found.may_pass = said.may_pass
        return found
