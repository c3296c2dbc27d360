"""Each schema is that of an object with named, described fields."""

import pytest

from zreplay.commands.schemas import SHAPES, schema_of


@pytest.mark.parametrize("name", SHAPES)
def test_a_schema_is_of_an_object_and_says_what_it_is(name: str) -> None:
    schema = schema_of(name)
    whole = schema["$defs"][schema["$ref"].removeprefix("#/$defs/")]

    assert "object" == whole["type"]
    assert set(whole["required"]) <= set(whole["properties"])
    assert whole["description"]
    assert ("schema" in whole["required"], True) == (True, SHAPES[name].what != "")
