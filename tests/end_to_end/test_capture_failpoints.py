"""A process that dies at a step of a segment, a deletion or a drop has lost nothing it told of."""

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from protocol.program.failpoint import VARIABLE
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.segment_book import CaptureRules, Overload

ROLL_POINTS = ("capture.before_roll", "capture.before_rename", "capture.after_roll")
DELETE_POINTS = ("capture.before_delete", "capture.after_delete")
DROP_POINTS = ("capture.before_drop", "capture.dropped", "capture.drop_deleted")
SEGMENT_POINTS = (*ROLL_POINTS, *DELETE_POINTS, *DROP_POINTS)
MESSAGES = 120


def rules(overload: Overload) -> CaptureRules:
    return CaptureRules(3_000, overload=overload, most_segment_bytes=300)


def message(number: int) -> Captured:
    return Captured(RecordKind.MESSAGE, number, f"{number:060}".encode())


def write(folder: Path, overload: Overload) -> None:
    """Write messages and tell of each; what was written is free, unless it is to be dropped."""
    writer = CaptureWriter(folder, rules(overload))
    writer.hold.read_to = 600 if overload is Overload.DROP_OLDEST else 2**63
    for number in range(MESSAGES):
        assert writer.append([message(number)]) is None
        print(number, flush=True)
        if overload is Overload.STOP:
            writer.hold.free(writer.end_offset)


def read(folder: Path) -> tuple[list[int], int]:
    """Return what is in a capture, and how many drops."""
    numbers: list[int] = []
    drops = 0
    with closing(CaptureReader(folder)) as reader:
        offset = reader.first_offset
        while chunk := reader.read(offset, 1 << 20):
            numbers += [record.recv_ns for record in chunk.records]
            drops += chunk.dropped is not None
            offset = chunk.next_offset
    return numbers, drops


@pytest.mark.parametrize("occurrence", [1, 4])
@pytest.mark.parametrize("point", SEGMENT_POINTS)
def test_what_was_written_is_there_or_recorded_as_dropped(
    tmp_path: Path, point: str, occurrence: int
) -> None:
    overload = Overload.DROP_OLDEST if point in DROP_POINTS else Overload.STOP
    child = subprocess.run(
        [sys.executable, "-m", __name__, str(tmp_path), overload],
        env={VARIABLE: f"{point}:{occurrence}", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert -signal.SIGKILL == child.returncode, child.stderr
    told = [int(line) for line in child.stdout.split()]

    for _ in range(2):
        writer = CaptureWriter(tmp_path, rules(overload))
        writer.close()
    numbers, drops = read(tmp_path)

    assert told[-1:] == numbers[-1:]
    gaps = [n for n, after in zip(numbers, numbers[1:], strict=False) if after != n + 1]
    assert len(gaps) == drops <= (overload is Overload.DROP_OLDEST)
    assert overload is Overload.STOP or 0 == numbers[0]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 3_000


if __name__ == "__main__":
    write(Path(sys.argv[1]), Overload(sys.argv[2]))
