"""The options of `zreplay backfill`."""

from click.testing import CliRunner

from zreplay.commands.cli import cli

PLAYED = {"mode", "speed", "loop", "live", "live_url", "batch", "hwm", "workers", "insecure"}


def test_what_decides_the_lines_is_asked_as_by_a_run() -> None:
    options = {
        name: {option.name: option for option in cli.commands[name].params}
        for name in ("run", "backfill")
    }
    same = options["run"].keys() & options["backfill"].keys() - PLAYED - {"out"}

    assert {"files", "late", "reorder", "latency", "stamp", "latency_threshold", "from"} <= same
    for name in same:
        of_run, of_backfill = options["run"][name], options["backfill"][name]
        assert of_run.to_info_dict() == of_backfill.to_info_dict()


def test_what_is_played_is_not() -> None:
    found = CliRunner().invoke(cli, ["backfill", "a.csv", "--speed", "max"])

    assert (2, True) == (found.exit_code, "--speed" in found.output)
