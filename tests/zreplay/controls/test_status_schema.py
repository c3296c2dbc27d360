"""The schema of `status --json` names every field that an answer has, and no other."""

from collections.abc import Iterator
from typing import Any

from tests.zreplay.answers import make_capture, make_diagnostic, make_feed, make_status
from zreplay.controls.status_schema import FIELDS


def paths(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, deeper in value.items():
            yield from paths(deeper, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for deeper in value:
            yield from paths(deeper, f"{path}[]")
    else:
        yield path


def test_the_schema_is_that_of_an_answer() -> None:
    status = make_status(
        feeds=[make_feed()], diagnostics=[make_diagnostic("x")], capture=make_capture()
    )

    assert sorted(FIELDS) == sorted(set(paths(status)))


def test_every_field_is_explained_in_a_line() -> None:
    assert all(0 < len(text) <= 100 for text in FIELDS.values())
