"""Points are of one file that was read to its end; of any other there are none."""

import gzip
import os
from pathlib import Path
from random import Random

import pytest

from protocol.errors import InputError
from zreplay.recordings import gzip_points
from zreplay.recordings.gzip_points import PointedBytes, Points, find, keep, make
from zreplay.recordings.index.index_store import IndexStore

TEXT = b"".join(b"%d,%d\n" % (number, number * number) for number in range(60_000))


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pytest.importorskip("indexed_gzip", reason="scripts/test --extras installs indexed_gzip")
    monkeypatch.setattr(gzip_points, "SPACING_BYTES", 64 * 1024)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(TEXT[:300_000]) + gzip.compress(TEXT[300_000:]))
    return path


@pytest.fixture
def store(tmp_path: Path) -> IndexStore:
    return IndexStore(tmp_path / "cache")


def made(path: Path) -> Points:
    points = make(path)
    assert points is not None
    return points


def test_from_any_place_the_bytes_are_those_that_stand_there(path: Path) -> None:
    points, chance = made(path), Random(1)
    reader = PointedBytes(path, points)

    assert len(TEXT) == points.size_bytes
    for _ in range(50):
        at = chance.randrange(len(TEXT) + 1)
        assert TEXT[at : at + 5000] == reader.read(at, 5000)
    reader.close()


def test_what_was_kept_is_found_of_this_file_alone(path: Path, store: IndexStore) -> None:
    points = made(path)
    assert find(path, store) is None
    keep(path, points, store)
    assert points == find(path, store)

    gzip_points.forget(path, points, store)
    assert find(path, store) is None
    keep(path, points, store)
    os.utime(path, ns=(0, 0))
    assert find(path, store) is None
    keep(path, points, store)  # it is not of this file any more
    assert find(path, store) is None


def test_damaged_points_are_none(path: Path, store: IndexStore) -> None:
    keep(path, made(path), store)
    [kept] = (path.parent / "cache").iterdir()
    whole, chance = kept.read_bytes(), Random(1)
    for _ in range(300):
        changed = bytearray(whole)
        changed[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        kept.write_bytes(changed[: chance.choice([len(whole), chance.randrange(len(whole))])])

        assert find(path, store) is None


def test_points_that_are_no_points_of_this_file_are_an_error(path: Path) -> None:
    points = made(path)
    with pytest.raises(InputError, match="by its points"):
        PointedBytes(path, points._replace(exported=points.exported[:50]))
    longer = PointedBytes(path, points._replace(size_bytes=len(TEXT) + 1))
    with pytest.raises(InputError, match=f"ends at byte {len(TEXT)}"):
        longer.read(len(TEXT) - 10, 100)
    reader = PointedBytes(path, points)
    os.utime(path, ns=(0, 0))
    with pytest.raises(InputError, match="has changed"):
        reader.read(0, 10)


def test_what_is_damaged_or_not_there_has_none(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-6] ^= 1
    path.write_bytes(data)

    assert make(path) is None
    assert make(path.with_name("gone")) is None
