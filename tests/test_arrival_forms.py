"""Every form of `arrival = timestamp + latency` agrees: in blocks, in lines, in C, in zmid.

`zreplay.quotes.arrival` is the definition; nobody chose these inputs.
"""

import random
from collections.abc import Callable
from math import isfinite
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from protocol.limits import INT64_MAX, INT64_MIN
from protocol.messages import STAMP_ARRIVAL, Batch
from tests.quote_forms import FORMS, Text
from tests.zmid.fakes import make_batch
from tests.zreplay.example_quotes import make_block
from tests.zreplay.quotes.test_arrival import CASES
from zmid.mid import mid_lines, python_lines
from zmid.mid_columns import column_lines
from zmid.mid_rule import MidLines, MidRule, arrivals_ns
from zreplay.historical.latency_model import LatencyModel
from zreplay.quotes.arrival import arrival_ns
from zreplay.quotes.timestamp_text import exact_time_text, instant_ns
from zreplay.recordings.source_block import FilePlace, SourceBlock

FILE_FORMS = sorted(FORMS.keys() - {"live", "capture"})  # the others measure the latency
NS_PER_DAY = 86_400 * 10**9


def make_pairs(seed: int, count: int, first_ns: int, last_ns: int) -> list[tuple[int, float]]:
    """Return timestamps and latencies, many of which end in half a nanosecond."""
    chance = random.Random(seed)
    scales = (1e-5, 1.0, 1e3, 1e9, 1e11)
    return [
        (
            chance.randrange(first_ns, last_ns),
            chance.choice(
                (
                    chance.randrange(-(10**9), 10**9) / 1e6 + 5e-7,
                    chance.uniform(-1, 1) * chance.choice(scales),
                )
            ),
        )
        for _ in range(count)
    ]


USUAL = make_pairs(1, 3_000, 0, 8 * 10**18)
AT_THE_ENDS = [
    *make_pairs(2, 20, INT64_MIN, INT64_MIN + NS_PER_DAY),
    *make_pairs(3, 20, INT64_MAX - NS_PER_DAY, INT64_MAX),
    *((timestamp_ns, latency_ms) for timestamp_ns, latency_ms, _ in CASES),
]
PAIRS = USUAL + AT_THE_ENDS


def read(form: str, folder: Path, pairs: list[tuple[int, float]]) -> list[int | None]:
    """Return the arrivals of such rows of a recording, None of a row that is rejected."""
    rows = [
        Text(str(row), exact_time_text(timestamp_ns), "A", "1", "2", "1", "3", repr(latency_ms))
        for row, (timestamp_ns, latency_ms) in enumerate(pairs)
    ]
    pieces, rejections = FORMS[form](folder, rows)
    found = {
        row: moment_ns
        for block in [piece.block for piece in pieces]
        for row, moment_ns in zip(block.index.tolist(), block.arrival_ns.tolist(), strict=True)
    }
    assert len(pairs) == len(found) + len(rejections)
    return [found.get(row) for row in range(len(pairs))]


@pytest.mark.parametrize("form", FILE_FORMS)
def test_a_row_of_a_recording_arrives_as_the_definition_says(form: str, tmp_path: Path) -> None:
    assert [arrival_ns(*pair) for pair in USUAL] == read(form, tmp_path, USUAL)


@pytest.mark.parametrize("form", FILE_FORMS)
def test_a_row_that_hardly_arrives_or_never_does_so_in_every_form(
    form: str, tmp_path: Path
) -> None:
    # Each in a recording of its own: to the others of this list it would be late.
    finite = [pair for pair in AT_THE_ENDS if isfinite(pair[1])]

    found = [moment_ns for pair in finite for moment_ns in read(form, tmp_path, [pair])]

    assert [arrival_ns(*pair) for pair in finite] == found


def test_a_modelled_latency_arrives_as_the_definition_says() -> None:
    block = replace(
        make_block([0] * len(PAIRS)),
        timestamp_ns=np.array([timestamp_ns for timestamp_ns, _ in PAIRS]),
        latency_ms=np.array([latency_ms for _, latency_ms in PAIRS]),
    )
    places = np.arange(len(PAIRS), dtype=np.int64)
    start, end = FilePlace(0, 0, 1), FilePlace(len(PAIRS), len(PAIRS), len(PAIRS))
    source = SourceBlock(block, start, end, places, places)

    modelled, rejections = LatencyModel("scale", 1.0).apply(source, "a.csv")

    expected = [arrival_ns(*pair) for pair in PAIRS]
    assert [moment_ns for moment_ns in expected if moment_ns is not None] == (
        modelled.block.arrival_ns.tolist()
    )
    assert expected.count(None) == len(rejections)


LINES: dict[str, Callable[[Batch, MidRule], MidLines]] = {
    "as installed": mid_lines,
    "few rows or columns": python_lines,
    "columns": column_lines,
}


@pytest.mark.parametrize("count", [7, len(PAIRS)])
@pytest.mark.parametrize("form", LINES)
def test_a_mid_line_shows_the_arrival_that_the_replay_order_has(form: str, count: int) -> None:
    pairs = [pair for pair in PAIRS if arrival_ns(*pair) is not None][:count]
    batch = make_batch([(timestamp_ns, latency_ms, 1.0, 2.0) for timestamp_ns, latency_ms in pairs])

    lines = LINES[form](batch, MidRule(1e18, STAMP_ARRIVAL))

    stamps = [line.partition(", ")[0] for line in bytes(lines.mids).decode().splitlines()]
    assert [arrival_ns(*pair) for pair in pairs] == [instant_ns(stamp) for stamp in stamps]


def test_the_column_of_zmid_is_the_one_of_zreplay() -> None:
    pairs = [pair for pair in PAIRS if arrival_ns(*pair) is not None]

    found = arrivals_ns(np.array([at for at, _ in pairs]), np.array([late for _, late in pairs]))

    assert [arrival_ns(*pair) for pair in pairs] == found.tolist()
