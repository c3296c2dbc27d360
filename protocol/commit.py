"""A commit: how far the run has got, and its bytes in a slot of the ring.

    magic "ZRCOMMIT" | crc32 of the body u32 LE | length of the body u32 LE | body (msgpack)

The body holds the length of each file, with the crc of all bytes before it: so a torn or corrupted
one is detected, and a slot from before the damage is used (zmid/recovery.py).

Not SQLite: it costs more per commit (scripts/bench --libraries), and its write-ahead log needs
space that a full disk does not have; a slot has its space already.
"""

import math
import struct
from typing import Annotated, Final, Literal

import msgspec

from protocol.checks import declarations_misfit
from protocol.checksum import crc32
from protocol.declaration import Declarations
from protocol.errors import ResultLogError
from protocol.messages import COMMITS_KEPT, Buffer, Cursor, Instant, Natural, Run
from protocol.result_folder import ERRORS, MANIFEST, MIDS, OUTPUTS, TABLE

MAGIC: Final = b"ZRCOMMIT"
HEADER: Final = struct.Struct("<8sII")
SLOT_BYTES: Final = 64 * 1024
SLOT_COUNT: Final = COMMITS_KEPT
VERSION: Final = 6
READ_VERSIONS: Final = (5, 6)
"""Version 5 has no segments: what it lacks has a default."""

Crc = Annotated[int, msgspec.Meta(ge=0, lt=2**32)]


class Tail(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where the open segment of a log ends, and the crc32 of all its bytes before that.

    It is number `number` of the log, and begins at byte `start` of the whole log.
    """

    length: Natural = 0
    crc: Crc = 0
    number: Natural = 0
    start: Natural = 0

    def grown(self, text: Buffer) -> "Tail":
        """Return the tail once `text` has been appended."""
        crc = crc32(text, self.crc)
        return Tail(self.length + len(text), crc, self.number, self.start)

    @property
    def end(self) -> int:
        """The length of the whole log."""
        return self.start + self.length

    @property
    def begin(self) -> "Tail":
        """Where this segment began."""
        return Tail(number=self.number, start=self.start)

    @property
    def next(self) -> "Tail":
        """Where the segment behind this one begins."""
        return Tail(number=self.number + 1, start=self.end)


class Commit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Everything the sink knows durably. `number` counts the commits, `commanded` is of a PING.

    `latest_ns` is the latest arrival so far, `elapsed_ns` how far the arrivals have come
    (zmid/arrivals.py).
    """

    number: Natural
    run: Run
    epoch: Natural
    next: Natural
    cursor: Cursor
    mids_tail: Tail
    errors_tail: Tail
    mids: Natural
    skipped: Natural
    blank: Natural
    threshold_ms: float | None
    stamp: Literal["", "exchange", "arrival"]
    finished: bool
    commanded: Natural
    processors: Declarations
    output_tails: tuple[Tail, ...]
    manifest_tail: Tail = Tail()
    latest_ns: Instant | None = None
    elapsed_ns: Natural = 0

    @property
    def tails(self) -> dict[str, Tail]:
        """Where each file ends, by its name: the two logs first, the manifest last."""
        tails = {MIDS: self.mids_tail, ERRORS: self.errors_tail}
        if self.processors:
            tails |= zip(output_names(self.processors), self.output_tails, strict=True)
        if self.manifest_tail.length:
            tails[MANIFEST] = self.manifest_tail
        return tails


def output_names(processors: Declarations) -> list[str]:
    """Return the names in the folder of the files that these processors write, in order."""
    files = (output.name for each in processors for output in each.outputs)
    return [TABLE if name == TABLE else f"{OUTPUTS}/{name}" for name in files]


def pack(commit: Commit) -> bytes:
    """Return the bytes of a slot."""
    body = msgspec.msgpack.encode((VERSION, *msgspec.structs.astuple(commit)))
    slot = HEADER.pack(MAGIC, crc32(body), len(body)) + body
    if len(slot) > SLOT_BYTES:
        raise ValueError(f"commit of {len(slot)} bytes does not fit a slot of {SLOT_BYTES}")
    return slot


def unpack(slot: bytes) -> Commit | None:
    """Return the commit in a slot, None if it is torn, corrupted, or was never written.

    Raises:
        ResultLogError: it is intact, but of another version, or its contents are not a commit.
    """
    if len(slot) < HEADER.size:
        return None
    magic, crc, length = HEADER.unpack_from(slot)
    body = slot[HEADER.size : HEADER.size + length]
    if magic != MAGIC or len(body) != length or crc32(body) != crc:
        return None
    try:
        version, *values = msgspec.msgpack.decode(body)
        commit = msgspec.convert(values, Commit) if version in READ_VERSIONS else None
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as error:
        raise _no_commit(f"{error}") from None
    if commit is None:
        raise ResultLogError(
            f"commit.ring holds a run of version {version!r:.20}, this sink reads {VERSION}",
            fix="finish the run with the version that began it, or start over: --fresh",
            code="Z608",
        )
    if commit.threshold_ms is not None and not math.isfinite(commit.threshold_ms):
        raise _no_commit(f"its threshold is {commit.threshold_ms}")
    if problem := declarations_misfit(commit.processors, len(commit.output_tails)):
        raise _no_commit(problem)
    return commit


def _no_commit(why: str) -> ResultLogError:
    return ResultLogError(
        f"commit.ring holds a slot that is intact but not a commit: {why:.200}",
        fix="start over: --fresh",
        code="Z605",
    )
