"""Fields that contradict each other are named, and so is a field of the wrong type."""

from typing import Any

import msgspec
import pytest
from msgspec.msgpack import Decoder, encode
from msgspec.structs import replace

from protocol.checks import misfit, named
from protocol.declaration import OutputFile
from protocol.limits import INT64_MAX, MAX_SCHEMAS_BYTES
from protocol.messages import (
    MAX_HELD_RANGES,
    MAX_WORKERS,
    Ack,
    Columns,
    FencedNotice,
    Hello,
    Message,
    Ping,
    Refused,
    Report,
    Result,
    Welcome,
)
from protocol.narrow_codes import FEW_CODES
from tests.protocol.examples import ALL, BATCH, COLUMNS, ONE_OF_EACH, PROCESSED, RESULT, SPREAD
from tests.protocol.test_codec import batch_of

ROW = ("host:1", 1, 2, 3, 4)

WELCOME, ACK, FENCED = (
    next(message for message in ONE_OF_EACH if isinstance(message, kind))
    for kind in (Welcome, Ack, FencedNotice)
)
HALF = bytes(MAX_SCHEMAS_BYTES // 2 + 1)
TOO_WIDE = replace(ALL, outputs=(OutputFile("a.arrows", HALF), OutputFile("b.arrows", HALF)))
WIDE = Columns.__struct_fields__[:7]


@pytest.mark.parametrize("message", ONE_OF_EACH, ids=lambda message: type(message).__name__)
def test_what_fits_is_not_named(message: Message) -> None:
    assert "" == misfit(message)


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (replace(BATCH, first=INT64_MAX - 1), "first"),
        (replace(RESULT, first=INT64_MAX - 1), "first"),
        (replace(RESULT, skipped=3), "skipped"),
        *((replace(BATCH, columns=replace(COLUMNS, **{name: bytes(15)})), name) for name in WIDE),
        (replace(BATCH, columns=replace(COLUMNS, ticker_codes=bytes(9))), "ticker_codes"),
        (replace(BATCH, columns=replace(COLUMNS, ticker_names=("A",))), "ticker_codes"),
        (replace(BATCH, columns=replace(COLUMNS, ticker_names=("A",) * 3)), "ticker_names"),
        (replace(WELCOME, limit=11), "limit"),
        (replace(WELCOME, cursor=b""), "cursor"),
        (replace(WELCOME, next=0), "cursor"),
        (replace(ACK, limit=11), "limit"),
        (replace(RESULT, skipped=1, blank=2), "blank"),
        (replace(ACK, mids=12), "mids"),
        (replace(ACK, skipped=2), "skipped"),
        (replace(ACK, blank=0), "blank"),
        (replace(PROCESSED, before=13), "before"),
        (replace(PROCESSED, outputs=(b"", b"")), "outputs"),
        (replace(PROCESSED, processors=()), "outputs"),
        (replace(PROCESSED, processors=(ALL, ALL)), "processors"),
        (replace(PROCESSED, processors=(replace(SPREAD, name="ALL"), ALL)), "processors"),
        (replace(PROCESSED, processors=(replace(ALL, name="again"), ALL)), "processors"),
        (replace(PROCESSED, processors=(TOO_WIDE, SPREAD)), "processors"),
        (replace(ACK, held=((11, 2),)), "held"),
        (replace(ACK, held=((14, 2), (15, 1))), "held"),
        (replace(ACK, held=((2**63 - 1, 2**63 - 1), (2**63 - 1, 1))), "held"),
        (replace(FENCED, held_epoch=3), "epoch"),
    ],
)
def test_what_does_not_fit_is_named(message: Message, field: str) -> None:
    assert field in misfit(message)


def test_up_to_the_last_record_number_all_fits() -> None:
    for message in (BATCH, RESULT):
        assert "" == misfit(replace(message, first=INT64_MAX - 2))
    assert "" == misfit(replace(RESULT, skipped=2))


@pytest.mark.parametrize("count", [1, FEW_CODES, FEW_CODES + 1])
@pytest.mark.parametrize("code", [1, 2**31 - 1, -1])
def test_a_code_past_the_names_is_seen_wherever_it_is(count: int, code: int) -> None:
    batch = batch_of(count)
    for place in {0, count // 2, count - 1}:
        codes = bytearray(4 * count)
        codes[4 * place : 4 * place + 4] = code.to_bytes(4, "little", signed=True)
        changed = replace(batch, columns=replace(batch.columns, ticker_codes=codes))

        assert "ticker_codes point past the 1 ticker_names" in misfit(changed)


def changed(kind: type[Any], **changes: Any) -> bytes:
    """Return the body of the example of this kind with other fields."""
    example = next(message for message in ONE_OF_EACH if type(message) is kind)
    return encode(
        tuple(changes.get(name, getattr(example, name)) for name in kind.__struct_fields__)
    )


@pytest.mark.parametrize(
    ("kind", "changes", "named_so"),
    [
        (Result, {"stamp": "now"}, "stamp: "),
        (Result, {"mids": "text"}, "mids: "),
        (Result, {"busy_ns": -1}, "busy_ns: "),
        (Hello, {"nonce": b""}, "nonce: "),
        (Hello, {"held_epoch": True}, "held_epoch: "),
        (Hello, {"sink_epoch": 2**63}, "sink_epoch: "),
        (Welcome, {"epoch": 0}, "epoch: "),
        (Welcome, {"finished": 1}, "finished: "),
        (Welcome, {"cursor": bytes(2**15 + 1)}, "cursor: "),
        (Ping, {"end": -1}, "end: "),
        (Ack, {"held": ((1, 2, 3),)}, "held[0]: "),
        (Ack, {"epoch": 0}, "epoch: "),
        (Ack, {"held": ((1, 1), (1, -2))}, "held[1][1]: "),
        (Ack, {"held": ((14, 0),)}, "held[0][1]: "),
        (Ack, {"held": ((1, 1),) * (MAX_HELD_RANGES + 1)}, "held: "),
        (Ack, {"stalled": None}, "stalled: "),
        (Report, {"workers": (("host", 1, 2),)}, "workers[0]: "),
        (
            Report,
            {"workers": (("a", 1, 2, 3, 4, ""), ("b", 1, 2, 3.0, 4, ""))},
            "workers[1].seen_ago_ns: ",
        ),
        (Report, {"workers": ((*ROW, ""),) * (MAX_WORKERS + 1)}, "workers: "),
        (Report, {"diagnostics": ((5, "warning", 6, 1),)}, "diagnostics[0].text: "),
        (FencedNotice, {"epoch": 1.0}, "epoch: "),
        (FencedNotice, {"held_epoch": 0}, "held_epoch: "),
        (Refused, {"what": b"bytes"}, "what: "),
    ],
)
def test_a_field_that_is_not_what_its_type_says_is_named(
    kind: type[Any], changes: dict[str, Any], named_so: str
) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        Decoder(kind).decode(changed(kind, **changes))
    said = named(kind, str(caught.value))

    assert said.startswith(named_so)
    assert "$" not in said and len(said) < 120


def test_what_is_in_no_field_is_said_as_it_is() -> None:
    assert "Input data was truncated" == named(FencedNotice, "Input data was truncated")
    assert "expected `array`, got `int`" == named(FencedNotice, "Expected `array`, got `int`")
