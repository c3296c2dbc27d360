"""Any value has JSON that every reader accepts, whatever bytes a file name has."""

import json
import os

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from protocol.json_text import json_bytes, utf8_text, with_utf8

NAME = os.fsdecode(b"q\xff.csv")


class Place(msgspec.Struct):
    file: str
    lines: list[int]


@given(st.text())
def test_a_text_that_is_utf8_is_left_alone(text: str) -> None:
    assert text == utf8_text(text)
    assert msgspec.json.encode({"text": text}) == json_bytes({"text": text})


@given(st.text(st.characters()))
def test_whatever_the_text_its_json_reads_back(text: str) -> None:
    assert utf8_text(text) == msgspec.json.decode(json_bytes([text]))[0]


def test_bytes_of_a_name_that_are_no_utf8_are_escaped_wherever_they_stand() -> None:
    value = {"out": NAME, "all": [Place(NAME, [1]), (NAME, 2.5, None)], NAME: True}
    expected = {"out": "q\\udcff.csv", "all": [{"file": "q\\udcff.csv", "lines": [1]},
                ["q\\udcff.csv", 2.5, None]], "q\\udcff.csv": True}  # fmt: skip

    assert expected == json.loads(json_bytes(value))


def test_a_value_keeps_its_form() -> None:
    assert {"a": ["q\\udcff.csv", 1, None]} == with_utf8({"a": (NAME, 1, None)})
