"""A refused row is in rejected.log once, whatever was killed."""

import json
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import ResultLogError
from zreplay.rejected_log import RejectedLog
from zreplay.rejection import Rejection


class Killed(BaseException):
    """The process is dead; only what is on the disk remains."""


def row(offset: int, file: str = "quotes.csv") -> Rejection:
    return Rejection(file, offset // 10, offset, "ask_price", "1O1.25", "not a number")


def written(path: Path, *rejections: Rejection) -> RejectedLog:
    log = RejectedLog(path)
    for rejection in rejections:
        log.append(rejection)
    log.flush()
    return log


def offsets_in(path: Path) -> list[int]:
    return [json.loads(line)["offset"] for line in path.read_bytes().splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rejected.log"


def test_each_rejection_is_one_json_line(path: Path) -> None:
    log = written(path, row(10), row(20))
    log.close()

    assert [{"code": row(at).code, **row(at)._asdict()} for at in (10, 20)] == [
        json.loads(line) for line in path.read_bytes().splitlines()
    ]
    assert log.count == 2


def test_nothing_is_in_the_file_before_a_flush_and_nothing_twice_after_two(path: Path) -> None:
    log = RejectedLog(path)
    log.append(row(10))
    assert not path.exists()

    log.flush()
    log.flush()
    log.close()

    assert [10] == offsets_in(path)


def test_without_a_rejection_there_is_no_file(path: Path) -> None:
    written(path).close()

    assert not path.exists()


@pytest.mark.parametrize("sink_offset", [0, 10, 25, 40, 999])
def test_after_a_resume_a_row_that_is_read_again_is_in_the_log_once(
    path: Path, sink_offset: int
) -> None:
    rows = [row(10), row(20), row(40)]
    written(path, *rows).close()
    log = RejectedLog(path)

    log.cut_back({"quotes.csv": sink_offset})
    for again in rows:
        if again.offset >= sink_offset:
            log.append(again)
    log.flush()
    log.close()

    assert [10, 20, 40] == offsets_in(path)
    assert log.count == 3


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 50)), max_size=12),
    st.integers(0, 50),
    st.integers(0, 50),
)
def test_each_source_is_cut_back_to_its_own_place(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, int]],
    place_a: int,
    place_b: int,
) -> None:
    path = tmp_path_factory.mktemp("log") / "rejected.log"
    places = {"a": place_a, "b": place_b}
    written(path, *(row(offset, file) for file, offset in rows)).close()
    log = RejectedLog(path)

    log.cut_back(places)

    kept = [offset for file, offset in rows if offset < places[file]]
    assert kept == (offsets_in(path) if path.exists() else [])
    assert len(kept) == log.count


@pytest.mark.parametrize(
    "tail",
    [b'{"file":"quotes.csv","offs', b'{"file":"quotes.csv","offset":20}', b"\xff\xfe\n", b"\n"],
)
def test_the_torn_last_line_of_a_killed_process_goes(path: Path, tail: bytes) -> None:
    written(path, row(10)).close()
    with path.open("ab") as torn:
        torn.write(tail)
    log = RejectedLog(path)

    log.cut_back({"quotes.csv": 1_000})
    log.append(row(30))
    log.flush()
    log.close()

    assert [10, 30] == offsets_in(path)
    assert log.count == 2


def test_cutting_back_while_open_writes_on_into_the_new_file(path: Path) -> None:
    log = written(path, row(10), row(20))
    log.append(row(30))  # waits, and is read again after the resume
    log.cut_back({"quotes.csv": 20})
    log.append(row(20))
    log.flush()
    log.close()

    assert [10, 20] == offsets_in(path)
    assert [path] == list(path.parent.iterdir())


def test_two_threads_that_reject_lose_no_line(path: Path) -> None:
    log = RejectedLog(path)

    def reject(start: int) -> None:
        for offset in range(start, start + 500):
            log.append(row(offset))
            if offset % 50 == 0:
                log.flush()

    threads = [threading.Thread(target=reject, args=(start,)) for start in (0, 1_000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.flush()
    log.close()

    assert [*range(500), *range(1_000, 1_500)] == sorted(offsets_in(path))
    assert log.count == 1_000


def test_a_disk_that_takes_nothing_is_a_result_log_error_that_names_the_file(
    tmp_path: Path,
) -> None:
    log = RejectedLog(tmp_path / "gone" / "rejected.log")
    log.append(row(10))

    with pytest.raises(ResultLogError, match=r"gone/rejected\.log: No such file") as caught:
        log.flush()
    assert caught.value.exit_code == 6


def test_the_rows_of_a_file_that_is_read_from_its_start_all_go(path: Path) -> None:
    log = written(path, row(10), row(20, "other.csv"))
    log.cut_back({"other.csv": 99})
    log.close()

    assert [20] == offsets_in(path)


@pytest.mark.parametrize("point", ["rejected.before_rename", "rejected.after_rename"])
def test_dying_while_lines_of_several_files_are_cut_back_loses_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    path = tmp_path / "rejected.log"
    log = RejectedLog(path)
    for file, offset in [("a.csv", 10), ("b.csv", 90), ("a.csv", 20), ("b.csv", 10)]:
        log.append(row(offset, file))
    log.flush()
    places = {"a.csv": 100, "b.csv": 50}

    def die(name: str) -> None:
        if name == point:
            raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("zreplay.rejected_log.reach", die)
        log.cut_back(places)
    again = RejectedLog(path)
    again.cut_back(places)
    log.close()
    again.close()

    assert [10, 20, 10] == offsets_in(path)
    assert 3 == again.count


def test_the_rejections_of_a_finished_run_are_counted_from_the_file(path: Path) -> None:
    written(path, row(10), row(20)).close()
    log, none = RejectedLog(path), RejectedLog(path.with_name("none"))
    log.recount()
    none.recount()

    assert (2, 0) == (log.count, none.count)
