"""Every error has a listed code, and the first digit of a code is the exit code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol import errors
from protocol.error_codes import ERROR_CODES, ROW_CODES
from protocol.errors import EXIT_ROWS_REJECTED, ZreplayError
from protocol.program.interruption import CODE
from zreplay.commands.empty_run import EMPTY
from zreplay.supervision.supervisor import ChildFailed

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, ZreplayError)
}
ELSEWHERE = {
    ChildFailed("", 70, is_said=False).code,
    "Z201",
    CODE,
    EMPTY,
}  # click finds what Z201 is


def given_codes() -> Iterator[tuple[str, str, str]]:
    """Yield where an error is made, its kind, and the code that it is given there."""
    for package in ("protocol", "zreplay", "zmid"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                    continue
                codes = [key.value for key in node.keywords if key.arg == "code"]
                if node.func.id in KINDS and codes and isinstance(codes[0], ast.Constant):
                    yield f"{path.name}:{node.lineno}", node.func.id, f"{codes[0].value}"


def test_a_code_that_is_given_is_listed_and_begins_with_the_exit_code_of_its_kind() -> None:
    given = list(given_codes())

    assert len(given) > 50
    assert [] == [
        (place, code)
        for place, kind, code in given
        if code not in ERROR_CODES or not f"{KINDS[kind].exit_code}".startswith(code[1])
    ]


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_error_has_a_code_of_its_own_that_is_listed(name: str) -> None:
    assert KINDS[name].code in ERROR_CODES
    assert KINDS[name].exit_code // (10 if name == "ZreplayError" else 1) == int(
        KINDS[name].code[1]
    )


def test_every_code_that_is_listed_is_used() -> None:
    used = {code for _, _, code in given_codes()} | {kind.code for kind in KINDS.values()}

    assert set(ERROR_CODES) == used | ELSEWHERE


def test_no_code_is_both_an_error_and_a_rejected_row() -> None:
    assert set() == set(ERROR_CODES) & set(ROW_CODES)
    assert {EXIT_ROWS_REJECTED} == {int(code[1]) for code in ROW_CODES}


def test_every_error_says_what_to_do() -> None:
    assert [] == [code for code, meaning in ERROR_CODES.items() if not meaning.fix]
