"""A backfill gives the bytes of one reading, however files and arrivals are cut."""

import os
from pathlib import Path
from typing import Any

import pytest

from protocol.errors import InputError
from tests.zreplay.backfilling.recordings import (
    BEGIN_NS,
    HEADER,
    MS,
    Chance,
    by_source,
    on_here,
    one_reading,
    prepared,
    rules,
    written,
)
from zreplay.backfilling import proof
from zreplay.backfilling.backfill import Watch, backfill
from zreplay.backfilling.file_reading import FileReading
from zreplay.backfilling.preparation import prepare
from zreplay.backfilling.settings import BackfillSettings
from zreplay.backfilling.standing import Standing
from zreplay.backfilling.window_reader import WindowReader
from zreplay.historical import parse_ahead
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.selection import Selection

SEEDS = int(os.environ.get("BACKFILL_SEEDS", "40"))
MOST_SEEDS_OF_A_MUTANT = 60


def small_blocks(monkeypatch: pytest.MonkeyPatch, size_bytes: int) -> None:
    for name in ("BLOCK_BYTES", "SHARED_BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(parse_ahead, name, size_bytes)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_any_plan_gives_the_bytes_of_one_reading(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = Chance(seed)
    paths = chance.files(tmp_path)
    of = rules(reorder_ns=chance.reorder_ms * MS, late="reject", reads_ahead=seed % 2 == 0)
    plan = chance.plan(paths)
    small_blocks(monkeypatch, chance.random.choice([256, 1024, 65_536]))

    todo = prepared(paths, plan, tmp_path / "out", of)
    outcome = backfill(todo, on_here(todo), Watch())

    assert (True, 0) == (outcome.is_complete, outcome.failed)
    assert one_reading(paths, of) == written(tmp_path / "out")


ASKED: dict[str, dict[str, Any]] = {
    "everything": {},
    "some tickers": {"selection": Selection(tickers=("A*",), exclude=("AB",))},
    "from and to": {"selection": Selection(from_ns=BEGIN_NS + 100 * MS, to_ns=BEGIN_NS + 500 * MS)},
    "an offset": {"selection": Selection(start_offset_ns=50 * MS, duration_ns=200 * MS)},
    "a latency": {"latency": LatencyModel.parse("scale:3", "latency")},
    "no limit to a jump": {"max_jump_ns": 0},
    "arrivals": {"stamp": "arrival", "threshold_ms": 5.0},
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("seed", range(8))
def test_what_is_planned_from_the_files_gives_them_too(
    asked: str, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.backfilling.survey.LOOK_BYTES", 256)
    monkeypatch.setattr("zreplay.backfilling.settings.MIB", 1)
    monkeypatch.setattr("zreplay.backfilling.plan.BEHIND_CUTS_NS", 10 * MS)
    monkeypatch.setattr("zreplay.backfilling.plan.BEHIND_HEADS_NS", 30 * MS)
    monkeypatch.setattr("zreplay.backfilling.plan.NEAR_NS", 100 * MS)
    small_blocks(monkeypatch, 512)
    chance = Chance(1000 + seed)
    paths = chance.files(tmp_path)
    of = rules(**{"reorder_ns": chance.reorder_ms * MS, "late": "reject", **ASKED[asked]})
    todo = prepare(BackfillSettings(tuple(paths), of, tmp_path / "out", 1, window_bytes=2048))

    outcome = backfill(todo, on_here(todo), Watch())

    assert outcome.is_complete
    assert by_source(paths, of) == written(tmp_path / "out")


def test_a_file_that_changes_while_it_is_read_gives_no_log(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER)
    todo = prepare(BackfillSettings((path,), rules(), tmp_path / "out", 1))

    def change(standing: Standing) -> None:
        path.write_text(HEADER + "more\n")

    with pytest.raises(InputError, match="changed while it was read"):
        backfill(todo, on_here(todo), Watch(progress=change))
    assert not (tmp_path / "out" / "mid_prices.log").exists()


def knows_all(*_: object) -> bool:
    return True


def has_passed_without_horizon(reader: WindowReader, file: Any) -> bool:
    end_ns = reader._window.end_ns
    return end_ns is not None and file.newest.timestamp_ns >= end_ns


MUTANTS = {
    "the newest timestamp before a piece is not looked at": (proof, "_is_as_good", knows_all),
    "arrivals in windows without the piece are": (proof, "_include", lambda *_: None),
    "pieces at home are not read to their end": (
        FileReading,
        "is_home_read",
        property(knows_all),
    ),
    "a file ends at the window": (WindowReader, "_has_passed", has_passed_without_horizon),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_each_rule_is_needed(mutant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*MUTANTS[mutant])
    small_blocks(monkeypatch, 256)
    for seed in range(MOST_SEEDS_OF_A_MUTANT):
        folder = tmp_path / str(seed)
        folder.mkdir()
        chance = Chance(seed)
        paths = chance.files(folder)
        of = rules(reorder_ns=chance.reorder_ms * MS, late="reject")
        todo = prepared(paths, chance.plan(paths), folder / "out", of)
        backfill(todo, on_here(todo), Watch())
        if one_reading(paths, of) != written(folder / "out"):
            return
    pytest.fail("no plan shows it")
