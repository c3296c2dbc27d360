"""What `zreplay backfill` says, and its exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from protocol.errors import EXIT_DONE, EXIT_EMPTY, ResultLogError, SettingsError
from tests.zreplay.backfilling.recordings import HEADER, Here
from zreplay.backfilling import forking
from zreplay.commands import backfill_command
from zreplay.commands.backfill_command import check_folder
from zreplay.commands.cli import cli

ROW = "1970-01-01 00:00:00.000,5,A,1,1,1,1\n"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(backfill_command, "process_pool", lambda workers, is_table: Here())
    monkeypatch.setattr(forking, "begin_forking", lambda is_table: None)
    path = tmp_path / "a.csv"
    path.write_text(HEADER + ROW)
    return path


def invoke(path: Path, *more: str) -> Result:
    out = ("--out", str(path.with_name("out")))
    return CliRunner().invoke(cli, ["backfill", str(path), *out, *more])


def test_it_ends_with_0_or_with_1_where_rows_were_rejected(path: Path) -> None:
    assert 0 == invoke(path).exit_code
    path.write_text(f"{HEADER}{ROW}bad\n")

    found = invoke(path)

    assert (1, True) == (found.exit_code, "rejected" in found.output)


def test_a_failed_partition_is_one_line_with_its_code_its_window_and_the_fix(path: Path) -> None:
    path.write_text(f"{HEADER}{ROW.replace('00:00:00.', '00:01:00.')}{ROW}")

    found = invoke(path)

    (line,) = [line for line in found.output.splitlines() if line.startswith("error")]
    assert 4 == found.exit_code
    assert line.startswith("error Z403: partition 0 (the beginning to the end, 1 file): ")
    assert "; fix: " in line


def test_without_one_quote_it_exits_with_1_and_says_why_unless_that_is_allowed(path: Path) -> None:
    none = ("--tickers", "NONE")
    result = invoke(path, *none)

    assert EXIT_EMPTY == result.exit_code
    assert "not one quote was replayed: no ticker matches --tickers 'NONE'" in result.stderr
    assert EXIT_DONE == invoke(path, *none, "--allow-empty").exit_code


def test_a_file_that_begins_with_rejected_rows_alone_gives_no_log_unless_that_is_allowed(
    path: Path,
) -> None:
    path.write_text(HEADER + "bad\n" * 7 + ROW)

    refused = invoke(path, "--max-rejected", "7")
    (line,) = [line for line in refused.output.splitlines() if line.startswith("error")]
    assert 4 == refused.exit_code
    assert line.startswith("error Z411: partition 0 ")
    assert f"{path}: its first 7 rows are all rejected; line 2: 'bad'" in line
    assert not path.with_name("out").joinpath("mid_prices.log").exists()

    assert [1, 1] == [invoke(path, "--max-rejected", most).exit_code for most in ("8", "0")]


def test_the_plan_is_said_and_nothing_is_written(path: Path) -> None:
    found = invoke(path, "--plan")

    assert (0, True) == (found.exit_code, "windows" in found.output)
    assert not path.with_name("out").exists()


def test_one_partition_is_run_and_another_is_not_there(path: Path) -> None:
    assert "partition 0: 1 quotes" in invoke(path, "--partition", "0").output

    assert isinstance(invoke(path, "--partition", "1").exception, SettingsError)


def test_what_is_neither_a_quote_nor_rejected_is_counted(path: Path) -> None:
    asked = ("--session", "09:30-16:00", "--allow-empty")

    assert 1 == json.loads(invoke(path, *asked, "--json").stdout)["outside_session"]
    assert "outside the session" in invoke(path, *asked).stdout


def test_a_second_time_nothing_is_run(path: Path) -> None:
    first, second = invoke(path).output, invoke(path).output

    assert ("run now" in first, "already complete" in first) == (True, False)
    assert ("run now" in second, "already complete" in second) == (False, True)


def test_logs_that_were_changed_are_found_and_written_again(path: Path) -> None:
    out = path.with_name("out")
    assert 0 == invoke(path).exit_code
    assert 0 == check_folder(out)
    (out / "mid_prices.log").write_text("other\n")

    with pytest.raises(ResultLogError) as found:
        check_folder(out)
    invoke(path)

    assert ("Z605", 0) == (found.value.code, check_folder(out))


def test_a_folder_without_a_finished_one_cannot_be_checked(tmp_path: Path) -> None:
    with pytest.raises(ResultLogError) as found:
        check_folder(tmp_path)

    assert "Z604" == found.value.code


def test_other_options_in_the_same_folder_are_refused(path: Path) -> None:
    invoke(path)

    assert "Z603" == getattr(invoke(path, "--late", "reject").exception, "code", None)


def test_json_is_one_object_with_a_schema_whatever_is_asked(path: Path) -> None:
    asked = (("--partition", "0"), ("--plan",), (), ("--check",))
    answers = [json.loads(invoke(path, *each, "--json").stdout) for each in asked]

    assert [(1, str(path.with_name("out")))] * 4 == [
        (answer["schema"], answer["out"]) for answer in answers
    ]
    partition, plan, outcome, check = answers
    assert (0, 1) == (partition["partition"], partition["quotes"])
    assert (1, 1) == (plan["files"], plan["windows"])
    assert 1 == outcome["quotes"]
    assert outcome["log_bytes"] == check["log_bytes"]


def cat(path: Path, name: str) -> Result:
    return CliRunner().invoke(cli, ["backfill", "--out", str(path.with_name("out")), "--cat", name])


def test_a_finished_log_is_written_to_standard_output(path: Path) -> None:
    path.write_text(f"{HEADER}{ROW}bad\n")
    assert 1 == invoke(path).exit_code

    for name, log in (("mids", "mid_prices.log"), ("rejected", "rejected.log")):
        assert (path.with_name("out") / log).read_bytes() == cat(path, name).stdout_bytes
    assert b"" == cat(path, "errors").stdout_bytes
    assert "expected one of errors, mids, rejected" in str(cat(path, "other").exception)


def test_before_it_is_finished_there_is_nothing_to_write_out(path: Path) -> None:
    assert "Z604" == getattr(cat(path, "mids").exception, "code", None)


def test_mids_as_parquet_files_are_no_logs(path: Path) -> None:
    found = invoke(path, "--parquet")

    out = path.with_name("out")
    assert (0, 1) == (found.exit_code, len(list(out.glob("mids/window=000000/*.parquet"))))
    assert not (out / "mid_prices.log").exists()
    assert f"{out}/mids" in found.output
    assert "as a data set" in str(getattr(cat(path, "mids").exception, "fix", None))
    assert 0 == check_folder(out)


def test_outputs_of_processors_stand_beside_the_logs(path: Path, tmp_path: Path) -> None:
    source = tmp_path / "own.py"
    source.write_text(
        "from zmid.processors import Text, processor\n"
        "@processor(Text('bids.txt'))\n"
        "def bids(quotes):\n"
        "    return ''.join(f'{bid}\\n' for bid in quotes.bid_price).encode()\n"
    )

    found = invoke(path, "--processor", f"{source}:bids")

    assert 0 == found.exit_code
    assert b"1.0\n" == (path.with_name("out") / "outputs" / "bids.txt").read_bytes()
    assert b"1.0\n" == cat(path, "bids.txt").stdout_bytes
    assert (path.with_name("out") / "mid_prices.log").exists()
