"""A threshold is a number that a latency can be above or not."""

import pytest

from protocol.errors import SettingsError
from protocol.program.threshold import check_threshold, is_off, threshold_text


@pytest.mark.parametrize("threshold_ms", [-5.0, 0.0, 20.0, 1e18, -1e18, 1e-18, -1e-18])
def test_any_number_of_a_short_text_will_do(threshold_ms: float) -> None:
    check_threshold(threshold_ms)


@pytest.mark.parametrize("threshold_ms", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_refused_as_it_was_given(threshold_ms: float) -> None:
    with pytest.raises(SettingsError) as caught:
        check_threshold(threshold_ms)

    assert f"--latency-threshold was {threshold_ms}, expected a number" == caught.value.what
    assert "Z203" == caught.value.code


@pytest.mark.parametrize("threshold_ms", [1e308, -1.1e18, 9e-19, -5e-324])
def test_what_no_latency_can_tell_from_zero_or_from_the_largest_is_refused(
    threshold_ms: float,
) -> None:
    with pytest.raises(SettingsError, match="expected 0, or from 1e-18 to 1e\\+18") as caught:
        check_threshold(threshold_ms)

    assert "Z203" == caught.value.code


@pytest.mark.parametrize("threshold_ms, text", [(20.0, "20.0"), (1e18, "off")])
def test_it_is_written_as_a_user_may_give_it(threshold_ms: float, text: str) -> None:
    assert text == threshold_text(threshold_ms)


def test_only_what_off_stands_for_is_off() -> None:
    assert [False, False, False, True] == [is_off(each) for each in (0.0, 20.0, -1e18, 1e18)]
