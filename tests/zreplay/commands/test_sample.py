"""The bundled samples are found wherever the package runs from."""

import csv

import pytest

from protocol.errors import InputError
from zreplay.commands.sample import HISTORICAL_SAMPLE, LIVE_SAMPLE, sample_path


@pytest.mark.parametrize(
    ("name", "last_column"), [(HISTORICAL_SAMPLE, "latency"), (LIVE_SAMPLE, "bid_amount")]
)
def test_each_sample_is_found_and_has_its_header(name: str, last_column: str) -> None:
    with sample_path(name).open(newline="") as sample:
        header = next(csv.reader(sample))

    assert last_column == header[-1]


def test_a_missing_sample_is_an_unreadable_input_that_says_what_to_do() -> None:
    with pytest.raises(InputError, match=r"nothing\.csv is not installed\nfix: "):
        sample_path("nothing.csv")
