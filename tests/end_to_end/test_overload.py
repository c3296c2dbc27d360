"""A sink that does not commit: what each policy does at the quota, and that the rest is exact."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.processes import Parts, until
from tests.end_to_end.test_failpoints import captured_lines, live_parts

QUOTA_BYTES = 1_500_000
BOUNDED = ("--capture-quota", str(QUOTA_BYTES), "--window", "2000")


def captured(these: Parts) -> dict[str, Any]:
    status: dict[str, Any] = these.ask("status")
    return dict(status["capture"])


def gaps(these: Parts) -> list[str]:
    lines = (these.state / "gaps.log").read_text().splitlines()
    return [json.loads(line)["reason"] for line in lines]


def test_by_default_the_run_ends_with_its_reason_and_goes_on_without_a_loss(tmp_path: Path) -> None:
    with live_parts(tmp_path) as (these, address):
        serve = these.serve("--live", address, *BOUNDED)
        assert 6 == serve.wait(100)
        size_bytes = sum(path.stat().st_size for path in (these.state / "capture").iterdir())
        assert QUOTA_BYTES - 300_000 < size_bytes <= QUOTA_BYTES

        serve = these.serve("--live", address, *BOUNDED, "--on-overload", "block")
        lines = captured_lines(these.state / "capture", 10**9)
        these.worker()
        these.sink()
        until(lambda: these.ask("status")["committed"] > lines.count(b"\n"), "what was captured")
        until(lambda: these.ask("status")["gaps"], "the gap")
        until(lambda: captured(these)["behind_bytes"] < 300_000, "the present")
        these.ask("stop")
        assert 0 == serve.wait(60)

        mids, errors = these.logs()
        assert lines == mids[: len(lines)]
        assert b"" == errors
        assert any("capture full" in reason for reason in gaps(these))


@pytest.mark.parametrize("policy", ["block", "drop-oldest"])
def test_at_the_quota_nothing_is_lost_but_what_is_told(tmp_path: Path, policy: str) -> None:
    with live_parts(tmp_path) as (these, address):
        serve = these.serve("--live", address, *BOUNDED, "--on-overload", policy)
        these.worker()
        sink = these.sink()
        until(lambda: these.ask("status")["committed"] > 100, "the first quotes")
        sink.send_signal(signal.SIGSTOP)
        if policy == "block":
            until(lambda: these.ask("status")["feeds"][0]["state"] == "capture full", "the quota")
        else:
            until(lambda: captured(these)["dropped_bytes"] > 500_000, "a drop")
        assert captured(these)["bytes"] <= QUOTA_BYTES
        sink.send_signal(signal.SIGCONT)
        until(lambda: these.ask("status")["gaps"], "the gap")
        until(lambda: captured(these)["behind_bytes"] < 300_000, "the present")
        assert bool(captured(these)["dropped_bytes"]) == (policy == "drop-oldest")
        these.ask("stop")
        assert 0 == serve.wait(60)

        assert any("capture" in reason for reason in gaps(these))
        # From the first segment that is left on, the lines are those of the capture.
        mids, errors = these.logs()
        kept = captured_lines(these.state / "capture", 10**9)
        first = kept[: kept.index(b"\n", 2_000) + 1]
        at = mids.rfind(first)
        assert at >= 0
        assert mids[at:] == kept[: len(mids) - at]
        assert b"" == errors
