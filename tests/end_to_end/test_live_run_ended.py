"""A run of live feeds ends because it is stopped: it leaves its summary, and goes on later."""

import signal
from pathlib import Path
from typing import Any

import msgspec

from tests.end_to_end.processes import ROOT, finish, start, until

LIVE = ROOT / "fixtures" / "live_sample.csv"


def test_it_leaves_its_summary_however_it_is_stopped_and_the_same_command_goes_on(
    tmp_path: Path,
) -> None:
    out, port_file = tmp_path / "out", tmp_path / "port"
    feed = start("zreplay", "feed", LIVE, "--loop", "--port", "0", "--port-file", port_file)
    try:
        until(lambda: port_file.exists() and port_file.read_text().strip(), "the feed")
        address = f"ws://127.0.0.1:{port_file.read_text().strip()}"
        told: list[dict[str, Any]] = []
        for is_by_ctl in (True, False):
            run = start("zreplay", "run", "--live", address, "--out", out, "--json")
            before = told[-1]["quotes"] if told else 0
            until(lambda before=before: lines_of(out) > before, "quotes of this start")
            if is_by_ctl:
                assert 0 == finish("zreplay", "ctl", "--out", out, "stop").returncode
            else:
                run.send_signal(signal.SIGINT)
            told.append(msgspec.json.decode(run.communicate(timeout=60)[0]))
            assert 0 == run.returncode
            kept = msgspec.json.decode((out / "run.json").read_bytes())
            assert told[-1] == {"schema": 1, **kept["summary"]}
            assert told[-1]["quotes"] == kept["stopped_at"] == lines_of(out)
    finally:
        feed.kill()
        feed.communicate()

    assert [(False, True)] * 2 == [(each["complete"], each["ended"]) for each in told]
    assert [None, told[0]["quotes"]] == [each.get("resumed_at") for each in told]
    asked = finish("zreplay", "ctl", "--out", out, "status")
    assert "the same zreplay run command goes on" in asked.stderr


def lines_of(out: Path) -> int:
    path = out / "mid_prices.log"
    return path.read_bytes().count(b"\n") if path.exists() else 0
