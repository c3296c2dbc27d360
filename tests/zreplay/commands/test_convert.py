"""The options of `convert` are those of `run`, but for `--to`, which says where the quotes go."""

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from protocol.errors import InputError, ZreplayError
from tests.documents import command_lines
from tests.zreplay.conversion.converted import rows_of
from zreplay.commands.cli import cli

SAMPLE = Path(__file__).resolve().parents[3] / "fixtures" / "historical_sample.csv"
NOT_OF_A_CONVERSION = {
    *(
        "live",
        "live_format",
        "live_url",
        "silent_after",
        "capture_quota",
        "keep_capture",
        "on_overload",
        "until",
        "mode",
        "speed",
        "loop",
        "on_lag",
        "max_gap",
        "grain",
        "start_paused",
        "wait_workers",
        "delay",
        "start_at",
    ),
    *("processor", "table", "no_mid", "check_processor", "processor_limit"),
    *("batch", "window", "hwm", "out", "workers", "latency_threshold", "stamp", "durability"),
    *("fresh", "live_url", "silent_after", "metrics"),
    *("insecure", "key", "allowed", "publish", "rotate", "keep_logs", "compress"),
}


def convert(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["convert", *map(str, arguments)])


def test_it_takes_what_run_takes_to_say_what_is_read() -> None:
    run, ours = (
        {option.name: option for option in cli.commands[name].params} for name in ("run", "convert")
    )

    assert {*run} - NOT_OF_A_CONVERSION == {*ours} - {"until", "split", "force", "output"}
    shared = {*run} & {*ours} - {"to", "until"}
    assert [run[name].to_info_dict() for name in shared] == [
        ours[name].to_info_dict() for name in shared
    ]


def test_a_file_that_begins_with_rejected_rows_alone_is_not_converted(tmp_path: Path) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    rows = "2025-10-02 00:00:00,A,-1,1\n" * 7 + "2025-10-02 00:00:00,A,2,1\n"
    path.write_text(f"timestamp,ticker,ask_price,bid_price\n{rows}")
    for most in (8, 0):
        found = convert(path, "--to", out, "--max-rejected", most, "--force", "--json")
        assert (1, 7) == (found.exit_code, json.loads(found.stdout)["rejected"])
    refused = convert(path, "--to", tmp_path / "other.csv", "--max-rejected", 7).exception

    assert isinstance(refused, InputError)
    assert "Z411" == refused.code
    assert "line 2: ask_price '-1': negative" in refused.what
    assert not [*tmp_path.glob("other*")]


def test_filters_say_what_is_written(tmp_path: Path) -> None:
    window = ("--from", "2026-01-15 12:00:02", "--until", "2026-01-15 12:00:03")
    result = convert(SAMPLE, "--to", tmp_path / "out.csv", "--tickers", "BTC*", *window, "--json")
    rows = (tmp_path / "out.csv").read_text().splitlines()[1:]

    assert 0 == result.exit_code
    assert len(rows) == json.loads(result.stdout)["quotes"] > 0
    assert all(row.startswith("2026-01-15 12:00:02.") and ",BTC" in row for row in rows)


def test_what_is_neither_written_nor_rejected_is_counted(tmp_path: Path) -> None:
    header = "#RIC,Date-Time,Type,Bid Price,Bid Size,Ask Price,Ask Size\n"
    quotes = "".join(f"A,2020-01-02T08:00:0{n}Z,Quote,1,1,2,1\n" for n in range(5))
    paths = tmp_path / "a.csv", tmp_path / "b.csv"
    paths[0].write_text(f"{header}{quotes}A,2020-01-02T08:00:05Z,Trade,,,,\n")
    paths[1].write_text(header + quotes)
    options = ("--dedupe", "--session", "08:00:02-09:00", "--json")
    found = json.loads(convert(*paths, "--to", tmp_path / "out.csv", *options).stdout)

    assert (3, 3, 4, 1, 0) == tuple(
        found[name] for name in ("quotes", "repeated", "outside_session", "left_out", "rejected")
    )


def test_an_error_of_the_end_names_the_option_as_it_is_called_here(tmp_path: Path) -> None:
    for ends in (["--until", "x"], ["--until", "2026-01-15", "--duration", "1s"]):
        result = convert(SAMPLE, "--to", tmp_path / "out.csv", *ends)

        assert isinstance(result.exception, ZreplayError)
        assert "--until" in result.exception.what


@pytest.mark.parametrize("split", ["day", "ticker"])
def test_a_folder_is_replaced_only_with_force(tmp_path: Path, split: str) -> None:
    arguments = (SAMPLE, "--to", tmp_path / "out", "--split", split, "--limit", 10)

    assert 0 == convert(*arguments).exit_code
    again = convert(*arguments)
    assert isinstance(again.exception, ZreplayError)
    assert ("--force replaces it", 2) == (again.exception.fix, again.exception.exit_code)
    assert 0 == convert(*arguments, "--force").exit_code


def test_the_command_of_the_readme_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checkout: Path
) -> None:
    [line] = [
        line
        for line in command_lines((checkout / "zreplay" / "README.md").read_text())
        if line.startswith("zreplay convert")
    ]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fixtures").symlink_to(checkout / "fixtures")
    result = convert(*shlex.split(line)[2:])

    assert (0, True) == (result.exit_code, "20,000 quotes" in result.output)
    assert rows_of(SAMPLE) == rows_of(tmp_path / "logs" / "sample.parquet")


def test_where_it_goes_has_to_be_said() -> None:
    assert 2 == convert(SAMPLE).exit_code
