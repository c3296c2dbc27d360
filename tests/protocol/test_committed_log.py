"""Whatever was closed, what is read is what was committed, from any byte on."""

from pathlib import Path

import pytest
from backports import zstd

from protocol import committed_log
from protocol.committed_log import open_committed
from protocol.errors import ResultLogError
from protocol.result_folder import MIDS
from protocol.rotation import Rotation
from protocol.segment import waiting_file
from tests.zmid.fakes import RUN, lines, result
from zmid.disk import Folder
from zmid.result_log import NAMES, ResultLog

END = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    disk = Folder(tmp_path, NAMES)
    log = ResultLog(disk, rotation=Rotation(size_bytes=40))
    log.adopt(RUN)
    log.commit_epoch(1)
    for first in range(0, END, 5):
        log.append([result(first, 5)])
    disk.write(MIDS, disk.size(MIDS), b"not committed")
    disk.close()
    return tmp_path


@pytest.mark.parametrize("is_packed", [False, True])
def test_it_is_read_from_any_byte_on_and_in_any_pieces(
    folder: Path, monkeypatch: pytest.MonkeyPatch, is_packed: bool
) -> None:
    monkeypatch.setattr(committed_log, "PIECE_BYTES", 5)
    closed = sorted((folder / "segments").glob("mid_prices.*"))
    for path in closed[:2] if is_packed else ():
        path.with_name(f"{path.name}.zst").write_bytes(zstd.compress(path.read_bytes()))
        path.unlink()
    text = lines(END)[0]
    for start in range(len(text) + 1):
        log = open_committed(folder, MIDS, start)
        assert (len(text), start == len(text), RUN) == (log.end, log.is_empty, log.run)
        size = start % 17 + 1
        pieces = [*iter(lambda log=log, size=size: log.read(size), b"")]
        assert text[start:] == b"".join(pieces)
        assert {size} >= {len(piece) for piece in pieces[:-1]}
        log.close()
    assert 3 == len(closed)


def test_a_rename_between_the_opening_and_the_reading_changes_no_byte(folder: Path) -> None:
    last = sorted((folder / "segments").glob("mid_prices.*"))[-1]
    begun = folder / waiting_file(MIDS, int(last.name.split(".")[1]) + 1)
    (folder / MIDS).rename(begun)
    last.rename(folder / MIDS)
    with open_committed(folder, MIDS) as log:
        (folder / MIDS).rename(last)
        begun.rename(folder / MIDS)
        assert lines(END)[0] == log.read()


def test_what_is_compressed_while_it_is_read_is_read_all_the_same(folder: Path) -> None:
    first = min((folder / "segments").glob("mid_prices.*"))
    with open_committed(folder, MIDS) as log:
        first.with_name(f"{first.name}.zst").write_bytes(zstd.compress(first.read_bytes()))
        first.unlink()
        assert lines(END)[0] == log.read()


def test_what_is_removed_while_it_is_read_is_an_error_and_no_end(folder: Path) -> None:
    first = min((folder / "segments").glob("mid_prices.*"))
    with open_committed(folder, MIDS) as log:
        first.unlink()
        with pytest.raises(ResultLogError, match=f"{first.name} was removed while") as refused:
            log.read()

    assert "Z604" == refused.value.code


def test_what_was_taken_away_is_counted(folder: Path) -> None:
    closed = sorted((folder / "segments").glob("mid_prices.*"))
    size = closed[1].stat().st_size
    closed[1].unlink()
    with open_committed(folder, MIDS) as log:
        assert (1, len(lines(END)[0]) - size) == (log.missing, len(log.read()))


def test_what_was_taken_away_before_the_place_is_not_missed_there(folder: Path) -> None:
    text, closed = lines(END)[0], sorted((folder / "segments").glob("mid_prices.*"))
    ends = [sum(path.stat().st_size for path in closed[:count]) for count in (1, 2)]
    for path in closed[:2]:
        path.unlink()
    found = []
    for start in (0, ends[0], ends[0] + 1, ends[1], len(text)):
        with open_committed(folder, MIDS, start) as log:
            found.append(log.missing)
            assert log.read() == text[max(start, ends[1]) :]

    assert [2, 1, 1, 0, 0] == found


def test_a_log_that_is_not_there_is_named(folder: Path) -> None:
    (folder / MIDS).unlink()
    with pytest.raises(ResultLogError, match=f"{MIDS} in .* is not there"):
        open_committed(folder, MIDS)
