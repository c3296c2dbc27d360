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


@pytest.mark.parametrize(
    ("remote", "source"),
    [
        ("https://github.com/some/zreplay.git", "https://github.com/some/zreplay"),
        ("git@gitlab.example.org:a/b/zreplay.git", "https://gitlab.example.org/a/b/zreplay"),
        ("https://user:SECRET@host.org/some/zreplay", "https://host.org/some/zreplay"),
        ("/srv/git/zreplay", None),
        ("", None),
    ],
)
def test_where_the_project_is_is_said_by_its_checkout_and_by_what_is_made_of_it(
    tmp_path: Path, remote: str, source: str | None
) -> None:
    checkout, out = tmp_path / "checkout", tmp_path / "out"
    checkout.mkdir()
    shutil.copy2(ROOT / "setup.py", checkout)
    (checkout / "setup.cfg").write_text("[metadata]\nname = x\nversion = 1\n")
    (checkout / "pyproject.toml").write_text("[build-system]\nrequires = ['setuptools']\n")
    subprocess.run(["git", "init", "--quiet", checkout], check=True)
    if remote:
        subprocess.run(["git", "-C", checkout, "remote", "add", "origin", remote], check=True)
    ran("-m", "build", "--no-isolation", "--sdist", "--outdir", out, ".", cwd=checkout)
    with tarfile.open(next(out.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    unpacked = tmp_path / "x-1"
    ran("setup.py", "--quiet", "egg_info", cwd=unpacked)
    infos = [(unpacked / name).read_text() for name in ("PKG-INFO", "x.egg-info/PKG-INFO")]

    urls = {"Changelog": "/blob/HEAD/CHANGELOG.md", "Issues": "/issues", "Source": ""}
    expected = {name: f"{source}{path}" for name, path in urls.items()} if source else {}
    lines = sorted(f"Project-URL: {name}, {url}" for name, url in expected.items())
    for info in infos:
        assert "SECRET" not in info
        assert lines == sorted(each for each in info.splitlines() if each.startswith("Project-URL"))
