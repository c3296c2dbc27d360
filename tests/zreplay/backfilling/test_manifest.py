"""What a finished output is, and whether it is whole."""

import zlib
from pathlib import Path

import pytest

from protocol.errors import ResultLogError
from zreplay.backfilling.manifest import (
    MANIFEST,
    VERSION,
    LogFile,
    Manifest,
    check_files,
    check_logs,
    finished,
    read_manifest,
    refuse_others,
    write_manifest,
)
from zreplay.backfilling.part_files import PartWriter, marker_of, stem
from zreplay.backfilling.proof import Counts, Report
from zreplay.backfilling.store import FolderStore

LOG = LogFile("mid_prices.log", 4, zlib.crc32(b"one\n"))


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path)


def part(store: FolderStore) -> Report:
    writer = PartWriter(store, 0, "k", ("mids",))
    writer.write("mids", b"one\n")
    report = writer.commit(Report("k", [], [], Counts(0, 0, 0, 0)))
    writer.close()
    return report


def test_it_is_read_as_it_was_written_and_another_version_is_none(store: FolderStore) -> None:
    assert None is read_manifest(store)
    for version, expected in ((VERSION, "asked"), (VERSION + 1, None)):
        write_manifest(store, Manifest(version, "asked"))
        assert expected == getattr(read_manifest(store), "options", None)
    store.replace(MANIFEST, b"{")
    assert None is read_manifest(store)


def test_logs_that_are_not_what_was_written_are_named(store: FolderStore) -> None:
    manifest = Manifest(VERSION, "", True, [], [LOG])
    store.replace(LOG.name, b"one\n")
    assert [] == check_logs(store, manifest)

    for data in (b"one", b"eno\n"):
        store.replace(LOG.name, data)
        assert [True] == [LOG.name in text for text in check_logs(store, manifest)]
    store.remove(LOG.name)
    assert 1 == len(check_logs(store, manifest))


def test_parts_that_are_not_what_was_written_are_named(store: FolderStore) -> None:
    report = part(store)
    assert [] == check_files(store, [report])

    store.replace(report.files["mids"].name, b"eno\n")

    assert [True] == [report.files["mids"].name in text for text in check_files(store, [report])]


def test_a_finished_output_has_the_reports_of_its_parts(store: FolderStore) -> None:
    report = part(store)
    with pytest.raises(ResultLogError) as found:
        finished(store)
    assert "Z604" == found.value.code

    write_manifest(store, Manifest(VERSION, "", True, [stem(0, "k")], []))
    assert [report] == finished(store)[1]

    store.remove(marker_of(stem(0, "k")))
    with pytest.raises(ResultLogError) as found:
        finished(store)
    assert "Z605" == found.value.code


@pytest.mark.parametrize("name", ["run.json", "mid_prices.log"])
def test_a_folder_with_the_logs_of_a_run_is_refused(store: FolderStore, name: str) -> None:
    (store.path / name).touch()

    with pytest.raises(ResultLogError) as found:
        refuse_others(store)

    assert "Z603" == found.value.code
