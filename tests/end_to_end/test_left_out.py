"""Overlapping recordings and a session: the right bytes and the right counts, also when killed."""

import json
from pathlib import Path

from tests.end_to_end.processes import ROOT, finish, logs, start, until
from tests.reference import reference_logs

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
FIRST_END, SECOND_BEGIN = 12_000, 8_000
BAD_EVERY = 500
SESSION = "12:00:02-12:00:08"


def overlapping(folder: Path) -> tuple[Path, Path]:
    """Write the sample into two files that share rows in the middle, and some that are none."""
    header, *rows = SAMPLE.read_bytes().splitlines(keepends=True)
    for number in range(0, len(rows), BAD_EVERY):
        rows[number] += b"%d,is no quote\n" % number
    paths = folder / "a.csv", folder / "b.csv"
    for path, part in zip(paths, (rows[:FIRST_END], rows[SECOND_BEGIN:]), strict=True):
        path.write_bytes(header + b"".join(part))
    return paths


def test_overlapping_recordings_give_what_the_whole_one_does_though_the_run_is_killed(
    tmp_path: Path,
) -> None:
    paths, out = overlapping(tmp_path), tmp_path / "out"
    arguments = ("run", *paths, "--dedupe", "--out", out, "--speed")
    log = out / "mid_prices.log"
    for least_bytes in (100_000, 200_000):
        run = start("zreplay", *arguments, "2")
        until(lambda least=least_bytes: log.exists() and log.stat().st_size > least, "lines")
        run.kill()
        run.communicate()
    again = finish("zreplay", *arguments, "max", "--json")
    at_once = tmp_path / "at_once"
    finish("zreplay", *arguments[:-3], "--speed", "max", "--out", at_once)

    expected = reference_logs([SAMPLE])
    assert (expected.mids, expected.errors) == logs(out)
    assert FIRST_END - SECOND_BEGIN == json.loads(again.stdout)["repeated"]
    rejected = (out / "rejected.log").read_bytes()
    assert rejected.count(b"\n") == FIRST_END // BAD_EVERY + (20_000 - SECOND_BEGIN) // BAD_EVERY
    assert rejected == (at_once / "rejected.log").read_bytes()


def test_a_session_sends_what_arrives_in_it_and_counts_the_rest(tmp_path: Path) -> None:
    whole, part = tmp_path / "whole", tmp_path / "part"
    asked = ("--from", "2026-01-15 12:00:02", "--to", "2026-01-15 12:00:08")
    finish("zreplay", "run", SAMPLE, *asked, "--speed", "max", "--out", whole)
    run = ("run", SAMPLE, "--session", SESSION, "--speed", "max", "--out", part)
    outcome = json.loads(finish("zreplay", *run, "--json").stdout)

    assert logs(whole) == logs(part)
    assert 20_000 == outcome["quotes"] + outcome["outside_session"]
    assert outcome["quotes"] > 0
