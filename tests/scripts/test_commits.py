"""Commits are seen from outside, and never before they exist."""

import time
from pathlib import Path

import numpy as np

from scripts.bench_parts.commits import GrowthWatch, committed, line_ends, newest_commit
from tests.end_to_end.processes import until
from zmid.disk import Folder
from zmid.result_log import NAMES, ResultLog


def test_the_newest_commit_of_a_ring_is_found(tmp_path: Path) -> None:
    assert (None, 0) == (newest_commit(tmp_path), committed(tmp_path))

    folder = Folder(tmp_path, NAMES)
    log = ResultLog(folder)
    log.adopt(bytes(16))
    for epoch in range(1, 20):
        log.commit_epoch(epoch)
    folder.close()

    assert log.last == newest_commit(tmp_path)
    assert 0 == committed(tmp_path)


def test_each_line_has_the_time_at_which_the_log_was_first_seen_to_hold_it(tmp_path: Path) -> None:
    path = tmp_path / "mid_prices.log"
    with GrowthWatch(tmp_path) as watch:
        before_ns = time.time_ns()
        path.write_bytes(b"1\n22\n")
        until(lambda: watch.size_bytes == 5, "the first look")
        between_ns = time.time_ns()
        with path.open("ab") as log:
            log.write(b"333\n")
        until(lambda: watch.size_bytes == 9, "the second look")
        after_ns = time.time_ns()
    first, second, third = watch.committed_ns(line_ends(path.read_bytes())).tolist()

    assert before_ns <= first == second <= between_ns <= third <= after_ns


def test_the_ends_of_lines_are_the_lengths_up_to_each() -> None:
    assert [2, 5, 6] == line_ends(b"1\n22\n\n33").tolist()
    assert 0 == np.size(line_ends(b""))
