"""run.json tells the next command where a run is, and is never half written."""

from pathlib import Path

import pytest

from protocol.errors import LinkError, ResultLogError
from protocol.program.folder_lock import FolderLock
from protocol.result_folder import RUN_FILE
from tests.zmid.processors.recorded import batch
from tests.zreplay.test_result_tables import TABLES, Sink
from zreplay.supervision.run_folder import (
    RUN_LOCK,
    RunFile,
    check_is_same,
    check_rule,
    committed_in,
    control_endpoint_of,
    earlier_run,
    log_bytes,
    read_run_file,
    write_run_file,
)


def run_file(control: str = "ipc:///x/control") -> RunFile:
    return RunFile(
        "ab" * 16, 4121, "ipc:///x/batches", "ipc:///x/results", "ipc:///x/sync", control
    )


def test_what_was_written_is_read_back_with_or_without_a_summary(tmp_path: Path) -> None:
    for summary in (None, {"quotes": 3, "complete": True}):
        written = run_file()
        written.summary = summary
        write_run_file(tmp_path, written)

        assert written == read_run_file(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"run": "ab"}'])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / RUN_FILE).write_bytes(content)

    assert read_run_file(tmp_path) is None


def test_no_file_and_no_folder_are_none(tmp_path: Path) -> None:
    assert read_run_file(tmp_path) is None
    assert read_run_file(tmp_path / "missing") is None


def test_a_write_that_fails_leaves_the_earlier_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run_file(tmp_path, run_file())

    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(ResultLogError, match="No space left"):
        write_run_file(tmp_path, run_file("ipc:///other/control"))

    assert run_file() == read_run_file(tmp_path)


def test_the_control_address_is_found_or_the_fix_is_told(tmp_path: Path) -> None:
    with pytest.raises(ResultLogError, match=r"holds no run(.|\n)*--out"):
        control_endpoint_of(tmp_path)
    write_run_file(tmp_path, run_file(f"ipc://{tmp_path}/control"))

    assert f"ipc://{tmp_path}/control" == control_endpoint_of(tmp_path)


def test_a_run_whose_sockets_are_gone_was_stopped_and_is_told_to_go_on(tmp_path: Path) -> None:
    write_run_file(tmp_path, run_file(f"ipc://{tmp_path}/gone/control"))
    with pytest.raises(LinkError, match=r"stopped before its end(.|\n)*the same zreplay run"):
        control_endpoint_of(tmp_path)


def test_a_run_that_was_killed_is_told_to_go_on_though_its_sockets_stand(tmp_path: Path) -> None:
    write_run_file(tmp_path, run_file(f"ipc://{tmp_path}/control"))
    lock = FolderLock(tmp_path, RUN_LOCK, "run", 0, fix="")
    assert f"ipc://{tmp_path}/control" == control_endpoint_of(tmp_path)
    lock.release()
    with pytest.raises(LinkError, match=r"stopped before its end(.|\n)*the same zreplay run"):
        control_endpoint_of(tmp_path)


def test_a_finished_run_whose_logs_another_has_begun_anew_is_not_called_complete(
    tmp_path: Path,
) -> None:
    finished = run_file()
    finished.summary, finished.log_bytes = {"quotes": 3}, [5, 0]
    write_run_file(tmp_path, finished)
    (tmp_path / "mid_prices.log").write_bytes(b"12345")
    with pytest.raises(LinkError, match="is complete"):
        control_endpoint_of(tmp_path)
    (tmp_path / "mid_prices.log").write_bytes(b"")
    with pytest.raises(ResultLogError, match=r"an earlier run(.|\n)*--control") as caught:
        control_endpoint_of(tmp_path)

    assert "Z604" == caught.value.code


def test_what_another_run_has_written_is_refused_by_name_until_it_is_being_cleared(
    tmp_path: Path,
) -> None:
    earlier = run_file()
    check_is_same(tmp_path, earlier, "other", {})
    (tmp_path / "errors.log").write_bytes(b"x")
    check_is_same(tmp_path, earlier, earlier.run, {})
    with pytest.raises(ResultLogError, match=f"{tmp_path} holds a run of other files"):
        check_is_same(tmp_path, earlier, "other", {})
    earlier.is_clearing = True
    check_is_same(tmp_path, earlier, "other", {})


@pytest.mark.parametrize(
    ("now", "different"),
    [
        ("--limit 20.0 --stamp arrival --own a 1 --own b", "--stamp was 'exchange', now 'arrival'"),
        ("--limit 20.0 --stamp exchange --own a 1", "--own was 'a 1 b', now 'a 1'"),
        (
            "--limit 5.0 --stamp exchange --table --own a 1 --own b",
            "--limit was '20.0', now '5.0'; --table was not given, now 'on'",
        ),
    ],
)
def test_lines_of_another_rule_are_refused_and_what_differs_is_named(
    tmp_path: Path, now: str, different: str
) -> None:
    earlier = run_file()
    earlier.rule = "--limit 20.0 --stamp exchange --own a 1 --own b"
    check_rule(tmp_path, earlier, earlier.rule)
    with pytest.raises(ResultLogError) as refused:
        check_rule(tmp_path, earlier, now)

    assert refused.value.what == f"the run in {tmp_path} was begun with other lines: {different}"


def test_how_much_is_committed_is_what_the_ring_says(tmp_path: Path) -> None:
    assert 0 == committed_in(tmp_path)
    Sink(tmp_path, TABLES).commit(batch(3), batch(4, 1003))

    assert 1007 == committed_in(tmp_path)


def test_outputs_are_counted_as_the_logs_are_and_set_aside_with_them(tmp_path: Path) -> None:
    (tmp_path / "outputs").mkdir()
    for name in ("mid_prices.log", "mids.arrows", "outputs/b.csv", "outputs/a.csv"):
        (tmp_path / name).write_text(name)
    assert [14, 0, 11, 13, 13] == log_bytes(tmp_path)
    earlier_run(tmp_path, ()).set_aside()

    assert [0, 0] == log_bytes(tmp_path)
