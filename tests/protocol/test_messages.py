"""Messages are values: frozen, compared by content, and sized as the wire allows."""

from typing import get_args

import pytest
from msgspec.structs import fields, replace

from protocol import messages
from protocol.codec import TYPES
from protocol.messages import Message
from protocol.travelling import Travelling
from tests.protocol.examples import BATCH, ONE_OF_EACH


@pytest.mark.parametrize("message", ONE_OF_EACH, ids=lambda message: type(message).__name__)
def test_a_message_cannot_change(message: Message) -> None:
    with pytest.raises(AttributeError):
        setattr(message, fields(message)[0].name, None)


def test_the_union_names_what_the_wire_knows() -> None:
    assert set(TYPES.values()) == set(get_args(Message))


def test_equal_content_is_an_equal_message() -> None:
    assert BATCH == replace(BATCH)
    assert BATCH != replace(BATCH, attempt=2)


def is_message(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Travelling)


def test_every_message_of_the_file_says_what_it_is_for() -> None:
    kinds = [kind for kind in vars(messages).values() if is_message(kind)]

    assert [] == [kind.__name__ for kind in kinds if not kind.__doc__]
