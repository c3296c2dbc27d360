"""A live capture under a seeded schedule of kills: by chance, and at each step that has a name.

Whoever writes the capture is killed again and again, `zreplay record` or a replayer whose sink is
stopped meanwhile; the quota is small, so that segments are begun, deleted and dropped all the
time. Each quote has a number: none may come twice or too early, and where some are missing there
is a gap for it.
"""

import json
import random
import signal
import subprocess
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

from protocol.program.failpoint import VARIABLE
from tests.end_to_end.numbered_feed import NumberedFeed, numbers_in
from tests.end_to_end.processes import Parts, finish, parts, start, until
from tests.end_to_end.test_capture_failpoints import SEGMENT_POINTS
from tests.segments import joined
from zreplay.live.capture_folder import is_capture
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.capture_records import RecordKind
from zreplay.live.gap import DROPPED

QUOTES_A_SECOND = 20_000
QUOTA = ("--capture-quota", "1MiB")
POINTS = (*SEGMENT_POINTS, "capture.before_write", "capture.torn_write", "capture.after_write")
MOST_OCCURRENCES = 6
ALIVE_BYTES = 300_000
"""So much is captured before the next kill by chance, and before the end."""


def record_schedule(folder: Path, seed: int, kills: int) -> str:
    """Kill a recorder that drops its oldest; return what is wrong, empty if nothing is."""
    chance = random.Random(seed)
    out = folder / "recording"
    with NumberedFeed(QUOTES_A_SECOND) as feed, parts(folder) as these:
        arguments = ("--live", feed.address, "--out", out, *QUOTA, "--on-overload", "drop-oldest")

        def begin(failpoint: str) -> "subprocess.Popen[str]":
            return these.keep(start("zreplay", "record", *arguments, **{VARIABLE: failpoint}))

        for _ in range(kills):
            _die(begin, out / "capture", chance)
        last = begin("")
        _grow(out / "capture", last)
        last.send_signal(signal.SIGTERM)
        if last.wait(60):
            return f"seed {seed}: ended with {last.returncode}"
    return _wrong_capture(out / "capture", gaps_of(out)) or _wrong_drops(
        out / "capture", gaps_of(out)
    )


def serve_schedule(folder: Path, seed: int, kills: int) -> str:
    """Kill a replayer while its sink is stopped and goes on; return what is wrong."""
    chance = random.Random(seed)
    policy = chance.choice(("block", "drop-oldest"))
    with NumberedFeed(QUOTES_A_SECOND) as feed, parts(folder) as these:
        arguments = ("--live", feed.address, *QUOTA, "--on-overload", policy)
        these.worker()
        sink = these.sink()

        def begin(failpoint: str) -> "subprocess.Popen[str]":
            sink.send_signal(chance.choice((signal.SIGSTOP, signal.SIGCONT)))
            return these.serve(*arguments, **{VARIABLE: failpoint})

        for _ in range(kills):
            _die(begin, these.state / "capture", chance)
        sink.send_signal(signal.SIGCONT)
        replayer = these.serve(*arguments)
        feed.quotes_a_second //= 20  # on a busy machine the sink has to catch up, too
        sent = feed.sent
        until(lambda: feed.sent > sent + 1_000, "more quotes")
        until(lambda: _is_present(these), "the present")
        these.ask("stop")
        if replayer.wait(60):
            return f"seed {seed}: ended with {replayer.returncode}"
        return wrong_lines(these)


def _is_present(these: Parts) -> bool:
    status = these.ask("status")
    return bool(status["committed"]) and int(status["capture"]["behind_bytes"]) < ALIVE_BYTES


def _die(begin: Any, capture: Path, chance: random.Random) -> None:
    """Start it to be killed at a step, or after a while; a step may never come."""
    is_at_step = chance.random() < 0.7
    point = f"{chance.choice(POINTS)}:{chance.randint(1, MOST_OCCURRENCES)}"
    process = begin(point if is_at_step else "")
    give_up = time.monotonic() + 2 * chance.random()
    while process.poll() is None and (time.monotonic() < give_up or not is_capture(capture)):
        time.sleep(0.02)
    process.kill()
    process.wait(60)


def _grow(capture: Path, process: "subprocess.Popen[str]") -> None:
    until(lambda: is_capture(capture), "a capture")
    begin = _end_of(capture)
    until(lambda: process.poll() is not None or _end_of(capture) > begin + ALIVE_BYTES, "quotes")


def _end_of(capture: Path) -> int:
    with closing(CaptureReader(capture)) as reader:
        return reader.end_offset


def gaps_of(folder: Path) -> list[dict[str, Any]]:
    path = folder / "gaps.log"
    return [json.loads(line) for line in (path.read_text() if path.exists() else "").splitlines()]


def _wrong_capture(capture: Path, gaps: list[dict[str, Any]]) -> str:
    """Hold the numbers of the messages against each other, and the holes against the gaps."""
    numbers: list[tuple[int, str]] = []
    with closing(CaptureReader(capture)) as reader:
        offset = reader.first_offset
        while chunk := reader.read(offset, 1 << 20):
            for record in chunk.records:
                if record.kind == RecordKind.MESSAGE:
                    quotes = json.loads(record.payload.tobytes())
                    numbers += [(int(each["bid_price"]), each["timestamp"]) for each in quotes]
            offset = chunk.next_offset
    return _wrong_numbers(numbers, gaps)


def _wrong_drops(capture: Path, gaps: list[dict[str, Any]]) -> str:
    told = [gap for gap in gaps if gap["reason"] == DROPPED]
    with closing(CaptureReader(capture)) as reader:
        drops = [head.dropped for head in reader.drops if head.dropped is not None]
    if bool(told) != bool(drops):
        return f"{len(drops)} drops, {len(told)} of them told"
    if any(before["to"] != after["from"] for before, after in pairwise(told)):
        return f"drops are told twice, or not: {told}"
    return ""


def wrong_lines(these: Parts) -> str:
    """Hold the lines, which have the time of sending, against the gaps and the capture."""
    gaps, mids = gaps_of(these.state), joined(these.out, "mid_prices.log")
    times = (line.partition(b", ")[0].decode() for line in mids.splitlines())
    numbers = [*zip(numbers_in(mids), times, strict=True)]
    done = finish("zreplay", "verify", these.out, "--state", these.state)
    said = (done.stdout + done.stderr).strip().splitlines()[-1]
    return _wrong_numbers(numbers, gaps) or ("" if said.startswith("the same") else said)


def _wrong_numbers(numbers: list[tuple[int, str]], gaps: list[dict[str, Any]]) -> str:
    offsets = [gap["offset"] for gap in gaps]
    if offsets != sorted(set(offsets)):
        return f"gaps are told twice: {offsets}"
    backwards = [pair for pair in pairwise(numbers) if pair[1][0] <= pair[0][0]]
    if backwards:
        return f"{backwards[0][1]} comes behind {backwards[0][0]}"
    # What came before anything was written, nobody knows of. One gap may have two holes: whoever
    # was killed may have captured a quote that ends it, and not yet that it is over. What was
    # dropped may have been received late.
    holes = [pair for pair in pairwise(numbers) if pair[1][0] > pair[0][0] + 1]
    untold = [
        (before, behind)
        for before, behind in holes
        if not any(
            gap["to"] >= before[1] and (gap["reason"] == DROPPED or gap["from"] <= behind[1])
            for gap in gaps
        )
    ]
    return f"holes {untold}, told are only {gaps}" if untold else ""
