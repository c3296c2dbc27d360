"""What is in deploy/ can be used: every flag, variable, path and metric in it exists."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import click
import pytest
import yaml

from protocol.errors import EXIT_DONE, EXIT_INTERRUPTED, EXIT_ROWS_REJECTED
from protocol.program.environment_settings import environment_names
from protocol.program.metrics import COUNTER, HISTOGRAM, Metric
from tests.command_lines import PROGRAMS, parse
from tests.zmid.fakes import FakeDisk
from tests.zreplay.answers import make_feed, make_status
from zmid.metrics import sink_metrics, worker_metrics
from zmid.result_log import ResultLog
from zmid.sink_state import SinkState
from zreplay.controls.replayer_metrics import replayer_metrics
from zreplay.controls.status import STATES
from zreplay.playback.durations import DurationHistogram

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OURS = ("replayer", "sink", "worker")
ALERTS: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())
SCRAPES: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana/dashboards/zreplay.json").read_text())


def unit(path: Path) -> RawConfigParser:
    found = RawConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string(path.read_text())
    return found


def variables_of(command: click.Command, parent: click.Context | None, name: str) -> set[str]:
    context = click.Context(command, parent=parent, info_name=name, **context_of(command))
    options = [option for option in command.params if isinstance(option, click.Option)]
    found = {variable for option in options for variable in environment_names(context, option)}
    if isinstance(command, click.Group):
        for key, deeper in command.commands.items():
            found |= variables_of(deeper, context, key)
    return found


def context_of(command: click.Command) -> dict[str, Any]:
    prefix = command.context_settings.get("auto_envvar_prefix")
    return {"auto_envvar_prefix": prefix} if prefix else {}


VARIABLES = {
    variable for name, group in PROGRAMS.items() for variable in variables_of(group, None, name)
}


def exported() -> set[str]:
    """Return every name of ours that a scrape gives."""
    durations = DurationHistogram()
    worker = SimpleNamespace(quotes=0, batches=0, busy_ns=0, dropped_messages=0, is_holding=False)
    metrics: list[Metric] = [
        *replayer_metrics(make_status(feeds=[make_feed()]), durations, durations),
        *worker_metrics(cast(Any, worker)),
        *sink_metrics(SinkState(ResultLog(FakeDisk()), 7)),
    ]
    names = set()
    for metric in metrics:
        ends = ("_bucket", "_sum", "_count") if metric.kind == HISTOGRAM else ("",)
        assert metric.name.endswith("_total") == (metric.kind == COUNTER)
        names |= {f"{metric.name}{end}" for end in ends}
    return names | {"process_resident_memory_bytes", "process_cpu_seconds_total", "python_info"}


def expressions() -> list[str]:
    rules = [rule["expr"] for group in ALERTS["groups"] for rule in group["rules"]]
    return rules + [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def command_of(path: Path) -> list[str]:
    _, *words = shlex.split(unit(path)["Service"]["ExecStart"])
    return [word.replace("%S", "/var/lib").replace("%H-%i", "host-1") for word in words]


# --- systemd


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_finds_nothing_wrong_with_a_unit(path: Path, tmp_path: Path) -> None:
    name = path.name.replace("@.", "@1.")
    text = path.read_text().replace("/opt/zreplay/bin/zreplay ", f"{sys.executable} ")
    (tmp_path / name).write_text(text.replace("/opt/zreplay/bin/zmid ", f"{sys.executable} "))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / name], capture_output=True, text=True
    )

    assert (0, "") == (done.returncode, done.stderr)


def test_there_is_a_unit_for_each_part_and_one_for_all() -> None:
    assert [
        "zmid-sink.service",
        "zmid-worker@.service",
        "zreplay-run.service",
        "zreplay-serve.service",
    ] == [path.name for path in UNITS]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_what_a_unit_starts_is_a_command_that_is_taken(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Path(shlex.split(unit(path)["Service"]["ExecStart"])[0]).name
    monkeypatch.setenv("ZREPLAY_RUN_HISTORICAL", str(ROOT / "fixtures/historical_sample.csv"))

    assert parse(program, command_of(path)).params


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_is_ready_by_notice_watched_and_confined(path: Path) -> None:
    service = unit(path)["Service"]

    assert ("notify", "main", "mixed") == tuple(
        service[name] for name in ("Type", "NotifyAccess", "KillMode")
    )
    assert int(service["WatchdogSec"]) >= 10  # a turn of a loop takes 1 s at most
    assert int(service["TimeoutStopSec"]) > 30  # protocol/program/stop.py: LAST_RESORT_SECONDS
    assert {"strict": "ProtectSystem", "yes": "NoNewPrivileges", "": "CapabilityBoundingSet"} == {
        service[name]: name
        for name in ("ProtectSystem", "NoNewPrivileges", "CapabilityBoundingSet")
    }
    assert "2 4 5 6" == service["RestartPreventExitStatus"]


def test_the_exit_codes_of_a_good_end_are_those_of_each_command() -> None:
    good = {
        path.name: {*map(int, unit(path)["Service"]["SuccessExitStatus"].split())} for path in UNITS
    }

    assert {
        "zmid-sink.service": {EXIT_DONE},
        "zmid-worker@.service": {EXIT_DONE},
        "zreplay-run.service": {EXIT_DONE, EXIT_ROWS_REJECTED, EXIT_INTERRUPTED},
        "zreplay-serve.service": {EXIT_DONE, EXIT_ROWS_REJECTED},
    } == good


def test_every_variable_of_the_environment_file_is_a_setting() -> None:
    lines = (DEPLOY / "systemd/zreplay.env").read_text().splitlines()
    named = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}

    assert named
    assert set() == named - VARIABLES


# --- containers


@pytest.mark.parametrize("part", OURS)
def test_what_a_container_starts_is_a_command_that_is_taken(part: str) -> None:
    program, *words = COMPOSE["services"][part]["command"]
    path = ROOT / "fixtures/historical_sample.csv"
    words = [re.sub(r"=/recordings/.*", f"={path}", word) for word in words]

    assert parse(program, words).params


@pytest.mark.parametrize("part", OURS)
def test_nothing_of_a_container_is_open_to_others_but_its_metrics(part: str) -> None:
    service = COMPOSE["services"][part]
    addresses = [word for word in service["command"] if "://" in word or "0.0.0.0" in word]
    is_ipc = [word for word in addresses if "=ipc:///run/zreplay/" in word]

    assert ["--metrics"] == [word.partition("=")[0] for word in addresses if word not in is_ipc]
    assert "ports" not in service
    assert ["ALL"] == service["cap_drop"]
    assert service["read_only"]


def test_the_parts_meet_at_the_same_sockets() -> None:
    def address(part: str, option: str) -> str:
        words = COMPOSE["services"][part]["command"]
        return next(word.partition("=")[2] for word in words if word.startswith(f"{option}="))

    assert address("replayer", "--bind") == address("worker", "--source")
    assert address("sink", "--bind") == address("worker", "--sink")
    assert address("sink", "--sync") == address("replayer", "--sync")
    asked = COMPOSE["services"]["replayer"]["environment"]["ZREPLAY_CTL_CONTROL"]
    assert address("replayer", "--control") == asked


def test_every_variable_of_a_container_is_a_setting() -> None:
    named = {name for part in OURS for name in COMPOSE["services"][part].get("environment", {})}

    assert named
    assert {"METRICS_TOKEN"} == named - VARIABLES


def test_whoever_reaches_the_metrics_of_a_container_needs_the_token() -> None:
    asked = [
        word for part in OURS for word in COMPOSE["services"][part]["command"] if "metrics" in word
    ]

    assert len(OURS) == len(asked)
    assert all(word.endswith(",token=env:METRICS_TOKEN") for word in asked)
    assert {"environment": "METRICS_TOKEN"} == COMPOSE["secrets"]["metrics_token"]
    paths = {job["authorization"]["credentials_file"] for job in SCRAPES["scrape_configs"]}
    assert {"/run/secrets/metrics_token"} == paths
    assert ["metrics_token"] == COMPOSE["services"]["prometheus"]["secrets"]


def test_nothing_that_is_deployed_is_open_to_all() -> None:
    texts = [path.read_text() for path in DEPLOY.rglob("*") if path.is_file()]

    assert texts
    assert [] == [text for text in texts if "--insecure" in text or "_INSECURE" in text]


def test_the_commands_for_three_hosts_are_taken_and_so_are_their_variables() -> None:
    text = (DEPLOY / "README.md").read_text()
    rows = [row for row in text.splitlines() if row.startswith("|") and "--key" in row]
    commands = [re.findall(r"`([^`]+)`", row)[-1] for row in rows]
    lines = (DEPLOY / "systemd/zreplay.env").read_text().splitlines()
    named = {line[1:].partition("=")[0] for line in lines if line.startswith("#Z")}

    assert 4 == len(commands)
    for command in commands:
        program, *words = shlex.split(command)
        assert parse(program, words).params
    assert named
    assert set() == named - VARIABLES


def test_the_volumes_and_files_of_the_containers_exist() -> None:
    mounts = [
        mount.split(":")[0]
        for service in COMPOSE["services"].values()
        for mount in service["volumes"]
        if not mount.startswith("$")
    ]

    assert set() == {name for name in mounts if "/" not in name} ^ {*COMPOSE["volumes"]}
    assert [] == [name for name in mounts if "/" in name and not (DEPLOY / name).is_dir()]


def test_the_image_is_not_of_root_and_is_asked_as_a_replayer() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copied = [
        line.split()[1:-1] for line in lines if line.startswith("COPY") and "--from" not in line
    ]

    assert "USER 10001" in lines
    assert (
        'HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["zreplay", "ctl", "ping"]'
        in lines
    )
    assert parse("zreplay", ["ctl", "ping"]).params is not None
    assert [] == [name for names in copied for name in names if not (ROOT / name).exists()]


# --- watching


def test_every_metric_of_the_alerts_and_the_dashboard_is_exported() -> None:
    used = {
        name
        for text in expressions()
        for name in re.findall(r"\b(?:z\w+_|process_|python_)\w+", text)
    }

    assert used
    assert set() == used - exported()


def test_every_state_that_is_asked_for_exists() -> None:
    asked = {state for text in expressions() for state in re.findall(r'state="([^"]+)"', text)}

    assert asked
    assert asked <= {*STATES}


def test_prometheus_scrapes_each_part_where_it_serves() -> None:
    ports = {
        part: re.search(
            r"--metrics=0\.0\.0\.0:(\d+)", " ".join(COMPOSE["services"][part]["command"])
        )
        for part in OURS
    }
    jobs = {job["job_name"]: json.dumps(job) for job in SCRAPES["scrape_configs"]}

    assert {*OURS} == {*jobs}
    assert all(port is not None and port[1] in jobs[part] for part, port in ports.items())
    assert all((DEPLOY / "prometheus" / name).is_file() for name in SCRAPES["rule_files"])


@pytest.mark.skipif(shutil.which("promtool") is None, reason="there is no promtool here")
def test_promtool_finds_nothing_wrong() -> None:
    config = DEPLOY / "prometheus/prometheus.yml"
    done = subprocess.run(
        ["promtool", "check", "config", "--syntax-only", config], capture_output=True, text=True
    )

    assert 0 == done.returncode, done.stderr


def test_the_panels_of_the_dashboard_do_not_lie_on_each_other() -> None:
    places = sorted(
        (p["gridPos"]["y"], p["gridPos"]["x"], p["gridPos"]["w"]) for p in DASHBOARD["panels"]
    )

    assert len({*places}) == len(places)
    assert all(y2 > y1 or x2 >= x1 + w for (y1, x1, w), (y2, x2, _) in pairwise(places))
