"""What is neither a quote nor rejected is counted once, however files and arrivals are cut."""

import random
from pathlib import Path

import pytest

from tests.format_examples import EVENTS
from tests.zreplay.backfilling.recordings import (
    MS,
    by_source,
    on_here,
    prepared,
    rules,
    source_of,
    written,
)
from tests.zreplay.backfilling.test_backfill import small_blocks
from zreplay.backfilling.backfill import Outcome, Watch, backfill
from zreplay.backfilling.plan import Piece, Plan
from zreplay.historical.daily_session import DailySession
from zreplay.historical.selection import Selection
from zreplay.quotes.timestamp_text import parse_instant_ns
from zreplay.recordings.formats.format_options import FormatOptions

HOUR_NS = 3_600_000 * MS
HEADER = "day;time;name;bid;ask;flags;kind\n"
SUMMER_NS = parse_instant_ns("2020-10-25 00:40:00", "")
"""From here on the clocks of Berlin show an hour twice, once 20 minutes are over."""

NAMES = ("left_out", "skipped_times", "repeated_times", "outside_session", "repeated")
QUOTE = b";128;Q\n"
"""A piece begins with one."""
COLUMNS = FormatOptions(format=str(EVENTS))


def recording(path: Path, chance: random.Random, rows: int = 60) -> Path:
    """Write rows of an hour that the clocks show twice, with others between them; some jump."""
    lines, minute = [], 0
    for _ in range(rows):
        minute = min(minute + chance.choice((0, 1, 2)), 59)
        day = chance.choice(("25.10.2020",) * 19 + ("29.10.2020",))
        flags, kind = chance.choice((("128", "Q"), ("128", "Q"), ("2", "Q"), ("128", "T")))
        time = f"0{chance.choice((1, 2, 2))}:{minute:02d}:00"
        lines.append(chance.choice((f"{day};{time};A;1;2;{flags};{kind}\n",) * 7 + ("# so\n",)))
    path.write_text(HEADER + "".join(lines))
    return path


def plan_of(paths: list[Path], chance: random.Random) -> Plan:
    bounds = sorted({SUMMER_NS + chance.randint(0, 7_200) * 1_000 * MS for _ in range(4)})
    pieces = []
    for path in paths:
        lines = path.read_bytes().splitlines(keepends=True)
        starts = [
            sum(map(len, lines[:at])) for at in range(2, len(lines)) if lines[at].endswith(QUOTE)
        ]
        offsets = [0, *sorted(chance.sample(starts, min(6, chance.randint(0, len(starts)))))]
        homes = sorted(chance.randint(0, len(bounds)) for _ in offsets)
        pieces.append(tuple(map(Piece, offsets, homes, [None] * len(homes))))
    return Plan(tuple(bounds), tuple(pieces), (None,) * len(paths))


def counts_of(outcome: Outcome) -> dict[str, int]:
    return {name: getattr(outcome, name) for name in NAMES}


@pytest.mark.parametrize("seed", range(12))
def test_the_counts_are_those_of_one_reading(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    paths = [recording(tmp_path / f"{number}.csv", chance) for number in range(2)]
    asked = Selection(session=DailySession.parse("02:10-03:20", "Europe/Berlin", ""), dedupe=True)
    of = rules(
        columns=COLUMNS,
        selection=asked,
        reorder_ns=2 * HOUR_NS,
        late="reject",
        max_jump_ns=24 * HOUR_NS,
    )
    small_blocks(monkeypatch, chance.choice((128, 512, 65_536)))
    todo = prepared(paths, plan_of(paths, chance), tmp_path / "out", of)

    outcome = backfill(todo, on_here(todo), Watch())
    whole = source_of(paths, of, lambda rejection: None)
    while whole.read() is not None:
        pass
    whole.close()

    assert by_source(paths, of) == written(tmp_path / "out")
    assert {**whole.notes.total._asdict(), **whole.left_out._asdict()} == counts_of(outcome)
    assert all(counts_of(outcome)[name] for name in ("left_out", "outside_session"))
