"""A processor is checked of a share of all batches, and has some time, of a day at most."""

import math

import pytest

from protocol.errors import SettingsError
from protocol.program.processor_bounds import check_limit, check_percentage


@pytest.mark.parametrize("percent", [0, 0.5, 100])
def test_a_share_is_taken(percent: float) -> None:
    check_percentage(percent)


@pytest.mark.parametrize("percent", [-0.1, 100.1, math.nan])
def test_what_is_no_share_is_refused(percent: float) -> None:
    with pytest.raises(SettingsError, match="--check-processor was .* 0 to 100 percent"):
        check_percentage(percent)


@pytest.mark.parametrize("seconds", [0.001, 86_400])
def test_a_time_is_taken(seconds: float) -> None:
    check_limit(seconds)


@pytest.mark.parametrize("seconds", [0, -1, 86_401, math.inf, math.nan])
def test_what_is_no_time_is_refused(seconds: float) -> None:
    with pytest.raises(SettingsError, match="--processor-limit was .* 86400 seconds at most"):
        check_limit(seconds)
