"""What CI has no time for is run with `--long`, and is counted as skipped without it."""

import pytest

from tests.depth import DEEPER, VARIABLE, few, the_first


def test_of_the_values_of_a_parameter_all_but_the_first_are_long() -> None:
    often, *seldom = the_first(1, range(3))

    assert 0 == often
    assert [1, 2] == [each.values[0] for each in seldom]
    assert {"long"} == {each.marks[0].name for each in seldom}


def test_examples_are_many_times_as_many_with_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert 40 == few(40)
    monkeypatch.setenv(VARIABLE, "1")
    assert 40 * DEEPER == few(40)


@pytest.mark.long
def test_one_of_the_long_ones_runs_with_long_alone(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.getoption("--long")
