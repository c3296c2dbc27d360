"""Parts -> logs."""

import json
from pathlib import Path

import pytest

from protocol.errors import ResultLogError
from protocol.json_text import json_bytes
from zreplay.backfilling.joining import Places, blocks_of, join
from zreplay.backfilling.part_files import PartWriter, RejectedRow
from zreplay.backfilling.proof import Counts, Report
from zreplay.backfilling.store import FolderStore

LOGS = ("mid_prices.log", "errors.log", "rejected.log")
PLACES = Places(["a.csv", "b.csv"], lambda window, file, line: 10 * window + (line or 0))


def part(store: FolderStore, window: int, mids: bytes, *rows: tuple[int, int, str]) -> Report:
    writer = PartWriter(store, window, "k", ("mids", "errors", "outputs/own.txt", "rejected"))
    writer.write("mids", mids)
    writer.write("outputs/own.txt", mids.upper())
    for number, offset, code in rows:
        fields = (f"/elsewhere/{number}", 1, offset, "", "x", f"window {window}", code)
        writer.write("rejected", json_bytes(RejectedRow(number, fields)) + b"\n")
    report = writer.commit(Report("k", [], [], Counts(0, 0, 0, 0)))
    writer.close()
    return report


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "out")


def test_parts_are_joined_in_order_and_rejected_rows_by_file_and_place(store: FolderStore) -> None:
    reports = [
        part(store, 0, b"one\n", (0, 9, "Z101"), (1, 5, "Z101"), (1, 5, "Z108")),
        part(store, 1, b"two\n", (0, 3, "Z101")),
    ]

    logs = {log.name: log for log in join(store, reports, PLACES)}

    assert b"one\ntwo\n" == store.read("mid_prices.log")
    assert b"ONE\nTWO\n" == store.read("outputs/own.txt")
    lines = (store.read("rejected.log") or b"").decode().splitlines()
    assert ['"line":11,"offset":3', '"line":1,"offset":9', '"line":1,"offset":5'] == [
        line[line.index('"line"') : line.index(',"column"')] for line in lines
    ]
    assert ["a.csv", "a.csv", "b.csv"] == [json.loads(line)["file"] for line in lines]
    assert "Z101" in lines[2]  # of two at one place, the first
    assert [8, 0, 3] == [logs[LOGS[0]].size_bytes, logs[LOGS[1]].size_bytes, logs[LOGS[2]].lines]


def test_a_part_with_other_bytes_than_were_written_is_not_joined(store: FolderStore) -> None:
    report = part(store, 0, b"one\n")
    name = report.files["mids"].name
    store.replace(name, b"One\n")

    with pytest.raises(ResultLogError, match=name) as refused:
        join(store, [report], PLACES)

    assert "done/000000-k.json: the same command computes" in refused.value.fix
    assert store.read("mid_prices.log") is None


def test_without_a_rejected_row_there_is_no_log_of_them(store: FolderStore) -> None:
    store.replace(LOGS[2], b"of an earlier one\n")

    join(store, [part(store, 0, b"one\n")], PLACES)

    assert {"parts", "done", "outputs", *LOGS[:2]} == {each.name for each in store.path.iterdir()}


def test_what_was_written_before_is_read_part_by_part(store: FolderStore) -> None:
    reports = [part(store, window, text) for window, text in enumerate((b"one\n", b"", b"two\n"))]

    assert [b"one\n", b"two\n"] == list(blocks_of(store, reports, "mids"))
