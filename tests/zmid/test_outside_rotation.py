"""What logrotate does is told from damage, with what to do."""

import gzip
import shutil
from pathlib import Path

import pytest

from protocol.errors import ResultLogError
from protocol.result_folder import ERRORS, MIDS
from tests.zmid.fakes import RUN, lines, result
from zmid.disk import Folder
from zmid.outside_rotation import left_of
from zmid.result_log import NAMES, ResultLog


@pytest.mark.parametrize(
    "name", ["a.log.1", "a.log.2.gz", "a.log-20260115", "a.log-20260115-1768478400.zst"]
)
def test_what_logrotate_leaves_is_known_by_its_name(name: str) -> None:
    assert name == left_of("a.log", ["b.log.1", "a.log", "a.log.bak", f"x{name}", name])


def test_the_newest_is_named() -> None:
    assert "a.log.1" == left_of("a.log", ["a.log.2.gz", "a.log.10.gz", "a.log.1"])
    assert None is left_of("a.log", ["a.log", "a.log.txt", "a.log.0x1"])


def begun(folder: Path) -> tuple[Folder, ResultLog]:
    disk = Folder(folder, NAMES)
    log = ResultLog(disk)
    log.adopt(RUN)
    log.commit_epoch(1)
    for first in range(0, 60, 3):
        log.append([result(first)])
    return disk, log


def test_a_log_that_was_renamed_and_created_is_named_while_in_use(tmp_path: Path) -> None:
    disk, _ = begun(tmp_path)
    (tmp_path / MIDS).rename(tmp_path / f"{MIDS}.1")
    (tmp_path / MIDS).touch()
    with pytest.raises(ResultLogError, match=f"{MIDS}.1 is beside it") as caught:
        disk.check_in_place()
    disk.close()

    assert ("Z610", True) == (caught.value.code, "--rotate" in caught.value.fix)


def test_a_log_that_was_copied_and_cut_is_named_and_nothing_is_written_into_it(
    tmp_path: Path,
) -> None:
    disk, log = begun(tmp_path)
    shutil.copy(tmp_path / MIDS, tmp_path / f"{MIDS}.1")
    (tmp_path / MIDS).write_bytes(b"")
    disk.check_in_place()
    with pytest.raises(ResultLogError, match="another program rotated it") as caught:
        log.append([result(60)])
    disk.close()

    assert ("Z610", 0) == (caught.value.code, (tmp_path / MIDS).stat().st_size)


@pytest.mark.parametrize("name", [MIDS, ERRORS])
def test_at_a_start_it_is_named_and_put_back_the_run_goes_on(tmp_path: Path, name: str) -> None:
    disk, _ = begun(tmp_path)
    disk.close()
    left = tmp_path / f"{name}-20260115.gz"
    left.write_bytes(gzip.compress((tmp_path / name).read_bytes()))
    (tmp_path / name).write_bytes(b"")
    disk = Folder(tmp_path, NAMES)
    with pytest.raises(ResultLogError, match="another program rotated it") as caught:
        ResultLog(disk)
    (tmp_path / name).write_bytes(gzip.decompress(left.read_bytes()))
    ResultLog(disk).append([result(60)])
    disk.close()

    assert ("Z610", True) == (caught.value.code, caught.value.fix.startswith("unpack it"))
    assert lines(63) == tuple((tmp_path / each).read_bytes() for each in (MIDS, ERRORS))


def test_without_such_a_name_it_is_damage_as_before(tmp_path: Path) -> None:
    disk, _ = begun(tmp_path)
    (tmp_path / MIDS).write_bytes(b"")
    with pytest.raises(ResultLogError) as caught:
        ResultLog(disk)
    disk.close()

    assert "Z605" == caught.value.code
