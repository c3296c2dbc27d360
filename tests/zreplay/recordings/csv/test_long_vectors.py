"""With the long vectors of a processor, if it has them, and without the same is read."""

import random
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from tests.zreplay.recordings.csv.csv_lines import GOOD, OURS, quotes_of
from zreplay.recordings.csv.plain_rows import PlainRows
from zreplay.recordings.formats.layout import Layout

ODD = [b'"', b"\t", b"\x7f", b"\x80", b"\xff", b"\r", b"\0", b",", b";", b"," * 20, b"\n", b" "]


@pytest.fixture(autouse=True)
def long_vectors_again(compiled: None) -> Iterator[None]:
    from zreplay.recordings.csv.compiled_rows import use_narrow

    yield
    use_narrow(False)


def read(text: bytes, layout: Layout) -> object:
    lines = text.count(b"\n")
    plain = PlainRows(layout).read(memoryview(text), lines, 0)
    if plain is None:
        return None
    places = plain.starts.tolist(), plain.numbers.tolist(), plain.odd_lines.tolist()
    return quotes_of(plain.block), places


def text_of(seed: int, delimiter: bytes) -> bytes:
    """Return lines of any length, most of them good, with odd bytes in some."""
    chance = random.Random(seed)
    lines = []
    for _ in range(chance.randrange(1, 40)):
        ticker = b"T" * chance.randrange(1, 60)
        line = GOOD.replace(b"A@B", ticker).replace(b"24.4", str(chance.random()).encode())
        line = line.replace(b",", delimiter)
        for _ in range(chance.choice([0, 0, 0, 1, 3])):
            at = chance.randrange(len(line) + 1)
            line = line[:at] + chance.choice(ODD) + line[at:]
        lines.append(line)
    return b"\n".join(lines) + b"\n"


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_text_has_the_same_rows_and_odd_lines(delimiter: str) -> None:
    from zreplay.recordings.csv.compiled_rows import use_narrow

    layout = replace(OURS, delimiter=delimiter)
    rows = 0
    for seed in range(400):
        text = text_of(seed, delimiter.encode())
        use_narrow(True)
        narrow = read(text, layout)
        use_narrow(False)
        assert narrow == read(text, layout), seed
        rows += 0 if narrow is None else text.count(b"\n")
    assert rows > 4000


def test_the_line_feeds_of_a_text_of_any_size_are_counted() -> None:
    from zreplay.recordings.csv.compiled_rows import count_feeds, use_narrow

    text = bytes(random.Random(1).choices([10, 9, 11, 138, 255, 44], k=400))
    for size in range(300):
        for begin in (0, 1, 63):
            part = text[begin : begin + size]
            assert part.count(b"\n") == count_feeds(part)
            use_narrow(True)
            assert part.count(b"\n") == count_feeds(part)
            use_narrow(False)
