"""`run --metrics` serves the metrics of all its parts and a page; the logs are the same."""

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.end_to_end.processes import ROOT, finish, logs, start, until
from tests.end_to_end.test_strangers import free_ports
from tests.reference import reference_logs

pytest.importorskip("prometheus_client")

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"


def got(port: int, path: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            return str(answer.read().decode())
    except (OSError, urllib.error.HTTPError):
        return ""


def test_a_run_has_one_address_for_all_its_parts(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    out = ("--out", tmp_path / "out")
    run = start("zreplay", "run", SAMPLE, *out, "--metrics", address, "--speed", "0.2")

    assert "ready\n" == until(lambda: got(port, "/readyz"), "a run that is ready")
    text, page = got(port, "/metrics"), got(port, "/")
    run.terminate()
    output, _ = run.communicate(timeout=60)

    for part in ("replayer", "worker 1", "worker 2", "sink"):
        assert f'zreplay_run_part_up{{part="{part}"}} 1.0' in text
    assert 'zmid_sink_committed_records{part="sink"}' in text
    assert "<title>zreplay " in page
    assert 130 == run.returncode
    assert "the same command resumes from here" in output

    done = finish(
        *("zreplay", "run", SAMPLE, *out, "--speed", "max"),
        *("--metrics", address),
    )
    assert 0 == done.returncode, done.stderr
    assert reference_logs([SAMPLE])[:2] == logs(tmp_path / "out")
