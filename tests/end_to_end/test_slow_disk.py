"""However slow the disk is, others are answered and quotes leave meanwhile; no byte differs."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.end_to_end.controls import write_recording
from tests.end_to_end.processes import Parts, parts
from tests.reference import controlled_logs, ordered_quotes

SECONDS = 3
ASKED = 20
"""Where the loop waited for the disk, there would be as many answers as it waits for: four."""


def answers_until_it_runs(these: Parts) -> list[dict[str, Any]]:
    said = [these.ask("status")]
    while said[-1]["state"] == "WAITING":
        said.append(these.ask("status"))
    return said


def test_while_the_disk_takes_its_time_all_others_are_answered(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "quotes.csv", random.Random(1))
    quotes, _ = ordered_quotes([path])
    with parts(tmp_path) as these, ThreadPoolExecutor(1) as thread:
        these.sink()
        these.worker()
        arguments = (path, "--speed", "0.2", "--exit-when-done", "--lock-wait", "5s")
        serve = these.slow_serve(SECONDS, *arguments)
        opening = answers_until_it_runs(these)
        seek = thread.submit(these.try_to_ask, "seek", "60%", 1000 * 60)
        seeking = []
        while not seek.done():
            seeking += [these.ask(verb) for verb in ("pause", "resume", "ping", "status")]
        answer = seek.result()
        assert answer is not None
        serve.kill()
        serve.wait(60)
        serve = these.slow_serve(SECONDS, *arguments)
        reopening = answers_until_it_runs(these)
        these.ask("speed", "max")

        assert 1 == serve.wait(60)
        written = these.logs()

    asked = [len(said) > ASKED for said in (opening, seeking, reopening)]
    assert ([True] * 3, True) == (asked, len({said["record"] for said in seeking}) > ASKED)
    accepted = [(answer["at_record"], "seek", answer["target"])]
    assert controlled_logs(quotes, [], accepted)[:2] == written
