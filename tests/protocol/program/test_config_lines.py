"""Each table and key of a TOML file has the line on which it first stands."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.program.config_lines import lines_of

NAMES = st.sampled_from(["a", "b-c", '"quoted # [name"', "'d.e'", "f.g", 'h . "i\\"]"'])
TEXTS = [
    '"x"', "'y # z'", '""', '"\\"]"', "1_000", "true", "2026-01-01 10:00:00",
    '"""\n[no]\nno = 1\n"""', "'''\n\\\n]'''", '"""a\\" # " \n"""', '""""q"""""', "''''q'''''",
    '""""q""""', "''''q''''",
    '"""# \\\n  """', "[]", "[1, [2,\n# ] \"\n 3], 'x]']", '{x = "}", y.z = [1,\n2]}',
    '[{a = "# ["},\n\n{a = 2}]',
]  # fmt: skip
BLANK = st.sampled_from(["", "  \t", "# [no]", "   # no = '''", '# """'])
VALUES = st.tuples(
    st.sampled_from(TEXTS), st.sampled_from(["", " # ]", "\t# '''", " # ' [", ' # " ['])
).map("".join)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[tuple[str, ...], int]]:
    """Return a text, and the line of each of its keys: table `tN`, key `kN` under any name."""
    lines: list[str] = []
    expected: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number in range(draw(st.integers(0, 8))):
        lines += draw(st.lists(BLANK, max_size=2))
        is_header = draw(st.booleans())
        name = draw(NAMES)
        path = tuple(names(tomllib.loads(f"{name}.n{number} = 1")))
        expected_line = len(lines) + 1
        if is_header:
            brackets = draw(st.sampled_from(["[]", "[[]]"]))
            half = len(brackets) // 2
            # Under a name of its own, so that no table is said twice.
            text = f"{brackets[:half]} t{number}.{name}.n{number} {brackets[half:]}"
            table = (f"t{number}", *path)
            expected[table] = expected_line
        else:
            text = f"k{number}.{name}.n{number} = {draw(VALUES)}"
            expected[(*table, f"k{number}", *path)] = expected_line
        lines += (draw(st.sampled_from(["", "  "])) + text).split("\n")
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return end.join([*lines, *draw(st.sampled_from([[], [""]]))]), expected


def names(tree: dict[str, Any]) -> Iterator[str]:
    for name, value in tree.items():
        yield name
        if isinstance(value, dict):
            yield from names(value)


def paths(tree: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of each table and key that is in no array."""
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield (*at, name)
            yield from paths(value, (*at, name))


@given(documents())
def test_every_key_has_its_line(document: tuple[str, dict[tuple[str, ...], int]]) -> None:
    text, expected = document
    lines = lines_of(text)

    assert expected == {path: lines.get(path) for path in expected}
    assert set() == set(paths(tomllib.loads(text))) - set(lines)


def test_a_table_that_is_said_in_parts_has_the_first_line_and_its_keys_their_own() -> None:
    text = "[a.b]\nx = 1\n[a]\ny = 2\n[c]\n[a.d]\nz = {u = 3}\n"

    assert {
        ("a",): 1,
        ("a", "b"): 1,
        ("a", "b", "x"): 2,
        ("a", "y"): 4,
        ("c",): 5,
        ("a", "d"): 6,
        ("a", "d", "z"): 7,
        ("a", "d", "z", "u"): 7,
    } == lines_of(text)


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("ends_with", [4, 5])
def test_a_text_that_ends_in_quotes_of_its_own_ends_there(quote: str, ends_with: int) -> None:
    text = f"a = {3 * quote}x{ends_with * quote}\nb = 1\n"

    assert {"a": f"x{(ends_with - 3) * quote}", "b": 1} == tomllib.loads(text)
    assert {("a",): 1, ("b",): 2} == lines_of(text)
