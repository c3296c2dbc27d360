"""Parts, and the markers that make them count."""

from pathlib import Path

import pytest

from protocol.errors import ZreplayError
from zreplay.backfilling.part_files import (
    TABLE,
    PartWriter,
    check_parts,
    forget,
    marker_of,
    read_report,
    remove_others,
    stem,
)
from zreplay.backfilling.proof import Counts, Report
from zreplay.backfilling.store import FolderStore

KINDS = ("mids", "errors", "rejected")
SAID = Report("k", [], [], Counts(0, 0, 0, 0))


def part(store: FolderStore, window: int, mids: bytes, **said: object) -> Report:
    writer = PartWriter(store, window, "k", KINDS)
    try:
        writer.write("mids", mids)
        return writer.commit(Report("k", [], [], Counts(0, 0, 0, 0), **said))  # type: ignore[arg-type]
    finally:
        writer.close()


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "out")


def files(store: FolderStore) -> list[str]:
    return sorted([*store.sizes("parts"), *store.sizes("done"), *store.sizes("mids")])


def test_a_part_counts_once_it_is_committed(store: FolderStore) -> None:
    writer = PartWriter(store, 0, "k", KINDS)
    writer.write("mids", b"line\n")
    assert None is read_report(store, 0, "k")

    report = writer.commit(SAID)

    assert report == read_report(store, 0, "k")
    assert [5, 0, 0] == [report.files[kind].size_bytes for kind in KINDS]
    assert b"line\n" == store.read(report.files["mids"].name)
    assert None is read_report(store, 0, "other")


def test_of_one_that_is_not_committed_nothing_stays(store: FolderStore) -> None:
    writer = PartWriter(store, 0, "k", KINDS)
    writer.write("mids", b"line\n")

    writer.close()

    assert [] == files(store)


def test_of_two_attempts_the_first_counts_and_the_other_leaves_nothing(store: FolderStore) -> None:
    first = part(store, 0, b"one\n")
    before = files(store)

    assert first == part(store, 0, b"one\n")
    assert before == files(store)


def test_an_attempt_with_other_bytes_is_an_error_unless_a_function_of_the_user_made_them(
    store: FolderStore,
) -> None:
    first = part(store, 0, b"one\n")
    with pytest.raises(ZreplayError, match="other bytes"):
        part(store, 0, b"two\n")
    assert b"one\n" == store.read(first.files["mids"].name)

    made = part(store, 1, b"one\n", is_repeatable=False)
    assert made == part(store, 1, b"two\n", is_repeatable=False)


def test_a_marker_that_was_cut_short_counts_for_nothing(store: FolderStore) -> None:
    store.replace(marker_of(stem(0, "k")), b'{"key"')
    assert None is read_report(store, 0, "k")

    assert part(store, 0, b"one\n") == read_report(store, 0, "k")


def test_a_kind_that_is_left_out_is_no_file_and_a_table_is_below_its_window(
    store: FolderStore,
) -> None:
    for window, is_left_out in enumerate((True, False)):
        writer = PartWriter(store, window, "k", (TABLE,))
        if is_left_out:
            writer.drop(TABLE)
        report = writer.commit(SAID)
        writer.close()
        assert is_left_out is (TABLE not in report.files)

    assert ["mids/window=000001"] == [name.rpartition("/")[0] for name in store.sizes("mids")]


def test_a_part_that_is_gone_or_cut_is_found_and_forgotten(store: FolderStore) -> None:
    reports = [part(store, window, b"one\n") for window in range(3)]
    store.replace(reports[0].files["mids"].name, b"on")
    store.remove(reports[2].files["errors"].name)

    assert [0, 2] == check_parts(store, reports)
    forget(store, stem(0, "k"))
    assert None is read_report(store, 0, "k")


def test_what_the_output_does_not_name_is_removed(store: FolderStore) -> None:
    kept = part(store, 0, b"one\n")
    part(store, 1, b"two\n")
    store.scratch().touch()  # of one that was killed

    remove_others(store, [stem(0, "k")], [kept])

    names = sorted(each.name for each in kept.files.values())
    assert [marker_of(stem(0, "k")), *names] == files(store)
