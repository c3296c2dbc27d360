"""A message <-> the bytes of one frame.

    +------+---------+------+-----------+----------------------------------+
    | "ZR" | version | type | crc32(LE) | body: a msgpack array            |
    | 2 B  | u8      | u8   | u32       | the message's fields, in order   |
    +------+---------+------+-----------+----------------------------------+

The crc covers the body. Columns and texts are msgpack bin, names and reasons are str,
nested tuples are arrays. Change a field, and VERSION changes with it.
"""

import struct
import zlib
from collections.abc import Callable
from dataclasses import fields
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]  # ships no types

from protocol.errors import MalformedMessage
from protocol.messages import (
    MAX_BATCH_QUOTES,
    MAX_CURSOR_BYTES,
    MAX_HELD_RANGES,
    MODES,
    NONCE_BYTES,
    RUN_BYTES,
    STAMPS,
    Ack,
    Batch,
    Buffer,
    Columns,
    Fenced,
    Hello,
    Message,
    Offer,
    Ping,
    Refused,
    Report,
    Result,
    Welcome,
    WorkerReport,
)

MAGIC: Final = b"ZR"
VERSION: Final = 1
HEADER: Final = struct.Struct("<2sBBI")
MAX_FRAME_BYTES: Final = 16 * 1024 * 1024
MAX_TEXT_CHARS: Final = 4096
MAX_WORKERS: Final = 1024
_INT64_MAX: Final = 2**63 - 1

TYPES: Final[dict[int, type[Any]]] = {
    1: Batch,
    2: Result,
    10: Hello,
    11: Offer,
    12: Welcome,
    13: Ping,
    14: Ack,
    15: Report,
    16: Fenced,
    17: Refused,
}
_TYPE_NUMBERS: Final = {kind: number for number, kind in TYPES.items()}
_FIELDS: Final = {
    kind: tuple(field.name for field in fields(kind))
    for kind in (*TYPES.values(), Columns, WorkerReport)
}


def encode(message: Message) -> bytes:
    """Return the one frame of a message."""
    packer = msgpack.Packer(autoreset=False, default=_as_array)
    packer.pack(_as_array(message))
    body = packer.getbuffer()
    number = _TYPE_NUMBERS[type(message)]
    header = HEADER.pack(MAGIC, VERSION, number, zlib.crc32(body))
    return b"".join((header, body))


def _as_array(value: Any) -> tuple[Any, ...]:
    return tuple(getattr(value, name) for name in _FIELDS[type(value)])


def decode(frame: Buffer) -> Message:
    """Return the checked message of a frame.

    Raises:
        MalformedMessage: the magic, version, crc, arity, a type, a length or a range of it
            does not hold. The text says which.
    """
    if len(frame) < HEADER.size:
        raise MalformedMessage(f"frame of {len(frame)} bytes has no header")
    if len(frame) > MAX_FRAME_BYTES:
        raise MalformedMessage(f"frame of {len(frame)} bytes is over {MAX_FRAME_BYTES}")
    magic, version, number, crc = HEADER.unpack_from(frame)
    if magic != MAGIC:
        raise MalformedMessage(f"magic was {magic!r}, expected {MAGIC!r}")
    if version != VERSION:
        raise MalformedMessage(f"protocol version was {version}, expected {VERSION}")
    kind = TYPES.get(number)
    if kind is None:
        raise MalformedMessage(f"message type was {number}, which is not known")
    body = memoryview(frame)[HEADER.size :]
    if zlib.crc32(body) != crc:
        raise MalformedMessage(f"crc of a {kind.__name__} does not match its body")
    values = _unpack(body, kind)
    try:
        return _CHECKS[kind](values)
    except _Unfit as unfit:
        raise MalformedMessage(f"{kind.__name__}: {unfit}") from None


def _unpack(body: memoryview, kind: type[Any]) -> tuple[Any, ...]:
    try:
        values = msgpack.unpackb(
            body,
            use_list=False,
            strict_map_key=True,
            max_map_len=0,
            max_ext_len=0,
            max_bin_len=MAX_FRAME_BYTES,
            max_str_len=MAX_TEXT_CHARS * 4,
            max_array_len=MAX_BATCH_QUOTES,
        )
    except (ValueError, RecursionError) as error:
        raise MalformedMessage(f"{kind.__name__}: body is not msgpack: {error}") from None
    arity = len(_FIELDS[kind])
    if not isinstance(values, tuple) or len(values) != arity:
        raise MalformedMessage(f"{kind.__name__}: body is not an array of {arity} fields")
    return values


class _Unfit(Exception):
    """A field is not what its message says it is."""


def _integer(name: str, value: Any, low: int = 0, high: int = _INT64_MAX) -> int:
    if type(value) is not int or not low <= value <= high:
        raise _Unfit(f"{name} was {value!r:.40}, expected an integer in {low} .. {high}")
    return value


def _number(name: str, value: Any) -> float:
    if type(value) is not float:
        raise _Unfit(f"{name} was {value!r:.40}, expected a float")
    return value


def _flag(name: str, value: Any) -> bool:
    if type(value) is not bool:
        raise _Unfit(f"{name} was {value!r:.40}, expected true or false")
    return value


def _text(name: str, value: Any, among: tuple[str, ...] | None = None) -> str:
    if type(value) is not str or len(value) > MAX_TEXT_CHARS:
        raise _Unfit(f"{name} was {value!r:.40}, expected a short text")
    if among is not None and value not in among:
        raise _Unfit(f"{name} was {value!r:.40}, expected one of {among}")
    return value


def _binary(name: str, value: Any, size: int | None = None) -> bytes:
    if type(value) is not bytes or (size is not None and len(value) != size):
        expected = "bytes" if size is None else f"{size} bytes"
        raise _Unfit(f"{name} was a {type(value).__name__}, expected {expected}")
    return value


def _cursor(value: Any) -> bytes:
    cursor = _binary("cursor", value)
    if len(cursor) > MAX_CURSOR_BYTES:
        raise _Unfit(f"cursor of {len(cursor)} bytes is over {MAX_CURSOR_BYTES}")
    return cursor


def _array(name: str, value: Any, most: int, arity: int | None = None) -> tuple[Any, ...]:
    if type(value) is not tuple or len(value) > most:
        raise _Unfit(f"{name} was a {type(value).__name__}, expected up to {most} items")
    if arity is not None and any(
        type(item) is not tuple or len(item) != arity for item in value
    ):
        raise _Unfit(f"{name} holds an item that is not an array of {arity}")
    return value


def _batch(values: tuple[Any, ...]) -> Batch:
    run, epoch, first, count, segment, reason, mode, attempt, cursor, columns = values
    count = _integer("count", count, 1, MAX_BATCH_QUOTES)
    return Batch(
        _binary("run", run, RUN_BYTES),
        _integer("epoch", epoch),
        _integer("first", first, 0, _INT64_MAX - count),
        count,
        _integer("segment", segment),
        _text("reason", reason),
        _text("mode", mode, MODES),
        _integer("attempt", attempt, 1),
        _cursor(cursor),
        _columns(columns, count),
    )


def _columns(value: Any, count: int) -> Columns:
    if type(value) is not tuple or len(value) != len(_FIELDS[Columns]):
        raise _Unfit(f"columns are not an array of {len(_FIELDS[Columns])}")
    columns = Columns(*value)
    names = _array("ticker_names", columns.ticker_names, count)
    for name in names:
        _text("ticker name", name)
    for name in _FIELDS[Columns][:7]:
        _binary(name, getattr(columns, name), 8 * count)
    codes = _binary("ticker_codes", columns.ticker_codes, 4 * count)
    if _largest_code(codes) >= len(names):
        raise _Unfit(f"ticker_codes point past the {len(names)} ticker names")
    return columns


def _largest_code(codes: bytes) -> int:
    """Return the largest as u32, so that a negative code is too large as well."""
    import numpy as np  # here, for `ctl` and `top` start without it

    return int(np.frombuffer(codes, "<u4").max())


def _result(values: tuple[Any, ...]) -> Result:
    run, epoch, first, count, cursor, threshold_ms, stamp, *rest = values
    mids, errors, skipped, worker, busy_ns = rest
    count = _integer("count", count, 1, MAX_BATCH_QUOTES)
    return Result(
        _binary("run", run, RUN_BYTES),
        _integer("epoch", epoch),
        _integer("first", first, 0, _INT64_MAX - count),
        count,
        _cursor(cursor),
        _number("threshold_ms", threshold_ms),
        _text("stamp", stamp, STAMPS),
        _binary("mids", mids),
        _binary("errors", errors),
        _integer("skipped", skipped, 0, count),
        _text("worker", worker),
        _integer("busy_ns", busy_ns),
    )


def _hello(values: tuple[Any, ...]) -> Hello:
    run, nonce, *epochs = values
    return Hello(
        _binary("run", run, RUN_BYTES),
        _binary("nonce", nonce, NONCE_BYTES),
        *(_integer("epoch or incarnation", value) for value in epochs),
    )


def _offer(values: tuple[Any, ...]) -> Offer:
    nonce, incarnation, epoch = values
    return Offer(
        _binary("nonce", nonce, NONCE_BYTES),
        _integer("sink_incarnation", incarnation),
        _integer("sink_epoch", epoch),
    )


def _welcome(values: tuple[Any, ...]) -> Welcome:
    nonce, epoch, next_, limit, cursor, incarnation, finished = values
    return Welcome(
        _binary("nonce", nonce, NONCE_BYTES),
        _integer("epoch", epoch),
        _integer("next", next_),
        _integer("limit", limit),
        _cursor(cursor),
        _integer("sink_incarnation", incarnation),
        _flag("finished", finished),
    )


def _ping(values: tuple[Any, ...]) -> Ping:
    run, epoch, end = values
    return Ping(
        _binary("run", run, RUN_BYTES),
        _integer("epoch", epoch),
        None if end is None else _integer("end", end),
    )


def _ack(values: tuple[Any, ...]) -> Ack:
    run, epoch, next_, limit, incarnation, held, mids, skipped, finished, stalled = values
    for first, count in _array("held", held, MAX_HELD_RANGES, 2):
        _integer("held first", first)
        _integer("held count", count)
    return Ack(
        _binary("run", run, RUN_BYTES),
        _integer("epoch", epoch),
        _integer("next", next_),
        _integer("limit", limit),
        _integer("sink_incarnation", incarnation),
        held,
        _integer("mids", mids),
        _integer("skipped", skipped),
        _flag("finished", finished),
        _text("stalled", stalled),
    )


def _report(values: tuple[Any, ...]) -> Report:
    workers, duplicates, refused, problem = values
    rows = []
    for worker, *numbers in _array("workers", workers, MAX_WORKERS, 4):
        counts = [_integer("worker count", number) for number in numbers]
        rows.append(WorkerReport(_text("worker", worker), *counts))
    return Report(
        tuple(rows),
        _integer("duplicates", duplicates),
        _integer("refused", refused),
        _text("problem", problem),
    )


def _fenced(values: tuple[Any, ...]) -> Fenced:
    held_epoch, epoch = values
    return Fenced(_integer("held_epoch", held_epoch), _integer("epoch", epoch))


def _refused(values: tuple[Any, ...]) -> Refused:
    nonce, what, fix = values
    return Refused(
        _binary("nonce", nonce, NONCE_BYTES), _text("what", what), _text("fix", fix)
    )


_CHECKS: Final[dict[type[Any], Callable[[tuple[Any, ...]], Message]]] = {
    Batch: _batch,
    Result: _result,
    Hello: _hello,
    Offer: _offer,
    Welcome: _welcome,
    Ping: _ping,
    Ack: _ack,
    Report: _report,
    Fenced: _fenced,
    Refused: _refused,
}
