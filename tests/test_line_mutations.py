"""Lines with bytes changed by chance are what a plain reader says, whoever reads them."""

from random import Random

import pytest

from tests.depth import few
from tests.format_examples import EXAMPLES
from tests.forms import FORMS, in_form
from tests.line_mutations import at_once, disagreements, mutated
from tests.plain_reader import REJECTED, plain
from zreplay.recordings.csv.csv_text import CsvText

LINES = few(750)
"""Of each format; scripts/spoil tries as many as one has time for."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_mutated_lines_are_read_as_a_plain_reader_reads_them(name: str) -> None:
    assert [] == list(disagreements(EXAMPLES[name], LINES))


def test_a_mutated_line_is_one_line_and_seldom_the_same() -> None:
    chance = Random(1)
    lines = [mutated(b"1,2.5,abc", b",", chance) for _ in range(1_000)]

    assert not any(b"\n" in line for line in lines)
    assert sum(line == b"1,2.5,abc" for line in lines) < 200
    assert len(set(lines)) > 500


def test_the_plain_reader_takes_no_fraction_for_an_integer_however_small_it_is() -> None:
    example = EXAMPLES["tardis"]
    line = example.line.replace("1588291201099000", "15882912010e-9000").encode()

    assert REJECTED == plain(line, example.layout)


def test_a_scaled_price_with_decimals_is_rounded_once_whoever_reads_it() -> None:
    """As a float its number is an integer, which would then be divided."""
    example = EXAMPLES["databento-raw"]
    layout, line = example.layout, example.line
    odd = line.replace(",5528750000000,29,", ",4675562020886700.3671700,29,").encode()
    lines = [odd, *[b"x"] * 200, *[line.encode()] * 30]
    expected = [plain(each, layout) for each in lines]

    assert odd != line.encode()
    for form in FORMS:
        with in_form(form):
            reader = CsvText(layout, 0)
        assert [] == list(at_once(reader, form, b"\n".join([*lines, b""]), lines, expected))
