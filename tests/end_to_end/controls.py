"""A running replay under seeded controls, with kills in between, and what it must have written."""

import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

from protocol.messages import HISTORICAL, LIVE
from tests.end_to_end.processes import ROOT, Parts, until
from tests.reference import Logs, controlled_logs, mid_line, ordered_quotes
from zreplay.live.live_source import LiveSource

LIVE_FILE = ROOT / "fixtures" / "live_sample.csv"
ROWS = 3000
HEADER = "index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
SPEEDS = ("0.5", "1", "5", "20")
MEAN_PAUSE_SECONDS = 0.02


def write_recording(path: Path, choices: random.Random) -> Path:
    """Write rows of six seconds: in disorder, with ties, some of them no quotes."""
    rows = []
    for number in range(ROWS):
        if choices.random() < 0.01:
            rows.append("broken\n")
        millisecond = 1000 + number * 2 + choices.randrange(-50, 50) * choices.randrange(2)
        latency = choices.choice((0, 5, 20, 20.5, choices.randrange(300)))
        price = choices.randrange(1, 100_000) / 1000
        rows.append(
            f"{number},2025-01-01 00:00:{millisecond / 1000:06.3f},T{number % 7}@X,1.0,"
            f"{price + 0.001:.4f},{price:.4f},2.0,{latency}\n"
        )
    path.write_text(HEADER + "".join(rows))
    return path


class Controls:
    """Says things to a replayer, remembers what was accepted, and kills parts now and then."""

    def __init__(self, these: Parts, folder: Path, seed: int) -> None:
        self.said: Counter[str] = Counter()
        self.refused = 0
        self.kills = 0
        self._choices = random.Random(seed)
        self._parts = these
        self._path = write_recording(folder / "quotes.csv", self._choices)
        self._accepted: list[tuple[int, str, str]] = []
        port_file = folder / "port"
        these.feed(LIVE_FILE, "--port", 0, "--port-file", port_file, "--loop")
        port = until(lambda: port_file.exists() and port_file.read_text().strip(), "the feed")
        self._arguments = (self._path, "--live", f"ws://127.0.0.1:{port}", "--lock-wait", "5s")
        self._start = {
            "serve": lambda: these.serve(*self._arguments),
            "sink": lambda: these.sink("--lock-wait", "5s"),
            "worker": these.worker,
        }
        self._running = {role: start() for role, start in self._start.items()}
        self._let_in(0)

    def say(self, count: int, kill_every: int) -> None:
        """Say so many things; kill a part after each `kill_every` of them."""
        for number in range(1, count + 1):
            self._say(*self._some_control())
            time.sleep(self._choices.expovariate(1 / MEAN_PAUSE_SECONDS))
            if number % kill_every == 0:
                self._kill()

    def finish(self) -> tuple[bytes, bytes]:
        """Let the files come to their end; return what is in both logs."""
        for verb, value in (
            ("mode", HISTORICAL),
            ("loop", "off"),
            ("speed", "max"),
            ("resume", ""),
        ):
            self._say(verb, value)
        until(lambda: self._parts.ask("status")["state"] == "DONE", "the end of the files")
        self._parts.ask("stop")
        assert 0 == self._running["serve"].wait(60)
        return self._parts.logs()

    def expected(self) -> Logs:
        """Return what must be there, from the accepted commands alone."""
        capture = LiveSource(self._parts.state / "capture", lambda rejection: None)
        received = [
            mid_line(int(time_ns), float(bid), float(ask))
            for piece in iter(capture.poll, None)
            for time_ns, bid, ask in zip(
                piece.block.timestamp_ns,
                piece.block.bid_price,
                piece.block.ask_price,
                strict=True,
            )
        ]
        capture.close()
        quotes, _ = ordered_quotes([self._path])
        return controlled_logs(quotes, received, self._accepted)

    def _some_control(self) -> tuple[str, str]:
        choices = self._choices
        verb = choices.choice(
            ("pause", "resume", "resume", "speed", "step", "seek", "mode", "loop")
        )
        match verb:
            case "speed":
                return verb, choices.choice(SPEEDS)
            case "step":
                return verb, str(choices.randrange(1, 30))
            case "mode":
                return verb, choices.choice((HISTORICAL, HISTORICAL, LIVE))
            case "loop":
                return verb, choices.choice(("on", "off"))
            case "seek":
                instant = f"2025-01-01 00:00:{choices.uniform(0.5, 7.5):09.6f}"
                share = f"{choices.randrange(101)}%"
                return verb, choices.choice((instant, share, "+300ms", "-500ms", "start"))
        return verb, ""

    def _say(self, verb: str, value: str) -> None:
        # Once, and however long it takes: what is asked again might be done twice.
        answer = self._parts.try_to_ask(verb, value, timeout_ms=60_000)
        assert answer is not None
        self.said[verb] += 1
        if not answer["ok"]:
            assert answer["fix"]
            self.refused += 1
        elif "at_record" in answer:
            assert isinstance(answer["at_record"], int), answer
            self._accepted.append((answer["at_record"], verb, answer.get("target", value)))

    def _kill(self) -> None:
        epoch = self._parts.ask("ping")["epoch"]
        role = self._choices.choice(("serve", "serve", "sink", "sink", "worker"))
        self._running[role].send_signal(signal.SIGKILL)
        self._running[role].wait(60)
        self._running[role] = self._start[role]()
        self.kills += 1
        self._let_in(epoch if role != "worker" else epoch - 1)

    def _let_in(self, epoch: int) -> None:
        """Wait until the sink has let a replayer in after that epoch."""

        def is_in() -> bool:
            answer: dict[str, Any] = self._parts.ask("ping")
            return answer["epoch"] > epoch and "sink" not in answer["waits_for"]

        until(is_in, "the sink")
