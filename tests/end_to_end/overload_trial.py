"""A feed that is faster than a sink which was stopped: what each policy at the quota does with it.

The price of a quote is its number, so the lines say which quotes came: in order, none twice, and
where some are missing there is a gap for it.
"""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.end_to_end.numbered_feed import NumberedFeed, numbers_in
from tests.end_to_end.process_soak import look_at
from tests.end_to_end.processes import Parts, command, environment, parts
from tests.segments import joined

POLICIES = ("stop", "block", "drop-oldest")
QUOTA_BYTES = 64 * 1024 * 1024
LOOK_SECONDS = 0.25
AFTERWARDS_SHARE = 8
"""So much slower is the feed once the sink goes on: it has to catch up on a busy machine, too."""
PATIENCE_SECONDS = 900.0


@dataclass(slots=True)
class Trial:
    """What one policy did; `holes` are where numbers are missing between two lines."""

    policy: str
    sent: int = 0
    lines: int = 0
    holes: int = 0
    missing: int = 0
    exits: list[int] = field(default_factory=list)
    most_capture_bytes: int = 0
    most_rss_bytes: int = 0
    dropped_bytes: int = 0
    blocked_seconds: float = 0.0
    stopped_seconds: float = 0.0
    behind_bytes: int = 0
    catch_up_seconds: float = 0.0
    gaps: dict[str, int] = field(default_factory=dict)
    verified: str = ""
    problems: list[str] = field(default_factory=list)


def run_trial(
    folder: Path,
    policy: str,
    seconds: float,
    quotes_a_second: int,
    quota_bytes: int = QUOTA_BYTES,
    say: Callable[[str], None] = lambda text: None,
) -> Trial:
    """Stop the sink for so long, let it go on, and account for each quote."""
    trial = Trial(policy)
    with NumberedFeed(quotes_a_second) as feed, parts(folder) as these:
        options = ("--live", feed.address, "--capture-quota", str(quota_bytes))
        replayer = these.serve(*options, "--on-overload", policy)
        these.worker()
        these.worker()
        sink = these.sink()
        _until(lambda: these.ask("status")["committed"] > 0, "the first quotes")
        sink.send_signal(signal.SIGSTOP)
        stopped = time.monotonic()
        while time.monotonic() < stopped + seconds and replayer.poll() is None:
            _look(these, replayer, trial)
            time.sleep(LOOK_SECONDS)
        trial.stopped_seconds = round(time.monotonic() - stopped, 1)
        sink.send_signal(signal.SIGCONT)
        begun, sent = time.monotonic(), feed.sent
        feed.quotes_a_second = quotes_a_second // AFTERWARDS_SHARE
        while not (
            feed.sent > sent + quotes_a_second
            and _is_present(these, replayer, trial, quotes_a_second)
        ):
            if replayer.poll() is not None:  # at the quota that is what `stop` does
                trial.exits.append(replayer.returncode)
                replayer = these.serve(*options, "--on-overload", "block")
            if time.monotonic() > begun + PATIENCE_SECONDS:
                raise AssertionError(f"waited {PATIENCE_SECONDS} s for the present")
            time.sleep(LOOK_SECONDS)
        trial.catch_up_seconds = round(time.monotonic() - begun, 1)
        these.ask("stop")
        trial.exits.append(replayer.wait(PATIENCE_SECONDS))
        sink.send_signal(signal.SIGTERM)
        sink.wait(PATIENCE_SECONDS)
        trial.sent = feed.sent
    say(f"{policy}: ended")
    _account(these, trial)
    return trial


def _is_present(
    these: Parts, replayer: "subprocess.Popen[str]", trial: Trial, quotes_a_second: int
) -> bool:
    """Tell whether the sink is less than a second behind."""
    capture = _look(these, replayer, trial)
    return capture is not None and capture["behind_bytes"] < quotes_a_second * 100


def _look(these: Parts, replayer: "subprocess.Popen[str]", trial: Trial) -> dict[str, Any] | None:
    status = these.try_to_ask("status", timeout_ms=2_000)
    if status is None:
        return None
    capture: dict[str, Any] = status["capture"]
    trial.most_capture_bytes = max(trial.most_capture_bytes, capture["bytes"])
    trial.behind_bytes = max(trial.behind_bytes, capture["behind_bytes"])
    trial.dropped_bytes = capture["dropped_bytes"]
    trial.blocked_seconds = round(capture["blocked_ns"] / 1e9, 1)
    sample = look_at(replayer.pid, 0.0)
    trial.most_rss_bytes = max(trial.most_rss_bytes, sample.rss_bytes if sample else 0)
    if capture["bytes"] > capture["quota_bytes"]:
        trial.problems.append(f"{capture['bytes']:,} bytes of {capture['quota_bytes']:,}")
    return capture


def _account(these: Parts, trial: Trial) -> None:
    """Compare what was sent with the lines, the gaps and the capture."""
    log = these.state / "gaps.log"
    for line in log.read_text().splitlines() if log.exists() else ():
        reason = json.loads(line)["reason"]
        trial.gaps[reason] = trial.gaps.get(reason, 0) + 1
    last = -1
    for number in numbers_in(joined(these.out, "mid_prices.log")):
        if number <= last:
            trial.problems.append(f"{number} comes behind {last}")
            break
        if number > last + 1:
            trial.holes += 1
            trial.missing += number - last - 1
        last = number
        trial.lines += 1
    if trial.holes > sum(trial.gaps.values()):
        trial.problems.append(f"{trial.holes} holes, and gaps are {trial.gaps}")
    arguments = command("zreplay", "verify", these.out, "--state", these.state)
    done = subprocess.run(arguments, capture_output=True, text=True, env=environment())
    trial.verified = (done.stdout + done.stderr).strip().splitlines()[-1]
    if not trial.verified.startswith("the same"):
        trial.problems.append(trial.verified)


def _until(condition: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > give_up:
            raise AssertionError(f"waited {PATIENCE_SECONDS} s for {what}")
        time.sleep(LOOK_SECONDS)


def in_words(trial: Trial) -> Iterator[str]:
    """Yield the lines of a report."""
    yield (
        f"{trial.policy:12} sent {trial.sent:,}  lines {trial.lines:,}  holes {trial.holes}"
        f"  missing {trial.missing:,}  exits {trial.exits}  gaps {trial.gaps}"
    )
    yield (
        f"{'':12} stopped {trial.stopped_seconds} s  behind {trial.behind_bytes / 1e6:,.1f} MB"
        f"  caught up in {trial.catch_up_seconds} s  blocked {trial.blocked_seconds} s"
        f"  dropped {trial.dropped_bytes / 1e6:,.1f} MB"
        f"  capture {trial.most_capture_bytes / 1e6:,.1f} MB"
        f"  RSS {trial.most_rss_bytes / 1e6:,.1f} MB"
    )
    yield f"{'':12} verify: {trial.verified}"
    for problem in trial.problems:
        yield f"{'':12} PROBLEM: {problem}"
