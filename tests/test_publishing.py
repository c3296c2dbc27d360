"""What would be published is whole: the sdist has all that its tests need, the wheel runs alone."""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

pytest.importorskip("build", reason="scripts/test --extras installs build and twine")
pytest.importorskip("twine", reason="scripts/test --extras installs build and twine")

ROOT = Path(__file__).resolve().parents[1]
NOT_SHIPPED = {".gitignore", "zreplay/fixtures"}
"""The second is a link, whose files are shipped."""


def ran(*arguments: object, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is no checkout")
    return listed.stdout.splitlines()


def test_what_is_published_is_whole(tmp_path: Path) -> None:
    names = tracked()
    source, out = tmp_path / "source", tmp_path / "out"
    for name in names:
        copy = source / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_symlink():
            copy.symlink_to((ROOT / name).readlink())
        else:
            shutil.copy2(ROOT / name, copy)
    ran("-m", "build", "--no-isolation", "--outdir", out, ".", cwd=source)
    (sdist,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")

    with tarfile.open(sdist) as archive:
        shipped = {name.partition("/")[2] for name in archive.getnames()}
    assert set() == {*names} - shipped - NOT_SHIPPED
    assert 2 == ran("-m", "twine", "check", sdist, wheel, cwd=tmp_path).count("PASSED")

    alone = tmp_path / "alone"
    install = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", alone)
    ran(*install, wheel, cwd=tmp_path)
    sample = alone / "zreplay" / "fixtures" / "historical_sample.csv"
    said = ran("-m", "zreplay", "inspect", sample, cwd=tmp_path, PYTHONPATH=str(alone))
    assert "20,000 quotes" in said
