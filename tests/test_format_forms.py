"""Whatever the format, every reader of its lines takes the same rows, and rejects the same."""

import random
from pathlib import Path

import pytest

from tests.depth import few
from tests.format_examples import EXAMPLES
from tests.forms import in_form
from tests.zreplay.recordings.csv.csv_lines import (
    ODD_BYTES,
    OFFSET,
    left_out_of,
    one_by_one,
    quotes_of,
)
from zreplay.recordings.csv import csv_rows, plain_rows
from zreplay.recordings.csv.csv_file import CsvFile
from zreplay.recordings.csv.csv_lines import line_count
from zreplay.recordings.csv.csv_text import CsvText
from zreplay.recordings.csv.line_rows import Row, read_line
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace

LINES = few(100)
GOOD_LINES = csv_rows.FEW_LINES + 50
"""So many that a block of them is read by columns, the odd ones aside."""

PLACES = few(3)
"""At so many places of a file reading is gone on with."""

READERS = {
    "compiled": ("compiled", {}),
    "compiled, pyarrow for a text with odd lines": (
        *("compiled", {"ALWAYS_ODD": 0, "ODD_SHARE": 10**9}),
    ),
    "pyarrow": ("plain", {}),
    "pyarrow, the judge for suspects": ("plain", {"FEW_LINES": 1}),
}
ODD_FIELDS = (
    *("", " ", "0", "-0.0", "-1", "1e3", "5e-39", "nan", "inf", "1e400", "9223372036854775807"),
    *("9223372036854775806", "9007199254740993", "12345678901234567890", "0.1", "1.", ".5", "+7"),
    *("2025-10-02 23:59:57", "2025-10-02T23:59:57.1Z", "2025-10-02D23:59:57.123456789"),
    *("2025-10-02 23:59:57+02:00", "2025-10-02 23:59:57.5-0330", "2025-10-02 23:59:57+25:00"),
    *("2025-03-09 02:30:00", "2025-11-02 01:30:00.25", "1677-09-21 00:12:43.2"),
    "2262-04-12 00:00:00",
    *("20130101 22:00:00", "20130101T22:00:00.123456789", "20131301 22:00:00", "20200101 170000"),
    *("20200101 1700001234567890", "03.12.2012 00:00:01", "03.12.2012 00:00:01.1Z", "x", "ß"),
    *("1588291201", "1588291201.5", "1588291201099", "1588291201099.5", "1588291201099000"),
    *("1588291201099000001", "-1588291201099000001", "99999999999999999999", "1.0000000001"),
    *("Quote", "Trade", "quote", '"Quote"', "128", "130", "255", "9999999999999999999", "-128"),
    *("END", "#", "2013-01-01", "22:00:00.5", "2020.01.02", "00:00:01"),
    "01.02.2020 00:00:00 GMT+01",
    '"a"',
    '"a',
)  # fmt: skip


def spoilt_lines(line: str, delimiter: str, chance: random.Random) -> list[bytes]:
    """Return lines most of which differ from a good one in one field, some in one byte."""
    lines = []
    for _ in range(LINES):
        fields = line.split(delimiter)
        kind = chance.random()
        if kind < 0.6:
            fields[chance.randrange(len(fields))] = chance.choice(ODD_FIELDS)
        spoilt = delimiter.join(fields).encode()
        if kind > 0.9:
            at = chance.randrange(len(spoilt))
            spoilt = spoilt[:at] + chance.choice(ODD_BYTES) + spoilt[at + 1 :]
        lines.append(spoilt.replace(b"\n", b""))
    return lines


@pytest.mark.parametrize(
    "reader",
    [
        pytest.param(name, marks=pytest.mark.pure if form == "plain" else ())
        for name, (form, _) in READERS.items()
    ],
)
@pytest.mark.parametrize("name", EXAMPLES)
def test_lines_that_nobody_chose_are_read_as_the_judge_reads_them(
    name: str, reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = EXAMPLES[name]
    layout, chance = example.layout, random.Random(name)
    lines = spoilt_lines(example.line, layout.delimiter, chance)
    form, constants = READERS[reader]
    for constant, value in constants.items():
        module = csv_rows if constant == "FEW_LINES" else plain_rows
        monkeypatch.setattr(module, constant, value)

    with in_form(form):
        text = CsvText(layout, 0)
        for first in range(0, len(lines), 50):
            # A block of good lines with few odd ones, as files are, and of odd ones alone.
            good = [example.line.encode()] * chance.choice((0, 0, GOOD_LINES))
            data = b"\n".join([*lines[first : first + 50], *good, b""])
            rows = text.read(data, len(data), line_count(data, len(data)), OFFSET)

            assert one_by_one(data, layout) == (quotes_of(rows.block), rows.faults)
            assert left_out_of(data, layout) == rows.notes.left_out


@pytest.mark.pure
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_line_is_the_quote_that_it_says(name: str) -> None:
    example = EXAMPLES[name]
    layout = example.layout
    row = read_line(example.line.encode(), layout)

    assert isinstance(row, Row)
    assert example.format == layout.format
    assert example[4:9] == (
        *(row.timestamp_ns, row.latency_ms, row.bid_price, row.ask_price),
        row.ticker,
    )
    assert bool(example.header) == layout.has_header


def account_of(file: CsvFile, block_bytes: int) -> list[tuple[FilePlace, Parsed]]:
    """Read a file to its end; return what each block holds, and where it began."""
    blocks = []
    while (cut := file.cut(block_bytes)) is not None:
        parsed = cut()
        blocks.append((parsed.source.start, parsed))
    file.close()
    return blocks


def told(blocks: list[tuple[FilePlace, Parsed]]) -> tuple[list[object], list[object]]:
    quotes = [quote for _, parsed in blocks for quote in quotes_of(parsed.source.block)]
    rejections = [rejection for _, parsed in blocks for rejection in parsed.rejections]
    notes = [sum(counts) for counts in zip(*(each.source.notes for _, each in blocks), strict=True)]
    return [*quotes], [*rejections, *notes]


@pytest.mark.pure
@pytest.mark.parametrize("form", ["compiled", "plain"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_wherever_a_file_is_cut_and_gone_on_with_it_says_the_same(
    name: str, form: str, tmp_path: Path
) -> None:
    example, chance = EXAMPLES[name], random.Random(name)
    lines = spoilt_lines(example.line, example.layout.delimiter, chance)[:60]
    # The first row decides; what is odd comes behind it.
    head = [example.header.encode()] if example.header else []
    path = tmp_path / Path(example.name).name.removesuffix(".gz")
    path.write_bytes(b"\n".join([*head, example.line.encode(), *lines, b""]))

    with in_form(form):
        whole = account_of(CsvFile(path, 0, example.options), 1 << 20)
        blocks = account_of(CsvFile(path, 0, example.options), chance.randrange(100, 900))

        assert told(whole) == told(blocks)
        for at in chance.sample(range(len(blocks)), min(PLACES, len(blocks))):
            file = CsvFile(path, 0, example.options)
            file.seek(blocks[at][0])
            assert told(blocks[at:]) == told(account_of(file, 1 << 20))
