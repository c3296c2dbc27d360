"""Lines of a format -> the same with some bytes changed; and whether the readers agree on them."""

import re
from collections.abc import Iterator
from random import Random
from typing import Final

from msgspec.structs import astuple

from tests.format_examples import Example
from tests.forms import in_form
from tests.plain_reader import LEFT_OUT, REJECTED, Plain, plain
from tests.zreplay.recordings.csv.csv_lines import OFFSET, comparable, quotes_of
from zreplay.recordings.csv.csv_lines import line_count
from zreplay.recordings.csv.csv_text import CsvText
from zreplay.recordings.csv.line_rows import Row, read_line
from zreplay.recordings.formats.layout import Layout

BLOCK_LINES: Final = 1_000
_BYTES: Final = (
    *(b"0", b"1", b"9", b"-", b"+", b".", b",", b";", b"|", b"\t", b" ", b'"', b"e", b"E", b"T"),
    *(b"D", b"Z", b":", b"/", b"#", b"n", b"\r", b"\x00", b"\x7f", b"\xff", b"\xc3\xa9", b""),
)


def mutated(line: bytes, delimiter: bytes, chance: Random) -> bytes:
    """Return a line with one to three small changes: a byte, a number, a field."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        kind = chance.random()
        at = chance.randrange(len(line) + 1)
        if kind < 0.5:
            end = min(len(line), at + chance.choice((0, 1, 1, 2)))
            line = line[:at] + chance.choice(_BYTES) + line[end:]
        elif kind < 0.8:  # other digits in the place of some
            runs = list(re.finditer(rb"[0-9]+", line))
            if runs:
                run = chance.choice(runs)
                size = max(0, len(run[0]) + chance.choice((-1, 0, 0, 0, 1, 12)))
                digits = "".join(chance.choices("0123456789", k=size)).encode()
                line = line[: run.start()] + digits + line[run.end() :]
        else:
            fields = line.split(delimiter)
            one, other = chance.randrange(len(fields)), chance.randrange(len(fields))
            fields[one] = chance.choice((fields[other], b"", b"nan", b"0", b"Quote", b"128"))
            line = delimiter.join(fields)
    return line.replace(b"\n", b"")


def blocks(example: Example, layout: Layout, count: int, seed: int) -> Iterator[list[bytes]]:
    """Yield `count` lines in blocks; in some few are mutated, in others all are."""
    chance, good = Random(f"{seed} {example}"), example.line.encode()
    delimiter = layout.delimiter.encode()
    size = min(BLOCK_LINES, count // 3)
    for first in range(0, count, size):
        share = chance.choice((0.01, 0.03, 1.0))
        yield [
            mutated(good, delimiter, chance) if chance.random() < share else good
            for _ in range(min(size, count - first))
        ]


def disagreements(example: Example, count: int, seed: int = 0) -> Iterator[str]:
    """Yield each of so many lines, mutated or not, that two readers do not read alike.

    The plain reader says what a line is; the judge, the compiled reader and pyarrow have to say
    the same, of each line by itself and of whole blocks.
    """
    layout = example.layout
    readers = {}
    for form in ("compiled", "plain"):
        with in_form(form):
            readers[form] = CsvText(layout, 0)
    known: dict[bytes, Plain] = {}
    for lines in blocks(example, layout, count, seed):
        expected = [_known(line, layout, known) for line in lines]
        yield from _by_the_judge(lines, expected, layout)
        data = b"\n".join([*lines, b""])
        for form, reader in readers.items():
            yield from at_once(reader, form, data, lines, expected)


def _known(line: bytes, layout: Layout, known: dict[bytes, Plain]) -> Plain:
    if len(known) > BLOCK_LINES:
        known.clear()
    if line not in known:
        known[line] = plain(line, layout) if line.strip(b"\r") else LEFT_OUT
    return known[line]


def _by_the_judge(lines: list[bytes], expected: list[Plain], layout: Layout) -> Iterator[str]:
    for line, wanted in zip(lines, expected, strict=True):
        if line.strip(b"\r"):
            found = read_line(line, layout)
            is_row = isinstance(found, Row)
            said = astuple(found) if is_row else LEFT_OUT if found is None else REJECTED
            if _shown(said) != _shown(wanted):
                yield f"judge: {line!r}: {said}, plainly {wanted}"


def at_once(
    reader: CsvText, form: str, data: bytes, lines: list[bytes], expected: list[Plain]
) -> Iterator[str]:
    read = reader.read(data, len(data), line_count(data, len(data)), OFFSET)
    found: dict[int, object] = {int(str(quote[0])): quote[1:] for quote in quotes_of(read.block)}
    found |= {OFFSET + fault.start: REJECTED for fault in read.faults}
    at = OFFSET
    for line, wanted in zip(lines, expected, strict=True):
        said = found.get(at, LEFT_OUT)
        if _shown(said) != _shown(wanted):
            yield f"{form}: {line!r}: {said}, plainly {wanted}"
        at += len(line) + 1


def _shown(said: object) -> object:
    return repr(tuple(map(comparable, said))) if isinstance(said, tuple) else said
