"""The fields of a received body -> its message, each field checked.

Nothing that was received touches any state before its type, length and range hold here.
"""

from collections.abc import Callable
from typing import Any, Final

from protocol.messages import (
    MAX_BATCH_QUOTES,
    MAX_CURSOR_BYTES,
    MAX_DIAGNOSTICS,
    MAX_HELD_RANGES,
    MAX_TEXT_CHARS,
    MODES,
    NONCE_BYTES,
    RUN_BYTES,
    STAMPS,
    Ack,
    Batch,
    Columns,
    Diagnostic,
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

MAX_WORKERS: Final = 1024
INT64_MAX: Final = 2**63 - 1


class Unfit(Exception):
    """A field is not what its message says it is."""


def _integer(name: str, value: Any, low: int = 0, high: int = INT64_MAX) -> int:
    if type(value) is not int or not low <= value <= high:
        raise Unfit(f"{name} was {value!r:.40}, expected an integer in {low} .. {high}")
    return value


def _number(name: str, value: Any) -> float:
    if type(value) is not float:
        raise Unfit(f"{name} was {value!r:.40}, expected a float")
    return value


def _flag(name: str, value: Any) -> bool:
    if type(value) is not bool:
        raise Unfit(f"{name} was {value!r:.40}, expected true or false")
    return value


def _text(name: str, value: Any, among: tuple[str, ...] | None = None) -> str:
    if type(value) is not str or len(value) > MAX_TEXT_CHARS:
        raise Unfit(f"{name} was {value!r:.40}, expected a short text")
    if among is not None and value not in among:
        raise Unfit(f"{name} was {value!r:.40}, expected one of {among}")
    return value


def _binary(name: str, value: Any, size: int | None = None) -> bytes:
    if type(value) is not bytes or (size is not None and len(value) != size):
        expected = "bytes" if size is None else f"{size} bytes"
        raise Unfit(f"{name} was a {type(value).__name__}, expected {expected}")
    return value


def _cursor(value: Any) -> bytes:
    cursor = _binary("cursor", value)
    if len(cursor) > MAX_CURSOR_BYTES:
        raise Unfit(f"cursor of {len(cursor)} bytes is over {MAX_CURSOR_BYTES}")
    return cursor


def _array(name: str, value: Any, most: int, arity: int | None = None) -> tuple[Any, ...]:
    if type(value) is not tuple or len(value) > most:
        raise Unfit(f"{name} was a {type(value).__name__}, expected up to {most} items")
    if arity is not None and any(type(item) is not tuple or len(item) != arity for item in value):
        raise Unfit(f"{name} holds an item that is not an array of {arity}")
    return value


def _batch(values: tuple[Any, ...]) -> Batch:
    run, epoch, first, count, segment, reason, mode, attempt, cursor, columns = values
    count = _integer("count", count, 1, MAX_BATCH_QUOTES)
    return Batch(
        _binary("run", run, RUN_BYTES),
        _integer("epoch", epoch),
        _integer("first", first, 0, INT64_MAX - count),
        count,
        _integer("segment", segment),
        _text("reason", reason),
        _text("mode", mode, MODES),
        _integer("attempt", attempt, 1),
        _cursor(cursor),
        _columns(columns, count),
    )


def _columns(value: Any, count: int) -> Columns:
    if type(value) is not tuple or len(value) != len(Columns.__struct_fields__):
        raise Unfit(f"columns are not an array of {len(Columns.__struct_fields__)}")
    columns = Columns(*value)
    names = _array("ticker_names", columns.ticker_names, count)
    if not {*map(type, names)} <= {str} or max(map(len, names), default=0) > MAX_TEXT_CHARS:
        for name in names:  # one by one only to say which, for there are thousands
            _text("ticker name", name)
    for name in Columns.__struct_fields__[:7]:
        _binary(name, getattr(columns, name), 8 * count)
    codes = _binary("ticker_codes", columns.ticker_codes, 4 * count)
    if _largest_code(codes) >= len(names):
        raise Unfit(f"ticker_codes point past the {len(names)} ticker names")
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
        _integer("first", first, 0, INT64_MAX - count),
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
    next_ = _integer("next", next_)
    if bool(_cursor(cursor)) != bool(next_):
        raise Unfit(f"next was {next_}, and the cursor has {len(cursor)} bytes")
    return Welcome(
        _binary("nonce", nonce, NONCE_BYTES),
        _integer("epoch", epoch, 1),
        next_,
        _integer("limit", limit, next_),
        cursor,
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
    next_ = _integer("next", next_)
    end = next_
    for first, count in _array("held", held, MAX_HELD_RANGES, 2):
        end = _integer("held first", first, end) + _integer("held count", count, 1)
    mids = _integer("mids", mids, 0, next_)
    return Ack(
        _binary("run", run, RUN_BYTES),
        _integer("epoch", epoch, 1),
        next_,
        _integer("limit", limit, next_),
        _integer("sink_incarnation", incarnation),
        held,
        mids,
        _integer("skipped", skipped, 0, next_ - mids),
        _flag("finished", finished),
        _text("stalled", stalled),
    )


def _report(values: tuple[Any, ...]) -> Report:
    workers, duplicates, refused, problem, dropped, waiting, diagnostics = values
    rows = []
    arity = len(WorkerReport.__struct_fields__)
    for worker, *numbers in _array("workers", workers, MAX_WORKERS, arity):
        counts = [_integer("worker count", number) for number in numbers]
        rows.append(WorkerReport(_text("worker", worker), *counts))
    said = []
    arity = len(Diagnostic.__struct_fields__)
    for unix_ns, level, text, count in _array("diagnostics", diagnostics, MAX_DIAGNOSTICS, arity):
        unix_ns, count = _integer("unix_ns", unix_ns), _integer("count", count)
        said.append(Diagnostic(unix_ns, _text("level", level), _text("text", text), count))
    return Report(
        tuple(rows),
        _integer("duplicates", duplicates),
        _integer("refused", refused),
        _text("problem", problem),
        _integer("dropped", dropped),
        _integer("waiting", waiting),
        tuple(said),
    )


def _fenced(values: tuple[Any, ...]) -> Fenced:
    held_epoch, epoch = values
    held_epoch = _integer("held_epoch", held_epoch, 1)
    return Fenced(held_epoch, _integer("epoch", epoch, held_epoch + 1))


def _refused(values: tuple[Any, ...]) -> Refused:
    nonce, what, fix = values
    return Refused(_binary("nonce", nonce, NONCE_BYTES), _text("what", what), _text("fix", fix))


CHECKS: Final[dict[type[Any], Callable[[tuple[Any, ...]], Message]]] = {
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
