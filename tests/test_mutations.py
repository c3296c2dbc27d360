"""A check of a module finds what its tests do not notice, and leaves the tree as it is."""

import subprocess
from pathlib import Path

import pytest

from tests.mutations import mutations

ROOT = Path(__file__).resolve().parents[1]
MODULE = "zreplay/replayer/sleep_overshoot.py"


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("a < b", {"a <= b", "a >= b"}),
        ("a <= b < c", {"a < b < c", "a > b < c", "a <= b <= c", "a <= b >= c"}),
        ("a == b", {"a != b"}),
        ("a is not b", {"a is b"}),
        ("a not in b", {"a in b"}),
        ("a + b - c", {"a - b - c", "a + b + c"}),
        ("a += b", {"a -= b"}),
        ("a and b", {"a or b"}),
        ("not a", {"a"}),
        ("a[-1]", {"a[1]", "a[-0]"}),
        ("f(0, 2, 'x')", {"f(1, 2, 'x')"}),
        ("f(1, True, 0.0)", {"f(0, True, 0.0)", "f(1, False, 0.0)", "f(1, True, 1.0)"}),
        ("def f(a: g[0] = 2) -> g[1]:\n    pass", set()),
        ("a if f(b) else c", {"a if not f(b) else c"}),
        ("[a for a in b if a]", {"[a for a in b if not a]"}),
        ("while a < b:\n    pass", {"while a <= b:\n    pass", "while a >= b:\n    pass"}),
    ],
)
def test_each_small_change_is_made_once_and_alone(source: str, changes: set[str]) -> None:
    made = [mutation.source for mutation in mutations(source)]

    assert len(set(made)) == len(made)
    assert changes == set(made)


def test_a_change_says_where_it_is_and_what() -> None:
    [change] = mutations("'''A head.'''\n\nlast: Final[0] = f(a[-2])  # why\n")

    assert (3, "-2 -> 2") == (change.line, change.change)


def look(*words: str) -> tuple[int, list[str]]:
    before = (ROOT / MODULE).read_bytes()
    done = subprocess.run(
        [ROOT / "scripts/mutate", MODULE, *words], capture_output=True, text=True, timeout=110
    )

    assert before == (ROOT / MODULE).read_bytes()
    return done.returncode, done.stdout.splitlines()


@pytest.mark.long
def test_what_no_test_notices_is_printed_until_the_time_is_over() -> None:
    code, lines = look("--tests", "tests/protocol/test_checksum.py", "--seconds", "1")

    assert code == 1
    assert all(line.startswith(f"{MODULE}:") for line in lines[:-1])
    assert f"tried {len(lines) - 1}  noticed 0  survived {len(lines) - 1}" in lines[-1]


@pytest.mark.long
def test_what_the_tests_of_the_module_notice_is_not_printed() -> None:
    _, lines = look()

    assert "noticed 0" not in lines[-1]
    assert [] == [line for line in lines if "-STEP_NS -> STEP_NS" in line]
