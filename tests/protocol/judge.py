"""Whether a body is a message: by the package msgpack and plain rules, none of our code.

The limits stand here once more, in numbers: one that changes has to change here too.
"""

import re
from collections.abc import Callable
from typing import Any

import msgpack

INT64_MAX = 2**63 - 1
MAX_ITEMS = 32_768

Rule = Callable[[Any], bool]


def integer(least: int = 0, most: int = INT64_MAX) -> Rule:
    return lambda value: type(value) is int and least <= value <= most


def binary(least: int = 0, most: int = 16 * 1024 * 1024) -> Rule:
    return lambda value: type(value) is bytes and least <= len(value) <= most


def version(value: Any) -> bool:
    return text()(value) and len(value) <= 64


def text(*among: str) -> Rule:
    return lambda value: type(value) is str and len(value) <= 4096 and (not among or value in among)


def number(value: Any) -> bool:
    """An int is read as the float of that value."""
    return type(value) in (float, int)


def nothing(value: Any) -> bool:
    return value is None


def name(value: Any) -> bool:
    return (
        text()(value)
        and len(value) <= 64
        and bool(re.fullmatch(r"[A-Za-z0-9_][\w.-]*", value, re.A))
    )


def printable(value: Any) -> bool:
    return text()(value) and len(value) <= 512 and all(" " <= letter <= "~" for letter in value)


def flag(value: Any) -> bool:
    return type(value) is bool


def fields(*rules: Rule) -> Rule:
    return lambda value: (
        type(value) is tuple
        and len(value) == len(rules)
        and all(rule(field) for rule, field in zip(rules, value, strict=True))
    )


def array(of: Rule, most: int, least: int = 0) -> Rule:
    return lambda value: (
        type(value) is tuple and least <= len(value) <= most and all(map(of, value))
    )


def either(one: Rule, other: Rule) -> Rule:
    return lambda value: one(value) or other(value)


NATURAL, POSITIVE, TEXT, BIN = integer(), integer(1), text(), binary()
RUN = NONCE = binary(16, 16)
CURSOR = binary(0, 32 * 1024)
INSTANT = integer(-(2**63))
COUNT = integer(1, MAX_ITEMS)
COLUMNS = fields(*[BIN] * 7, array(TEXT, MAX_ITEMS), BIN)
BATCH = fields(
    *(RUN, NATURAL, NATURAL, COUNT, NATURAL, TEXT, text("historical", "live"), integer(1)),
    *(CURSOR, INSTANT, version, COLUMNS),
)
OTHERS = integer(0, MAX_ITEMS - 1)
OUTPUT = fields(name, binary(0, 16 * 1024))
PROCESSOR = fields(name, NONCE, printable, array(OUTPUT, 8, 1))
RESULT = fields(
    *(RUN, NATURAL, NATURAL, COUNT, CURSOR, INSTANT, either(number, nothing)),
    *(text("exchange", "arrival"), BIN, BIN, NATURAL, NATURAL, TEXT, NATURAL),
    *(OTHERS, OTHERS, array(PROCESSOR, 8), array(BIN, 64), version),
)


def column(value: bytes, count: int) -> bool:
    """A column is wide, or narrow behind a head of 20 bytes."""
    if len(value) == 8 * count or not 20 <= len(value) < 8 * count:
        return len(value) == 8 * count
    scale, width, unit, has_nan = value[:4]
    is_known = (scale <= 15 or scale == 255) and width <= 7 and unit <= 9
    has_room = has_nan == 0 or (has_nan == 1 and scale <= 15 and width > 0)
    return is_known and has_room and len(value) == 20 + width * count


def batch(value: Any) -> bool:
    if not BATCH(value) or value[2] + value[3] > INT64_MAX:
        return False
    count, (*wide, names, codes) = value[3], value[11]
    width, rest = divmod(len(codes), count)
    if rest or width not in (0, 1, 2, 4) or not all(column(each, count) for each in wide):
        return False
    return len(names) <= count and all(
        int.from_bytes(codes[width * row : width * (row + 1)], "little") < len(names)
        for row in range(count)
    )


def result(value: Any) -> bool:
    if not RESULT(value) or value[2] + value[3] > INT64_MAX or value[14] > value[2]:
        return False
    *_, processors, outputs, _ = value
    files = [file for processor in processors for file in processor[3]]
    are_apart = all(
        len({named[0].lower() for named in them}) == len(them) for them in (processors, files)
    )
    are_small = sum(len(schema) for _, schema in files) <= 16 * 1024
    is_counted = value[10] + value[11] <= value[3]
    return is_counted and are_apart and are_small and len(files) == len(outputs)


WELCOME = fields(
    *(NONCE, POSITIVE, NATURAL, NATURAL, CURSOR, NATURAL, flag, NATURAL, NATURAL, version)
)
ACK = fields(
    *(RUN, POSITIVE, NATURAL, NATURAL, NATURAL, array(fields(NATURAL, POSITIVE), 64)),
    *(NATURAL, NATURAL, NATURAL, flag, TEXT),
)
FENCED = fields(POSITIVE, NATURAL)


def welcome(value: Any) -> bool:
    return WELCOME(value) and value[3] >= value[2] and bool(value[4]) == bool(value[2])


def ack(value: Any) -> bool:
    if not ACK(value):
        return False
    _, _, committed, limit, _, held, mids, skipped, blank, _, _ = value
    ends = [committed, *(first + count for first, count in held)]
    are_apart = all(first >= end for (first, _), end in zip(held, ends, strict=False))
    return committed <= limit and are_apart and mids + skipped + blank in (0, committed)


def fenced(value: Any) -> bool:
    return FENCED(value) and value[0] < value[1]


RULES: dict[str, Rule] = {
    "Batch": batch,
    "Result": result,
    "Hello": fields(RUN, NONCE, NATURAL, NATURAL, NATURAL, version),
    "Offer": fields(NONCE, NATURAL, NATURAL),
    "Welcome": welcome,
    "Ping": fields(RUN, NATURAL, either(NATURAL, nothing), NATURAL),
    "Ack": ack,
    "Report": fields(
        *(array(fields(TEXT, NATURAL, NATURAL, NATURAL, NATURAL, version), 1024), NATURAL, NATURAL),
        *(TEXT, NATURAL, NATURAL, array(fields(NATURAL, TEXT, TEXT, NATURAL), 16)),
    ),
    "FencedNotice": fenced,
    "Refused": fields(NONCE, TEXT, TEXT),
}


def judged(kind: str, body: bytes) -> tuple[Any, ...] | None:
    """Return the fields of a body if they are those of a message of this kind."""
    try:
        value = msgpack.unpackb(
            body,
            use_list=False,
            max_map_len=0,
            max_ext_len=0,
            max_str_len=4 * 4096,
            max_array_len=MAX_ITEMS,
        )
    except (ValueError, RecursionError):
        return None
    return value if RULES[kind](value) else None
