"""What a worker has, and why it may not run tasks."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from zreplay.backfilling import probe as module
from zreplay.backfilling.probe import Findings, misfits, probe

OURS = Findings("here", {"zreplay": "1", "numpy": "2"}, "digest", True)


def test_this_machine_fits_itself_and_nothing_of_the_probe_stays(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("rows")
    ours, theirs = (
        probe(tmp_path / "a.csv", tmp_path / "out", None, writes=writes) for writes in (False, True)
    )

    assert [] == misfits(ours, theirs)
    assert {"zreplay", "Python", "numpy", "pyarrow"} == ours.versions.keys()
    assert [] == [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


def test_a_file_that_is_not_there_and_a_folder_that_cannot_be_written_are_said(
    tmp_path: Path,
) -> None:
    (tmp_path / "out").touch()

    found = probe(tmp_path / "a.csv", tmp_path / "out", None)

    assert [True, True] == [
        "cannot read" in found.cannot[0] and "a.csv" in found.cannot[0],
        "cannot write" in found.cannot[1],
    ]


def test_too_little_room_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST_FREE_BYTES", 2**60)
    (tmp_path / "a.csv").touch()

    assert "MiB free" in probe(tmp_path / "a.csv", tmp_path / "out", None).cannot[0]


@pytest.mark.parametrize(
    ("theirs", "why"),
    [
        (replace(OURS, host="there", is_compiled=False), []),
        (replace(OURS, versions={"zreplay": "2", "numpy": "2"}), ["zreplay 2, here 1"]),
        (replace(OURS, versions={"zreplay": "1"}), ["numpy is missing, here 2"]),
        (replace(OURS, first_file="other"), ["the first file is another one there"]),
        (replace(OURS, first_file="", cannot=("cannot read a",)), ["cannot read a"]),
    ],
)
def test_what_differs_is_named(theirs: Findings, why: list[str]) -> None:
    assert why == misfits(OURS, theirs)
