"""`zreplay convert` of a run's folder writes its results, and takes only what is about them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pyarrow import parquet

import zreplay
from tests.zmid.processors.recorded import batch
from tests.zreplay.test_result_tables import TABLES, Sink
from zreplay.commands.cli import cli
from zreplay.live.capture_folder import FOLDER
from zreplay.live.segment_head import name_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Sink(tmp_path, TABLES).commit(batch(4), batch(2, 1004))
    return tmp_path


def convert(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["convert", *map(str, arguments)])


def test_the_mids_with_whose_they_are_become_a_file(folder: Path) -> None:
    done = convert(folder, "--to", folder / "mids.parquet", "--json")

    assert (0, 6) == (done.exit_code, json.loads(done.stdout)["rows"])
    assert zreplay.results(folder).read_all().equals(parquet.read_table(folder / "mids.parquet"))


def test_some_of_an_output_becomes_a_file(folder: Path) -> None:
    window = ("--from", "1970-01-01 00:16:41", "--until", "1970-01-01 00:16:45")
    done = convert(folder, "--to", folder / "b.csv", "--tickers", "B,C", *window)
    lines = (folder / "b.csv").read_text().splitlines()
    other = convert(folder, "--to", folder / "t.csv", "--output", "times.arrows")

    assert (0, 0) == (done.exit_code, other.exit_code)
    assert ["1001", "1003", "1004"] == [line.split(",")[0] for line in lines[1:]]
    assert "1000\n" in (folder / "t.csv").read_text()


def test_without_a_table_it_is_said_what_is_missing(tmp_path: Path) -> None:
    Sink(tmp_path, []).commit(batch(3))
    done = convert(tmp_path, "--to", tmp_path / "mids.csv")

    assert 0 == done.exit_code
    assert "no tickers; run with --table" in done.stderr
    assert 4 == len((tmp_path / "mids.csv").read_text().splitlines())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--reorder", "1s"), "--reorder says how a recording is read"),
        (("--split", "day"), "--split says"),
        (("--output", "other"), "has no output other"),
        (("other.csv",), "converted alone"),
    ],
)
def test_what_is_not_about_results_is_refused(
    folder: Path, options: tuple[str, ...], said: str
) -> None:
    done = convert(folder, "--to", folder / "out.csv", *options)

    assert said in str(done.exception)
    assert not (folder / "out.csv").exists()


def test_of_a_folder_that_has_a_capture_too_it_is_to_be_said_which(folder: Path) -> None:
    (folder / FOLDER).mkdir()
    (folder / FOLDER / name_of(0)).touch()
    done = convert(folder, "--to", folder / "out.csv")

    assert f"--output mids.arrows for the results, or name {folder / FOLDER}" in str(done.exception)
    assert 0 == convert(folder, "--to", folder / "out.csv", "--output", "mids.arrows").exit_code


def test_an_output_of_a_recording_is_refused(tmp_path: Path) -> None:
    done = convert("quotes.csv", "--to", tmp_path / "out.csv", "--output", "mids.arrows")

    assert "--output is of the folder of a run" in str(done.exception)
