"""A file is known by size, time of change and both ends."""

import os
from pathlib import Path

from tests.object_server import stored_objects
from zreplay.recordings.index.file_identity import END_BYTES, digest_of, stamp_of
from zreplay.recordings.object_path import ObjectPath


def digest(path: Path) -> bytes | None:
    stamp = stamp_of(path)
    assert stamp is not None
    return digest_of(path, stamp)


def test_whatever_changes_of_a_file_makes_it_another(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    seen = []
    for data, time_ns in (
        (b"a" * 4 * END_BYTES, 1_000_000_000),
        (b"a" * 4 * END_BYTES, 1_000_000_001),
        (b"b" + b"a" * (4 * END_BYTES - 1), 1_000_000_000),
        (b"a" * (4 * END_BYTES - 1) + b"b", 1_000_000_000),
        (b"a" * (4 * END_BYTES - 1), 1_000_000_000),
        (b"", 1_000_000_000),
    ):
        path.write_bytes(data)
        os.utime(path, ns=(0, time_ns))
        seen.append(digest(path))

    assert len(seen) == len(set(seen))
    assert None not in seen


def test_a_copy_with_its_time_is_the_same_file(tmp_path: Path) -> None:
    path, copy = tmp_path / "a.csv", tmp_path / "b.csv"
    for each in (path, copy):
        each.write_bytes(b"a" * 100)
        os.utime(each, ns=(0, 5))

    assert digest(path) == digest(copy)
    assert stamp_of(path) != stamp_of(copy)


def test_a_file_that_is_gone_or_was_replaced_has_none(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    assert stamp_of(path) is None
    path.write_bytes(b"a")
    stamp = stamp_of(path)
    assert stamp is not None
    path.write_bytes(b"ab")
    assert digest_of(path, stamp) is None
    path.unlink()
    assert digest_of(path, stamp) is None


def test_an_object_of_a_store_is_told_by_its_size_and_etag_alone() -> None:
    with stored_objects() as store:
        store.objects = {"a": b"one", "b": b"one", "c": b"two"}
        stamps = {key: stamp_of(ObjectPath(f"s3://bucket/{key}")) for key in "abcd"}
        a, b, c, d = stamps.values()
        assert a is not None and c is not None

        assert (True, False, None, 3) == (a == b, a == c, d, a.size_bytes)
        path = ObjectPath("s3://bucket/a")
        assert digest_of(path, a) != digest_of(ObjectPath("s3://bucket/c"), c)
        store.objects["a"] = b"six"
        assert digest_of(path, a) is None
