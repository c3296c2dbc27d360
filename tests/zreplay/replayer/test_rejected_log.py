"""A refused row is in rejected.log once, whatever was killed."""

import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import ResultLogError
from zreplay.quotes.rejection import NOT_A_NUMBER, Rejection
from zreplay.replayer.rejected_log import RejectedLog


class Killed(BaseException):
    """The process is dead; only what is on the disk remains."""


def row(offset: int, file: str = "quotes.csv") -> Rejection:
    return Rejection(file, offset // 10, offset, "ask_price", "1O1.25", *NOT_A_NUMBER)


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


@pytest.mark.parametrize("read_again_from", [0, 10, 25, 40, 999])
def test_a_row_that_is_read_again_is_in_the_log_once(path: Path, read_again_from: int) -> None:
    rows = [row(10), row(20), row(40)]
    written(path, *rows).close()
    log = RejectedLog(path)

    log.recover(["quotes.csv"], is_begun=True)
    for again in rows:
        if again.offset >= read_again_from:
            log.append(again)
    log.append(row(30))  # a seek had passed over it
    log.flush()
    log.close()

    assert [10, 20, 40, 30] == offsets_in(path)
    assert log.count == 4


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 20)), max_size=40), st.integers())
def test_however_often_and_in_whatever_order_rows_are_read_each_is_there_once(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int]], restart: int
) -> None:
    path = tmp_path_factory.mktemp("log") / "rejected.log"
    log = RejectedLog(path)
    for number, (file, offset) in enumerate(rows):
        if number == restart:
            log.flush()
            log.recover(["a", "b"], is_begun=True)
        log.append(row(offset, file))
    log.flush()
    log.close()

    there = [json.loads(line) for line in path.read_bytes().splitlines()] if rows else []
    assert list(dict.fromkeys(rows)) == [(each["file"], each["offset"]) for each in there]


def test_a_run_that_has_not_begun_has_rejected_nothing(path: Path) -> None:
    written(path, row(10), row(20)).close()
    log = RejectedLog(path)

    log.recover(["quotes.csv"], is_begun=False)
    assert log.count == 0
    log.append(row(10))
    log.flush()
    log.close()

    assert [10] == offsets_in(path)


def test_a_file_is_known_however_its_name_was_spelled_before(path: Path) -> None:
    written(path, row(10, "data/quotes.csv"), row(20, "x/same.csv")).close()
    log = RejectedLog(path)

    log.recover(["./quotes.csv", "y/same.csv", "z/same.csv"], is_begun=True)
    log.append(row(10, "./quotes.csv"))
    log.append(row(20, "y/same.csv"))  # whose it was nobody can tell
    log.flush()
    log.close()

    assert [10, 20, 20] == offsets_in(path)


@pytest.mark.parametrize(
    "tail",
    [b'{"file":"quotes.csv","offs', b'{"file":"quotes.csv","offset":20}', b"\xff\xfe\n", b"\n"],
)
def test_the_torn_last_line_of_a_killed_process_goes(path: Path, tail: bytes) -> None:
    written(path, row(10)).close()
    with path.open("ab") as torn:
        torn.write(tail)
    log = RejectedLog(path)

    log.recover(["quotes.csv"], is_begun=True)
    log.append(row(30))
    log.flush()
    log.close()

    assert [10, 30] == offsets_in(path)
    assert log.count == 2


def test_recovering_while_open_writes_on_behind_what_was_there(path: Path) -> None:
    log = written(path, row(10), row(20))
    log.append(row(30))  # waits, and is read again after the resume
    log.recover(["quotes.csv"], is_begun=True)
    for offset in (20, 30):
        log.append(row(offset))
    log.flush()
    log.close()

    assert [10, 20, 30] == offsets_in(path)
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


def test_the_rejections_of_a_finished_run_are_counted_from_the_file(path: Path) -> None:
    written(path, row(10), row(20)).close()
    log, none = RejectedLog(path), RejectedLog(path.with_name("none"))
    log.recount()
    none.recount()

    assert (2, 0) == (log.count, none.count)


def test_a_file_whose_name_is_no_utf8_is_known_again(path: Path) -> None:
    name = os.fsdecode(b"q\xff.csv")
    written(path, row(10, name)).close()
    log = RejectedLog(path)
    log.recover([name, "other.csv"], is_begun=True)
    log.append(row(10, name))
    log.append(row(20, name))
    log.flush()

    assert [10, 20] == offsets_in(path)


@pytest.mark.parametrize("offset", [2**63, 2**64, 10**30, -1])
def test_a_place_that_is_in_no_file_is_damage(path: Path, offset: int) -> None:
    written(path, row(10)).close()
    with path.open("ab") as file:
        file.write(b'{"file":"quotes.csv","offset":%d}\n' % offset)

    with pytest.raises(ResultLogError, match=f"is damaged: {offset} is not an offset") as caught:
        RejectedLog(path).recover(["quotes.csv"], is_begun=True)

    assert "Z605" == caught.value.code
