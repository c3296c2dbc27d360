"""Two replayers with one start stand at one instant of their recordings, which is in `status`."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import zmq

from tests.end_to_end.processes import Parts, parts, until

FIRST = datetime(2025, 3, 3, 9, 30, tzinfo=UTC)


def recording(path: Path, begins_s: float) -> Path:
    """Write an hour of a quote in 10 s, from so long after the full minute on."""
    rows = ["timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency"]
    for second in range(0, 3600, 10):
        at = FIRST + timedelta(seconds=begins_s + second)
        rows.append(f"{at:%Y-%m-%d %H:%M:%S.%f},A,1,2,1,1,0")
    path.write_text("\n".join(rows) + "\n")
    return path


def test_both_wait_for_the_instant_and_count_from_the_same_place(tmp_path: Path) -> None:
    start = datetime.now(UTC) + timedelta(seconds=3)
    said = f"{start:%Y-%m-%d %H:%M:%S.%f}"
    context = zmq.Context()
    pulls = []
    with parts(made(tmp_path / "a")) as one, parts(made(tmp_path / "b")) as other:
        for begins_s, each in ((0, one), (7, other)):
            file = recording(tmp_path / f"{begins_s}.csv", begins_s)
            where = ("--from", f"{FIRST:%Y-%m-%d %H:%M:%S}", "--start-at", said, "--acks", "none")
            each.serve(file, *where, "--on-lag", "burst")
            pulls.append(context.socket(zmq.PULL))
            pulls[-1].connect(each.batches)
        begun = [until(partial(of_the_start, each), "the start") for each in (one, other)]
    context.destroy(linger=0)

    assert 1 == len({status["start_at"] for status in begun})
    assert said.startswith(begun[0]["start_at"])
    assert [0, 0] == [status["behind_start_ns"] for status in begun]


def of_the_start(each: Parts) -> dict[str, Any] | None:
    status = each.ask("status")
    return None if status["behind_start_ns"] is None else status


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder
