"""What a .gz gives does not depend on whether it has points."""

import gzip
import sys
from pathlib import Path
from random import Random

import pytest

from zreplay.recordings import gzip_bytes, gzip_points
from zreplay.recordings.byte_reader import FileBytes
from zreplay.recordings.compressed_bytes import CompressedBytes
from zreplay.recordings.gzip_bytes import GzipBytes

TEXT = b"".join(b"%d,%d\n" % (number, number * number) for number in range(60_000))
OTHER = b"".join(b"%d,%d\n" % (number, number * 3) for number in range(90_000))


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(gzip_points, "SPACING_BYTES", 64 * 1024)
    monkeypatch.setattr(gzip_bytes, "FAR_BYTES", 1000)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(TEXT))
    return path


@pytest.fixture
def pointed(path: Path) -> Path:
    pytest.importorskip("indexed_gzip", reason="scripts/test --extras installs indexed_gzip")
    points = gzip_points.make(path)
    assert points is not None
    gzip_points.keep(path, points)
    return path


def read(path: Path, offset: int, most_bytes: int = 5000) -> FileBytes:
    reader = GzipBytes(path)
    found = reader.read(offset, most_bytes)
    reader.close()
    return found


def test_with_points_nothing_is_read_through(
    pointed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> FileBytes:
        raise AssertionError("read through")

    expected = [TEXT[at : at + 5000] for at in (400_000, 2_000, len(TEXT) - 10, len(TEXT))]
    monkeypatch.setattr(CompressedBytes, "read", fail)
    reader = GzipBytes(pointed)
    found = [reader.read(at, 5000) for at in (400_000, 2_000, len(TEXT) - 10, len(TEXT))]

    assert expected == [each.data for each in found]
    assert [False, False, True, True] == [each.is_last for each in found]
    assert (0.0, 1.0) == (reader.share(0), reader.share(len(TEXT)))
    reader.close()


def test_places_in_any_order_give_what_stands_there(pointed: Path) -> None:
    chance, reader = Random(1), GzipBytes(pointed)
    for _ in range(40):
        at = chance.randrange(len(TEXT))
        assert TEXT[at : at + 5000] == reader.read(at, 5000).data
        if not chance.randrange(5):
            reader.close()


def test_wrong_points_are_thrown_away_and_it_is_read_through(
    pointed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stamp = gzip_points.stamp_of(pointed)
    assert stamp is not None
    other = pointed.with_name("other.gz")
    other.write_bytes(gzip.compress(OTHER))
    points = gzip_points.make(other)
    assert points is not None
    for wrong in (points, points._replace(exported=b"GZIDX"), points._replace(size_bytes=10**9)):
        gzip_points.keep(pointed, wrong._replace(stamp=stamp))
        caplog.clear()

        assert TEXT[-3000:] == read(pointed, len(TEXT) - 3000).data
        assert ["the points of a compressed file are wrong and thrown away"] == caplog.messages
        assert gzip_points.find(pointed) is None


@pytest.mark.parametrize("is_installed", [True, False])
def test_without_points_it_is_read_through(
    path: Path, monkeypatch: pytest.MonkeyPatch, is_installed: bool
) -> None:
    if not is_installed:
        monkeypatch.setitem(sys.modules, "indexed_gzip", None)
        assert (False, None) == (gzip_points.is_installed(), gzip_points.make(path))

    assert FileBytes(TEXT[400_000:405_000], is_last=False) == read(path, 400_000)
    assert FileBytes(TEXT[-10:], is_last=True) == read(path, len(TEXT) - 10)
