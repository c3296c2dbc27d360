"""A store of objects on the loopback, as much of S3 as we use: get by ranges, head, list, put in
one piece or in parts, delete.

It can break off answers in the middle, refuse, fail, be slow, and change an object under a reader.
"""

import hashlib
import io
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape, unescape

import pytest

from zreplay.recordings import object_store
from zreplay.recordings.object_heads import ObjectHeads

BUCKET = "bucket"
KEY, SECRET = "AKIALOOPBACKUSER", "a+secret/of+nobody"
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class ObjectServer(ThreadingHTTPServer):
    """Serves `objects`, by their keys in the one bucket."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.fetched_bytes = 0
        self.breaks = 0
        """So many answers to come end in the middle."""

        self.is_refusing = False
        self.fails: list[int] = []
        """The statuses with which the next requests that write are answered."""
        self.delay_seconds = 0.0
        """How long each request takes at least."""
        self.is_unwell = False
        """Each request is first answered with 500 or 503 in turn; the next time, it is taken."""
        self.before_body: Callable[[], None] = lambda: None
        """Called when a request that writes has begun to come."""

        self._answered_badly: dict[str, int] = {}
        self.pause = threading.Event()
        self.uploads: dict[str, dict[int, bytes]] = {}

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process needs to reach it, and nothing else."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.server_port}",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def bad_answer(self, request: str) -> int | None:
        """Take note of a request; return the status of the failure that is its answer, if it is."""
        if self.delay_seconds:
            self.pause.wait(self.delay_seconds)
        if self.fails and not request.startswith(("GET", "HEAD")):
            return self.fails.pop(0)
        if not self.is_unwell or request in self._answered_badly:
            return None
        self._answered_badly[request] = (500, 503)[len(self._answered_badly) % 2]
        return self._answered_badly[request]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that left."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ObjectServer

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer(has_body=False)

    def do_GET(self) -> None:
        self._answer(has_body=True)

    def do_PUT(self) -> None:
        self._write()

    def do_POST(self) -> None:
        self._write()

    def do_DELETE(self) -> None:
        self._write()

    def _write(self) -> None:
        url = urlsplit(self.path)
        asked = {key: value[0] for key, value in parse_qs(url.query, True).items()}
        self.server.before_body()
        body = self._body()
        self.server.requests.append(f"{self.command} {unquote(self.path)}")
        key = unquote(url.path).lstrip("/").partition("/")[2]
        if (status := self.server.bad_answer(self.server.requests[-1])) is not None:
            return self._send(status, _error("InternalError"), {}, has_body=True)
        if self.server.is_refusing or KEY not in self.headers.get("Authorization", ""):
            return self._send(403, _error("AccessDenied"), {}, has_body=True)
        said = {"ETag": f'"{hashlib.md5(body).hexdigest()}"'}
        if self.command == "DELETE":
            self.server.objects.pop(key, None)
            return self._send(204, b"", {}, has_body=False)
        if "uploads" in asked:
            name = f"upload-{len(self.server.uploads)}"
            self.server.uploads[name] = {}
            return self._send(200, _upload(key, name), {}, has_body=True)
        if "partNumber" in asked:
            self.server.uploads[asked["uploadId"]][int(asked["partNumber"])] = body
        elif "uploadId" in asked:
            parts = self.server.uploads.pop(asked["uploadId"])
            self.server.objects[key] = b"".join(parts[number] for number in sorted(parts))
            return self._send(200, _completed(key), {}, has_body=True)
        elif "delete" in asked:
            for found in re.findall(rb"<Key>(.*?)</Key>", body):
                self.server.objects.pop(unescape(found.decode()), None)
            return self._send(200, b"<DeleteResult></DeleteResult>", {}, has_body=True)
        elif key and not key.endswith("/"):
            self.server.objects[key] = body
        return self._send(200, b"", said, has_body=True)

    def _body(self) -> bytes:
        """Return what was sent, without what frames it where it comes in chunks."""
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        else:
            data = _without_chunks(self.rfile)
            self.rfile.readline()
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            data = _without_chunks(io.BytesIO(data))
        return data

    def _answer(self, *, has_body: bool) -> None:
        url = urlsplit(self.path)
        asked = self.headers.get("Range", "")
        self.server.requests.append(f"{self.command} {unquote(self.path)} {asked}".strip())
        bucket, _, key = unquote(url.path).lstrip("/").partition("/")
        if (status := self.server.bad_answer(f"{self.command} {self.path} {asked}")) is not None:
            return self._send(status, _error("InternalError"), {}, has_body=has_body)
        if self.server.is_refusing or KEY not in self.headers.get("Authorization", ""):
            return self._send(403, _error("AccessDenied"), {}, has_body=has_body)
        if "list-type" in url.query:
            return self._send(200, self._listed(parse_qs(url.query)), {}, has_body=has_body)
        data = self.server.objects.get(key) if bucket == BUCKET else None
        if data is None:
            return self._send(404, _error("NoSuchKey"), {}, has_body=has_body)
        said = {
            "ETag": f'"{hashlib.md5(data).hexdigest()}"',
            "Last-Modified": "Thu, 02 Oct 2025 00:00:00 GMT",
        }
        found = _RANGE.fullmatch(asked)
        if found is None:
            return self._send(200, data, said, has_body=has_body)
        first, last = int(found[1]), min(len(data), int(found[2] or len(data)) + 1)
        said["Content-Range"] = f"bytes {first}-{last - 1}/{len(data)}"
        return self._send(206, data[first:last], said, has_body=has_body)

    def _send(self, status: int, body: bytes, said: Mapping[str, str], *, has_body: bool) -> None:
        self.send_response(status)
        for name, value in {**said, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if not has_body:
            return
        if status == 206 and self.server.breaks:
            self.server.breaks -= 1
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.server.fetched_bytes += len(body)
        self.wfile.write(body)

    def _listed(self, asked: Mapping[str, list[str]]) -> bytes:
        prefix = asked.get("prefix", [""])[0]
        delimiter = asked.get("delimiter", [""])[0]
        folders, contents = set(), []
        for key, data in sorted(self.server.objects.items()):
            if not key.startswith(prefix):
                continue
            rest = key[len(prefix) :]
            if delimiter and delimiter in rest:
                folders.add(prefix + rest.partition(delimiter)[0] + delimiter)
            else:
                contents.append(
                    f"<Contents><Key>{escape(key)}</Key><Size>{len(data)}</Size>"
                    "<LastModified>2025-10-02T00:00:00.000Z</LastModified></Contents>"
                )
        prefixes = [
            f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>"
            for folder in sorted(folders)
        ]
        count = len(contents) + len(prefixes)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            f"<ListBucketResult><Name>{BUCKET}</Name><Prefix>{escape(prefix)}</Prefix>"
            f"<KeyCount>{count}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>"
            f"{''.join(contents)}{''.join(prefixes)}</ListBucketResult>"
        ).encode()


def _without_chunks(file: IO[bytes]) -> bytes:
    pieces = []
    while size := int(file.readline().split(b";")[0].strip() or b"0", 16):
        pieces.append(file.read(size))
        file.readline()
    return b"".join(pieces)


def _upload(key: str, name: str) -> bytes:
    return (
        f"<InitiateMultipartUploadResult><Bucket>{BUCKET}</Bucket><Key>{escape(key)}</Key>"
        f"<UploadId>{name}</UploadId></InitiateMultipartUploadResult>"
    ).encode()


def _completed(key: str) -> bytes:
    return (
        f"<CompleteMultipartUploadResult><Bucket>{BUCKET}</Bucket><Key>{escape(key)}</Key>"
        '<ETag>"whole"</ETag></CompleteMultipartUploadResult>'
    ).encode()


def _error(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>{KEY}</Message></Error>".encode()


@contextmanager
def object_server() -> Iterator[ObjectServer]:
    """Serve objects for the duration of the context."""
    server = ObjectServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def stored_objects() -> Iterator[ObjectServer]:
    """Serve objects to this process, which forgets the store and what was in it afterwards."""
    with object_server() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        patch.setattr(object_store, "HEADS", ObjectHeads(object_store._fetched))
        object_store.store_of.cache_clear()
        try:
            yield server
        finally:
            object_store.store_of.cache_clear()
