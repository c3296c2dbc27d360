"""What a message must satisfy beyond the types of its fields, and the text of what is wrong.

Nothing received touches any state before its types, lengths and ranges have been checked: each
field by its type (protocol/messages.py), how the fields relate to each other here.
"""

import re
from operator import attrgetter
from typing import Any, Final

import msgspec

from protocol.declaration import Declarations
from protocol.limits import INT64_MAX, MAX_SCHEMAS_BYTES
from protocol.messages import Ack, Batch, Columns, FencedNotice, Result, Welcome
from protocol.narrow_codes import codes_misfit
from protocol.narrow_head import ITEM_BYTES, column_misfit

_WIDE_NAMES: Final = Columns.__struct_fields__[:7]
_wide_columns: Final = attrgetter(*_WIDE_NAMES)


def misfit(message: object) -> str:
    """Return which fields contradict each other; empty if none do."""
    match message:
        case Batch():
            return _first_misfit(message) or _columns_misfit(message.columns, message.count)
        case Result():
            if message.skipped + message.blank > message.count:
                return (
                    f"skipped and blank were {message.skipped} and {message.blank}, "
                    f"expected at most count, {message.count}"
                )
            return _first_misfit(message) or _outputs_misfit(message)
        case Welcome():
            if bool(message.cursor) != bool(message.next):
                return f"next was {message.next}, but the cursor has {len(message.cursor)} bytes"
            return _limit_misfit(message)
        case Ack():
            return _limit_misfit(message) or _held_misfit(message) or _counts_misfit(message)
        case FencedNotice() if message.epoch <= message.held_epoch:
            return f"epoch was {message.epoch}, expected more than {message.held_epoch}"
    return ""


def _limit_misfit(message: Welcome | Ack) -> str:
    if message.limit < message.next:
        return f"limit was {message.limit}, expected at least next, {message.next}"
    return ""


def _held_misfit(ack: Ack) -> str:
    end = ack.next
    for first, count in ack.held:
        if first < end:
            return f"held begins at {first}, expected at least {end}"
        end = first + count
    return ""


def _counts_misfit(ack: Ack) -> str:
    if ack.mids + ack.skipped + ack.blank not in (0, ack.next):
        counts = f"{ack.mids}, {ack.skipped} and {ack.blank}"
        return f"mids, skipped and blank were {counts}, expected {ack.next} together, or none"
    return ""


def _outputs_misfit(result: Result) -> str:
    if result.before > result.first:
        return f"before was {result.before}, expected at most first, {result.first}"
    if not result.processors and not result.outputs:
        return ""
    return declarations_misfit(result.processors, len(result.outputs))


def declarations_misfit(declarations: Declarations, outputs: int) -> str:
    """Return why these processors cannot run side by side or have so many outputs."""
    names = [declaration.name.lower() for declaration in declarations]
    files = [output for declaration in declarations for output in declaration.outputs]
    file_names = [output.name.lower() for output in files]
    if twice := _twice(names):
        return f"processors: two have the name {twice}"
    if twice := _twice(file_names):
        return f"processors: two outputs have the name {twice}"
    if (size := sum(len(output.schema) for output in files)) > MAX_SCHEMAS_BYTES:
        return f"processors: schemas had {size} bytes, expected {MAX_SCHEMAS_BYTES} at most"
    if len(files) != outputs:
        return f"outputs were {outputs}, expected {len(files)}, as declared"
    return ""


def _twice(names: list[str]) -> str:
    return next((name for name in names if names.count(name) > 1), "")


def _first_misfit(message: Batch | Result) -> str:
    if message.first > INT64_MAX - message.count:
        return f"first was {message.first}, expected at most 2**63 - 1 - {message.count}"
    return ""


def _columns_misfit(columns: Columns, count: int) -> str:
    names = len(columns.ticker_names)
    if names > count:
        return f"columns.ticker_names were {names}, expected at most {count}"
    for name, column in zip(_WIDE_NAMES, _wide_columns(columns), strict=True):
        # Mostly it is wide, and a small batch has no time to waste.
        if len(column) != ITEM_BYTES * count and (problem := column_misfit(column, count)):
            return f"columns.{name} {problem}"
    if problem := codes_misfit(columns.ticker_codes, count, names):
        return f"columns.ticker_codes {problem}"
    return ""


def named(kind: type[Any], problem: str) -> str:
    """Return what msgspec says of a body, with the field's name in the place of its path.

    Of a Report, "Expected `int` >= 0 - at `$[0][3][2]`" becomes
    "workers[3].busy_ns: expected `int` >= 0".
    """
    what, _, path = problem.partition(" - at `$")
    what = what.replace("Expected", "expected", 1)
    if not path:
        return what
    name = ""
    inside: Any = msgspec.inspect.type_info(kind)
    for step in re.findall(r"\[([^]]*)\]", path):
        if isinstance(inside, msgspec.inspect.StructType):
            field = inside.fields[int(step)]
            name, inside = f"{name}.{field.name}", field.type
        else:
            name, inside = f"{name}[{step}]", getattr(inside, "item_type", None)
    return f"{name.removeprefix('.')}: {what}"
