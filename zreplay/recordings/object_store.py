"""Objects of a store, read by ranges through pyarrow: there is nothing else to install.

A request is tried TRIES times; what fails then is an error that names the address and the kind of
failure. What the library says beside that may hold parts of credentials, and is never shown.
"""

import hashlib
import os
import re
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from io import SEEK_CUR, SEEK_END, SEEK_SET, RawIOBase
from typing import Any, Final

from protocol.errors import InputError
from protocol.program.diagnostics import Log
from protocol.shown_address import shown_address
from zreplay.recordings.object_heads import ObjectHead, ObjectHeads, ObjectStamp
from zreplay.recordings.object_path import FETCH_CODE, UNTESTED_STORES, ObjectPath, checked_key

TRIES: Final = 4
CONNECT_SECONDS: Final = 10
REQUEST_SECONDS: Final = 30
"""Without a byte."""

FIRST_BYTES: Final = 64 * 1024
MOST_BYTES: Final = 4 * 1024 * 1024
"""How much a request asks for, if less is wanted: at first, and once it goes on and on."""

_AWS_ERROR: Final = re.compile(r"AWS Error ([A-Z_]+)")
_HTTP_STATUS: Final = re.compile(r"HTTP status (\d{3})")
_MISSING: Final = ("RESOURCE_NOT_FOUND", "NO_SUCH_KEY", "NO_SUCH_BUCKET")
_NOT_THERE: Final = "there is no such object"
_DENIED: Final = "access is denied"
_FIX: Final = (
    "check the address and the credentials, which come from the environment or the usual files "
    "(AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL)"
)


log = Log("zreplay")


class StoredObject(RawIOBase):
    """One object as it was when it was opened. One thread reads it at a time.

    Raises:
        InputError: it is not there, or cannot be reached or read by this user.
    """

    def __init__(self, path: ObjectPath, *, is_looked_up: bool = True) -> None:
        super().__init__()
        self._path = path
        self._file: Any = None
        self._held_from, self._held = 0, b""
        head = HEADS.find(path, with_data=True) if is_looked_up else None
        if head is not None:
            self.stamp, self._held = head.stamp, head.data or b""
        else:
            self._file = _opened(path)
            self.stamp = _stamp_of(self._file)
        self.size_bytes = self.stamp.size_bytes
        self._at = 0
        self._ahead_bytes = FIRST_BYTES

    def read_at(self, offset: int, most_bytes: int) -> bytes:
        """Return the bytes there, fewer only at the end.

        Raises:
            InputError: they cannot be fetched, or it has become another object.
        """
        wanted = max(0, min(most_bytes, self.size_bytes - offset))
        if not wanted:
            return b""
        first = offset - self._held_from
        if not 0 <= first <= first + wanted <= len(self._held):
            self._fetch(offset, wanted)
            first = 0
        return self._held[first : first + wanted]

    def _fetch(self, offset: int, wanted: int) -> None:
        is_next = self._held_from < offset <= self._held_from + len(self._held)
        self._ahead_bytes = min(MOST_BYTES, 2 * self._ahead_bytes) if is_next else FIRST_BYTES
        size = min(max(wanted, self._ahead_bytes), self.size_bytes - offset)
        if self._file is None:
            self._file = _opened(self._path)
        try:
            data = self._file.read_at(size, offset)
        except OSError as error:
            raise failed(self._path, f"cannot be read at byte {offset}", error) from None
        # The library asks for the object that is there now, and fills up with zeros what a
        # shorter one lacks.
        if len(data) != size or not self._is_as_it_was():
            raise InputError(
                f"{shown_address(str(self._path))}: was replaced while it was read",
                fix="give an object that stays as it is, and start over: --fresh",
                code=FETCH_CODE,
            )
        self._held_from, self._held = offset, data

    def _is_as_it_was(self) -> bool:
        with _opened(self._path) as file:
            return _stamp_of(file) == self.stamp

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        base = {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self.size_bytes}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        data = self.read_at(self._at, self.size_bytes if size is None or size < 0 else size)
        self._at += len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            if self._file is not None:
                self._file.close()
            self._held = b""
        super().close()


def stamp_of_object(path: ObjectPath) -> ObjectStamp | None:
    """Return what tells an object from another, None if it is not there or cannot be reached."""
    if (head := HEADS.find(path, with_data=False)) is not None:
        return head.stamp
    try:
        with _opened(path) as file:
            return _stamp_of(file)
    except InputError:
        return None


def objects_at(paths: Iterable[ObjectPath]) -> dict[ObjectPath, list[ObjectPath] | None]:
    """Return for each address the objects below it; None if it is no folder.

    Raises:
        InputError: the store cannot be asked.
    """
    from pyarrow import fs

    asked = list(paths)
    found: dict[ObjectPath, list[ObjectPath] | None] = {}
    for scheme in {path.scheme for path in asked}:
        of_store = [path for path in asked if path.scheme == scheme]
        try:
            infos = store_of(scheme).get_file_info([path.key for path in of_store])
            for path, info in zip(of_store, infos, strict=True):
                is_folder = info.type == fs.FileType.Directory
                found[path] = _below(path) if is_folder else None
        except OSError as error:
            raise failed(of_store[0], "cannot be looked at", error) from None
    return found


def objects_below(folder: ObjectPath) -> list[ObjectPath]:
    """Return all objects below a folder, none if there is none.

    Raises:
        InputError: the store cannot be asked.
    """
    try:
        return _below(folder)
    except OSError as error:
        raise failed(folder, "cannot be looked at", error) from None


def failed(path: ObjectPath, what: str, error: BaseException) -> InputError:
    """Return the error of what failed, with nothing of what the library says but its kind."""
    text = str(error)
    kind, status = _AWS_ERROR.search(text), _HTTP_STATUS.search(text)
    is_missing = bool(kind and kind[1] in _MISSING) or bool(status and status[1] == "404")
    if isinstance(error, FileNotFoundError) or is_missing:
        why = _NOT_THERE
    elif kind and kind[1] == "NETWORK_CONNECTION":
        why = f"the connection failed {TRIES} times"
    elif (kind and kind[1] == "ACCESS_DENIED") or (status and status[1] in ("401", "403")):
        why = _DENIED
    elif kind and kind[1] != "UNKNOWN":
        why = kind[1].lower().replace("_", " ")
    else:
        why = f"the store answers {status[1]}" if status else "the store does not give it"
    found = InputError(f"{shown_address(str(path))}: {what}: {why}", fix=_FIX, code=FETCH_CODE)
    found.may_pass = why not in (_NOT_THERE, _DENIED)
    return found


def _opened(path: ObjectPath) -> Any:
    try:
        return store_of(path.scheme).open_input_file(path.key)
    except (OSError, ValueError) as error:
        raise failed(path, "cannot be opened", error) from None


def _stamp_of(file: Any) -> ObjectStamp:
    said = {name.lower(): value for name, value in (file.metadata() or {}).items()}
    tag = said.get("etag") or said.get("last-modified") or b""
    return ObjectStamp(file.size(), hashlib.sha256(bytes(tag)).digest())


def _below(folder: ObjectPath) -> list[ObjectPath]:
    from pyarrow import fs

    selector = fs.FileSelector(folder.key, allow_not_found=True, recursive=True)
    infos = store_of(folder.scheme).get_file_info(selector)
    return [
        checked_key(f"{folder.scheme}://{info.path}")
        for info in infos
        if info.type == fs.FileType.File
    ]


def _fetched(path: ObjectPath, with_data: bool) -> ObjectHead:
    """Return an object and, if that is wanted, how it begins."""
    if not with_data:
        with _opened(path) as file:
            return ObjectHead(_stamp_of(file), None)
    with StoredObject(path, is_looked_up=False) as stored:
        return ObjectHead(stored.stamp, stored.read_at(0, FIRST_BYTES))


HEADS: Final = ObjectHeads(_fetched)
"""What is known of the objects that are about to be read."""


@lru_cache
def store_of(scheme: str) -> Any:
    """Return the store of a scheme; its connections are this process's own."""
    from pyarrow import fs

    if scheme in UNTESTED_STORES:
        log.warning("this kind of store is untested", store=f"{scheme}://")
    if scheme == "gs":
        return fs.GcsFileSystem(retry_time_limit=timedelta(seconds=TRIES * REQUEST_SECONDS))
    if scheme == "abfs":
        return fs.AzureFileSystem(account_name=os.environ.get("AZURE_STORAGE_ACCOUNT", ""))
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    return fs.S3FileSystem(
        endpoint_override=endpoint,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=TRIES),
        connect_timeout=CONNECT_SECONDS,
        request_timeout=REQUEST_SECONDS,
        # What is small is put by one request, and not by three.
        allow_delayed_open=True,  # type: ignore[call-arg]  # the stubs do not have it
    )
