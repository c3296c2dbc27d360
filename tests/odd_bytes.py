"""Bytes that no recording should hold, put into the fields of its rows.

In a column that is not used they change nothing; in one that is, the row is rejected or has
another ticker.
"""

from collections.abc import Sequence
from pathlib import Path
from random import Random

ODD_BYTES = (
    *(b"\xff", b"\xc3\xa9", b"\xc3", b"\xed\xa0\x80", b"\x00", b"a\rb", b"\x7f", b"\xef\xbb\xbf"),
    *(b'"a,b"', b'""', b'x"y', b'"a"b', b'"\xff,\r"', b'"open', b"a,b"),
)
IGNORED_SHARE = 0.1
USED_SHARE = 0.01
PLAIN_STRETCH = 5000
"""So many rows in a row are plain, then as many have odd bytes: blocks are read in all ways."""


def with_odd_bytes(fields: Sequence[bytes], ignored: Sequence[int], choices: Random) -> list[bytes]:
    """Return the fields of a row, now and then with odd bytes, mostly in those that are ignored."""
    changed = list(fields)
    for place in range(len(fields)):
        if choices.random() < (IGNORED_SHARE if place in ignored else USED_SHARE):
            changed[place] = choices.choice(ODD_BYTES)
    return changed


def write_with_odd_bytes(recording: Path, path: Path, seed: int) -> Path:
    """Write a recording whose first column is not used once more, with odd bytes in its rows."""
    header, *rows = recording.read_bytes().splitlines(keepends=True)
    assert header.startswith(b","), "its first column has no name"
    choices = Random(seed)
    for number, row in enumerate(rows):
        if number // PLAIN_STRETCH % 2:
            fields = row.removesuffix(b"\n").split(b",")
            rows[number] = b",".join(with_odd_bytes(fields, [0], choices)) + b"\n"
    path.write_bytes(header + b"".join(rows))
    return path
