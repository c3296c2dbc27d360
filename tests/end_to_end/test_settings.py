"""A run that finds a file of settings decides for its children, which look for none."""

import subprocess
from pathlib import Path

import msgspec

from tests.end_to_end.processes import PATIENCE_SECONDS, ROOT, command, environment, logs
from tests.reference import reference_logs


def test_a_file_beside_the_data_sets_the_run_and_not_its_children(tmp_path: Path) -> None:
    path = ROOT / "fixtures" / "historical_sample.csv"
    (tmp_path / "zreplay.toml").write_text(
        '[run]\nspeed = "max"\nout = "there"\n[serve]\nlimit = 1\n'
    )
    (tmp_path / "zmid.toml").write_text("this would be an error in each child")
    surroundings = environment()
    for name in ("ZREPLAY_CONFIG", "ZMID_CONFIG"):
        del surroundings[name]

    done = subprocess.run(
        command("zreplay", "run", "--json", path),
        cwd=tmp_path,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )

    assert 0 == done.returncode, done.stderr
    assert msgspec.json.decode(done.stdout)["complete"]
    assert 1 == done.stderr.count("zreplay.toml")
    assert reference_logs([path])[:2] == logs(tmp_path / "there")
