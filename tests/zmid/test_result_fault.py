"""A result that no worker can have computed is refused by name; any other is accepted."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.zmid.fakes import result
from zmid.result_fault import fault_of

NOT_A_NUMBER, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"threshold_ms": -1.0},
        {"mids": memoryview(b"a mid\n")},
        {"skipped": 0, "errors": b""},
        {"skipped": 3, "mids": b""},
        {"threshold_ms": None, "mids": b"", "errors": b"", "skipped": 0},
    ],
)
def test_what_may_be_has_no_fault(changes: dict[str, Any]) -> None:
    assert "" == fault_of(replace(result(0), **changes))


@pytest.mark.parametrize(
    "changes, fault",
    [
        ({"threshold_ms": NOT_A_NUMBER}, "nan ms"),
        ({"threshold_ms": INFINITE}, "inf ms"),
        ({"threshold_ms": -INFINITE}, "-inf ms"),
        ({"cursor": b""}, "cursor"),
        ({"threshold_ms": None}, "lines of mids"),
        ({"threshold_ms": None, "mids": b"", "errors": b""}, "lines of mids"),
        ({"mids": b""}, "mids"),
        ({"mids": b"half a li"}, "mids"),
        ({"mids": memoryview(b"half a li")}, "mids"),
        ({"skipped": 3}, "mids"),
        ({"errors": b""}, "errors"),
        ({"errors": b"\nhalf a li"}, "errors"),
        ({"skipped": 0}, "errors"),
    ],
)
def test_what_cannot_be_is_named(changes: dict[str, Any], fault: str) -> None:
    assert fault in fault_of(replace(result(0), **changes))
