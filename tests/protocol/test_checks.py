"""Each field is checked: what is received has the types, lengths and ranges it claims."""

from typing import Any

import pytest

from protocol.checks import CHECKS, Unfit
from protocol.messages import (
    MAX_HELD_RANGES,
    Ack,
    Fenced,
    Hello,
    Message,
    Ping,
    Refused,
    Report,
    Result,
    Welcome,
)
from tests.protocol.examples import BATCH, ONE_OF_EACH


def changed(kind: type[Message], **changes: Any) -> tuple[Any, ...]:
    """Return the fields of the example of this kind as they are received, with changes."""
    example = next(message for message in ONE_OF_EACH if type(message) is kind)
    return tuple(changes.get(name, getattr(example, name)) for name in kind.__struct_fields__)


def test_every_message_has_its_check() -> None:
    assert {type(message) for message in ONE_OF_EACH} == set(CHECKS)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (Result, {"threshold_ms": 20}),
        (Result, {"stamp": "now"}),
        (Result, {"skipped": 3}),
        (Result, {"mids": "text"}),
        (Result, {"busy_ns": -1}),
        (Hello, {"nonce": b""}),
        (Hello, {"held_epoch": True}),
        (Hello, {"sink_epoch": 2**63}),
        (Welcome, {"finished": 1}),
        (Welcome, {"epoch": 0}),
        (Welcome, {"limit": 11}),
        (Welcome, {"cursor": b""}),
        (Welcome, {"next": 0}),
        (Welcome, {"cursor": bytes(2**15 + 1)}),
        (Ping, {"end": -1}),
        (Ack, {"held": ((1, 2, 3),)}),
        (Ack, {"held": (1,)}),
        (Ack, {"epoch": 0}),
        (Ack, {"limit": 11}),
        (Ack, {"mids": 12, "skipped": 1}),
        (Ack, {"mids": 13, "skipped": 0}),
        (Ack, {"held": ((14, -2),)}),
        (Ack, {"held": ((14, 0),)}),
        (Ack, {"held": ((11, 2),)}),
        (Ack, {"held": ((14, 2), (15, 1))}),
        (Ack, {"held": ((2**63 - 1, 2**63 - 1), (2**63 - 1, 1))}),
        (Ack, {"held": tuple((14 + place, 1) for place in range(MAX_HELD_RANGES + 1))}),
        (Ack, {"stalled": None}),
        (Report, {"workers": (("host", 1, 2),)}),
        (Report, {"workers": (("host", 1, 2, 3.0),)}),
        (Fenced, {"epoch": 1.0}),
        (Fenced, {"held_epoch": 0}),
        (Fenced, {"held_epoch": 3}),
        (Refused, {"what": b"bytes"}),
    ],
)
def test_a_field_that_does_not_fit_is_refused(kind: type[Message], changes: dict[str, Any]) -> None:
    with pytest.raises(Unfit):
        CHECKS[kind](changed(kind, **changes))


def test_a_check_names_the_field_and_cuts_what_it_found() -> None:
    with pytest.raises(Unfit) as caught:
        CHECKS[type(BATCH)](changed(type(BATCH), epoch="9" * 1000))

    assert "epoch was '999" in str(caught.value)
    assert len(str(caught.value)) < 120
