"""The environment of a run changes nothing: names, standard streams, variables."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.processes import ROOT, command, environment, finish, logs, parts
from tests.reference import reference_logs

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
NO_UTF8 = os.fsdecode(b"\xff\xfe")
JUNK = b"junk,1\n"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Give a recording with a row that is no quote, its name no UTF-8."""
    path = tmp_path / f"quotes{NO_UTF8}.csv"
    rows = SAMPLE.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*rows[:100], JUNK, *rows[100:2000]]))
    return path


def test_names_that_are_no_utf8_are_names(tmp_path: Path, recording: Path) -> None:
    out = tmp_path / NO_UTF8
    arguments = ("run", recording, "--out", out, "--speed", "max", "--batch", 100)
    done = finish("zreplay", *arguments, "--json")
    again = finish("zreplay", *arguments)

    assert (1, 1) == (done.returncode, again.returncode), done.stderr
    assert f"{tmp_path}/\\udcff\\udcfe" == json.loads(done.stdout)["out"]
    assert "Traceback" not in done.stderr + again.stderr
    assert reference_logs([recording])[:2] == logs(out)
    assert 1 == len((out / "rejected.log").read_bytes().splitlines())


def test_separate_parts_and_questions_take_such_names_too(tmp_path: Path, recording: Path) -> None:
    with parts(tmp_path) as these:
        these.out, these.state = tmp_path / f"o{NO_UTF8}", tmp_path / f"s{NO_UTF8}"
        serve = these.serve(recording, "--speed", "max", "--exit-when-done", "--json")
        refused = these.ask("seek", NO_UTF8)
        these.worker("--name", NO_UTF8)
        these.sink()
        told, _ = serve.communicate(timeout=60)
        assert (1, 1999) == (serve.returncode, json.loads(told)["quotes"])

    assert not refused["ok"]
    assert reference_logs([recording])[:2] == logs(these.out)
    inspected = finish("zreplay", "inspect", recording, "--json")
    file = json.loads(inspected.stdout)["files"][0]["file"]
    assert (1, True) == (inspected.returncode, file.endswith("quotes\\udcff\\udcfe.csv"))


def test_all_that_is_said_in_json_is_one_object_a_line(tmp_path: Path) -> None:
    as_json = ("--log-format", "json", "run")
    arguments = (SAMPLE, "--out", tmp_path / "out")
    done = finish("zreplay", *as_json, *arguments, "--speed", 20)
    refused = finish("zreplay", *as_json, *arguments, "--speed", "max", "--stamp", "arrival")
    unknown = finish("zreplay", *as_json, "--nonsense")
    lines = [json.loads(line) for line in done.stderr.splitlines()]

    assert (0, 6, 2) == (done.returncode, refused.returncode, unknown.returncode)
    # On a busy machine there may be more to say.
    assert "progress" in {line["event"] for line in lines}
    assert "Z603" == json.loads(refused.stderr)["code"]
    assert "Z201" == json.loads(unknown.stderr)["code"]


@pytest.mark.parametrize("verb", ["serve", "run"])
def test_an_address_that_is_no_utf8_is_refused(tmp_path: Path, verb: str) -> None:
    refused = finish("zreplay", verb, "--live", f"ws://127.0.0.1:1/{NO_UTF8}")

    assert (2, True) == (refused.returncode, refused.stderr.startswith("error Z206: "))


def test_a_service_called_as_we_are_is_no_reason_not_to_start(tmp_path: Path) -> None:
    variables = {
        "ZREPLAY_PORT": "tcp://10.96.0.1:5555",
        "ZREPLAY_SERVICE_HOST": "10.96.0.1",
        "ZREPLAY_PORT_5555_TCP": "tcp://10.96.0.1:5555",
        "ZMID_SINK_SERVICE_PORT": "5557",
        "ZREPLAY_VERSION": "1.2.3",
    }
    arguments = ("run", SAMPLE, "--speed", "max", "--out", tmp_path / "out")
    done = finish("zreplay", *arguments, **variables)

    assert (0, 1) == (done.returncode, done.stderr.count("ZREPLAY_SERVICE_HOST"))
    assert reference_logs([SAMPLE])[:2] == logs(tmp_path / "out")


@pytest.mark.parametrize(
    "redirections", [">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full 2>/dev/full", "2>/dev/full | true"]
)
def test_a_run_without_standard_streams_ends_with_its_own_code(
    tmp_path: Path, redirections: str
) -> None:
    out = tmp_path / "out"
    words = command("zreplay", "run", SAMPLE, "--out", out, "--speed", "max")
    script = f'set -o pipefail; "$@" {redirections}'
    done = subprocess.run(
        ["bash", "-c", script, "sh", *words], env=environment(), timeout=60, check=False
    )

    assert 0 == done.returncode
    assert reference_logs([SAMPLE])[:2] == logs(out)
