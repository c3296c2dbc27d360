"""A bit flipped on disk is repaired from an older commit, or refused; never built upon."""

import shutil
from pathlib import Path

import pytest

from tests.end_to_end.processes import ROOT, finish, logs, start, until
from tests.end_to_end.test_run_killed import committed_bytes
from tests.reference import reference_logs

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
SLOT_BYTES = 64 * 1024
REPAIRED, REFUSED = 0, 6


@pytest.fixture(scope="module")
def half_done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a run that was killed half-way, with many commits behind it."""
    out = tmp_path_factory.mktemp("half done") / "out"
    run = start("zreplay", "run", SAMPLE, "--speed", "2", "--out", out)
    until(lambda: committed_bytes(out) > 400_000, "commits")
    run.kill()
    run.communicate()
    return out


@pytest.mark.parametrize(
    ("name", "place", "code"),
    [
        *[("commit.ring", slot * SLOT_BYTES + 40, REPAIRED) for slot in (0, 10)],
        ("mid_prices.log", -2, REPAIRED),
        ("errors.log", -2, REPAIRED),
        ("mid_prices.log", 3, REFUSED),
        ("errors.log", 3, REFUSED),
    ],
)
def test_a_flipped_bit_is_repaired_or_refused(
    tmp_path: Path, half_done: Path, name: str, place: int, code: int
) -> None:
    out = tmp_path / "out"
    shutil.copytree(half_done, out)
    data = bytearray((out / name).read_bytes())
    data[place] ^= 0x10
    (out / name).write_bytes(data)
    before = logs(out)
    done = finish("zreplay", "run", SAMPLE, "--speed", "max", "--out", out)

    assert code == done.returncode, done.stderr
    if code == REFUSED:
        assert f"{name} is damaged" in done.stderr
        assert before == logs(out)
    else:
        assert reference_logs([SAMPLE])[:2] == logs(out)
