"""The command prints text or JSON, exits with the right code, and the README shows its output."""

import gzip
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from protocol.errors import InputError
from zreplay.commands.cli import cli
from zreplay.inspection.standouts import RULE

MEASURED = re.compile(r"(no less than the) .* (that reading)")


def inspect(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["inspect", *map(str, arguments)])


@pytest.fixture
def bad_file(tmp_path: Path) -> Path:
    path = tmp_path / "bad.csv"
    path.write_text(
        "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
        "2025-10-02 00:00:00,T,1,1,1,1,5\n"
        "2025-10-02 00:00:00,T,1,-1,1,1,5\n"
    )
    return path


def test_the_readme_shows_what_is_printed_for_the_sample(checkout: Path) -> None:
    result = inspect(checkout / "fixtures/historical_sample.csv")

    printed = MEASURED.sub(r"\1 ... \2", result.output.replace(f"{checkout}/", ""))
    whole, short = (
        MEASURED.sub(r"\1 ... \2", (checkout / path).read_text())
        for path in ("zreplay/README.md", "README.md")
    )
    shown = re.search(r"^```\n(fixtures/.*?)^```", short, flags=re.MULTILINE | re.DOTALL)
    assert 0 == result.exit_code
    assert printed in whole
    assert shown is not None
    head, tail = shown.group(1).split("         ...\n")
    assert (True, True) == (printed.startswith(head), printed.endswith(tail))


def test_rejected_rows_are_shown_and_make_the_exit_code_1(bad_file: Path) -> None:
    result = inspect(bad_file)

    assert 1 == result.exit_code
    assert f'ask_price: negative; first at {bad_file} line 3: "-1"' in result.output


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_file_that_is_cut_off_is_shown_up_to_there_and_then_it_is_an_error(
    tmp_path: Path, checkout: Path, form: tuple[str, ...]
) -> None:
    sample = (checkout / "fixtures/historical_sample.csv").read_bytes()
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(sample)[:-1])

    result = inspect(cut, *form)

    assert isinstance(result.exception, InputError)
    assert "Z408" == result.exception.code
    if form:
        found = json.loads(result.stdout)
        assert (20_000, True) == (found["files"][0]["rows"], "is cut off" in found["broken_off"])
    else:
        assert ": 20,000 quotes" in result.stdout
        assert "the report is incomplete" in result.stdout


def test_as_json_it_is_one_object_of_the_schema(bad_file: Path, checkout: Path) -> None:
    sample = checkout / "fixtures/historical_sample.csv"

    result = inspect(bad_file, sample, "--json", "--speed", "max", "--latency-threshold", 30)

    found = json.loads(result.output)
    assert (1, 1, None, 30.0) == (
        result.exit_code,
        found["schema"],
        found["speed"],
        found["latency_threshold_ms"],
    )
    assert [1, 20_000, 20_001] == [file["rows"] for file in (*found["files"], found["total"])]


def test_a_file_that_cannot_be_read_ends_with_exit_code_4(tmp_path: Path) -> None:
    error = inspect(tmp_path / "nowhere.csv").exception

    assert 4 == getattr(error, "exit_code", None)


def test_a_stray_is_rejected_and_is_not_the_end_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "stray.csv"
    days = ["2025-10-02", "2099-01-01", *["2025-10-02"] * 3]
    rows = [f"{day} 00:00:00,T,1,1,1,1,5\n" for day in days]
    path.write_text(
        "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n" + "".join(rows)
    )

    [found] = json.loads(inspect(path, "--json").output)["files"]
    [all_rows] = json.loads(inspect(path, "--json", "--max-jump", "0").output)["files"]

    assert (1, 4, ["Z110"]) == (
        inspect(path).exit_code,
        found["rows"],
        [each["code"] for each in found["refusals"]],
    )
    assert found["timestamps"]["first_ns"] == found["timestamps"]["last_ns"]
    assert (2, 3) == (all_rows["rows"], all_rows["disorder"]["late"])


@pytest.fixture
def long_file(tmp_path: Path, bad_file: Path) -> Path:
    """Give a file that is long enough for an index to be kept."""
    header, *rows = bad_file.read_text().splitlines(keepends=True)
    path = tmp_path / "long.csv"
    path.write_text(header + "".join(rows) + rows[0] * 10_000)
    return path


def test_the_index_alone_is_made_and_says_what_is_known_by_it(long_file: Path) -> None:
    first, again = inspect("--index", long_file), inspect("--index", long_file, "--json")

    span = "2025-10-02 00:00:00.005 to 2025-10-02 00:00:00.005"
    assert (0, f"{long_file}: 10,001 rows, 1 refused, {span}\n") == (first.exit_code, first.output)
    known = {
        "file": str(long_file),
        "rows": 10_001,
        "refused": 1,
        "first": "2025-10-02 00:00:00.005",
        "last": "2025-10-02 00:00:00.005",
    }
    assert {"schema": 1, "files": [known]} == json.loads(again.output)


def test_an_inspection_leaves_an_index_behind_too(
    long_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    inspect(long_file)
    [index] = (tmp_path / "cache/zreplay/index").iterdir()
    left = index.read_bytes(), index.stat().st_ino

    assert "10,001 rows, 1 refused" in inspect("--index", long_file).output
    assert left == (index.read_bytes(), index.stat().st_ino)


def test_a_file_without_a_quote_has_no_times(bad_file: Path) -> None:
    bad_file.write_text(bad_file.read_text().splitlines(keepends=True)[0])

    assert f"{bad_file}: 0 rows, 0 refused\n" == inspect("--index", bad_file).output


def test_of_many_files_the_whole_is_printed_each_on_demand_and_all_as_json(
    tmp_path: Path, bad_file: Path
) -> None:
    files = [tmp_path / f"{number}.csv" for number in range(20)]
    for file in files:
        file.write_text("".join(bad_file.read_text().splitlines(keepends=True)[:2]))
    short, each = inspect(*files, bad_file), inspect(*files, bad_file, "--each")
    as_json = json.loads(inspect(*files, bad_file, "--json").stdout)

    assert (1, 1) == (short.exit_code, each.exit_code)
    assert short.stdout.startswith("total: 21 quotes")
    assert f"1 of 21 files stand out, {RULE}; --each prints all\n" in short.stdout
    assert f"  {bad_file}: 1 quotes, 1 rejected\n" in short.stdout
    assert all(f"{file}: 1 quotes" in each.stdout for file in files)
    assert [*map(str, files), str(bad_file)] == [found["file"] for found in as_json["files"]]
