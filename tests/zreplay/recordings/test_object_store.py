"""An object gives its bytes by ranges, and says what is wrong without what the library knows."""

from collections.abc import Callable, Iterator
from random import Random

import pytest

from protocol.errors import InputError
from tests.object_server import KEY, ObjectServer, stored_objects
from zreplay.recordings import object_store
from zreplay.recordings.object_path import ObjectPath, checked_key
from zreplay.recordings.object_store import (
    FIRST_BYTES,
    MOST_BYTES,
    TRIES,
    StoredObject,
    failed,
    objects_at,
    objects_below,
    stamp_of_object,
)

PATH = ObjectPath("s3://bucket/q/a.csv")
DATA = Random(7).randbytes(3 * MOST_BYTES + 5)


@pytest.fixture(scope="module")
def server() -> Iterator[ObjectServer]:
    with stored_objects() as server:
        yield server


@pytest.fixture
def store(server: ObjectServer) -> ObjectServer:
    server.objects = {"q/a.csv": DATA}
    server.breaks, server.is_refusing, server.requests = 0, False, []
    return server


def test_any_range_is_what_stands_there(store: ObjectServer) -> None:
    dice = Random(1)
    with StoredObject(PATH) as file:
        assert len(DATA) == file.size_bytes
        for _ in range(40):
            offset, size = dice.randrange(len(DATA) + 9), dice.choice([0, 1, 100, FIRST_BYTES + 1])
            assert DATA[offset : offset + size] == file.read_at(offset, size)


def test_it_is_a_file_to_whoever_reads_files(store: ObjectServer) -> None:
    with StoredObject(PATH) as file:
        assert (b"", len(DATA)) == (file.read(0), file.seek(0, 2))
        assert DATA[-5:] == file.read() if file.seek(-5, 1) else b""
        assert 10 == file.seek(10)
        assert (DATA[10:20], 20) == (file.read(10), file.tell())
        buffer = bytearray(7)
        assert (7, DATA[20:27]) == (file.readinto(buffer), bytes(buffer))


def test_what_is_read_in_small_pieces_is_fetched_in_large_ones(store: ObjectServer) -> None:
    with StoredObject(PATH) as file:
        pieces = [file.read_at(at, 64 * 1024) for at in range(0, len(DATA), 64 * 1024)]

    assert DATA == b"".join(pieces)
    assert len([request for request in store.requests if request.startswith("GET")]) < 12


def test_a_head_takes_no_more_than_a_head(store: ObjectServer) -> None:
    before = store.fetched_bytes
    with StoredObject(PATH) as file:
        assert DATA[:4] == file.read(4)

    assert FIRST_BYTES == store.fetched_bytes - before


def test_answers_that_break_off_are_asked_for_again_so_many_times(store: ObjectServer) -> None:
    with StoredObject(PATH) as file:
        store.breaks = TRIES - 1
        assert DATA[:100] == file.read_at(0, 100)
        store.breaks = TRIES
        with pytest.raises(InputError) as error:
            file.read_at(len(DATA) // 2, 100)

    assert 0 == store.breaks
    place = f"s3://bucket/q/a.csv: cannot be read at byte {len(DATA) // 2}"
    assert "Z401" == error.value.code
    assert f"{place}: the connection failed {TRIES} times" == error.value.what


def test_an_object_that_is_replaced_while_it_is_read_ends_the_reading(store: ObjectServer) -> None:
    with StoredObject(PATH) as file:
        file.read_at(0, 100)
        store.objects["q/a.csv"] = DATA[::-1]
        with pytest.raises(InputError, match="was replaced while it was read"):
            file.read_at(len(DATA) - 10, 10)
    with StoredObject(PATH) as file:
        store.objects["q/a.csv"] = DATA[:1000]
        with pytest.raises(InputError, match="was replaced while it was read"):
            file.read_at(500, 1000)
        del store.objects["q/a.csv"]
        with pytest.raises(InputError, match="there is no such object"):
            file.read_at(500, 1000)


def test_its_stamp_is_its_size_and_its_etag(store: ObjectServer) -> None:
    stamp = stamp_of_object(PATH)
    store.objects["q/b.csv"] = DATA
    store.objects["q/a.csv"] = DATA[:-1] + b"\0"

    assert stamp is not None and len(DATA) == stamp.size_bytes
    assert stamp == stamp_of_object(PATH.with_name("b.csv")) != stamp_of_object(PATH)
    assert stamp_of_object(PATH.with_name("c.csv")) is None


def test_what_is_not_there_or_refused_is_said_without_what_the_store_said(
    store: ObjectServer,
) -> None:
    with pytest.raises(InputError, match=r"s3://bucket/no: .*: there is no such object"):
        StoredObject(ObjectPath("s3://bucket/no"))
    store.is_refusing = True
    asked: list[Callable[[], object]] = [
        lambda: StoredObject(PATH),
        lambda: objects_at([PATH]),
        lambda: objects_below(PATH),
    ]
    for ask in asked:
        with pytest.raises(InputError, match="access is denied") as error:
            ask()
        assert KEY not in str(error.value)
        assert error.value.__cause__ is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("AWS Error SLOW_DOWN during GetObject: key AKIA1 secret", "slow down"),
        ("AWS Error UNKNOWN (HTTP status 400): AKIA1", "the store answers 400"),
        ("AKIA1", "the store does not give it"),
        ("AWS Error UNKNOWN (HTTP status 404): AKIA1", "there is no such object"),
    ],
)
def test_an_error_says_its_kind_alone(text: str, why: str) -> None:
    error = failed(PATH, "cannot be read", OSError(text))

    assert f"s3://bucket/q/a.csv: cannot be read: {why}" == error.what
    assert "AKIA1" not in str(error)


def test_a_folder_is_told_from_an_object_and_from_nothing(store: ObjectServer) -> None:
    store.objects["q/deep/b.csv"] = b"x"
    folder, nothing = ObjectPath("s3://bucket/q"), ObjectPath("s3://bucket/no")

    found = objects_at([folder, PATH, nothing])

    assert found[PATH] is found[nothing] is None
    assert [PATH, ObjectPath("s3://bucket/q/deep/b.csv")] == sorted(found[folder] or [])
    assert [] == objects_below(nothing)


def test_many_objects_are_looked_at_once_and_one_replaced_since_then_is_found_out(
    store: ObjectServer,
) -> None:
    paths = [ObjectPath(f"s3://bucket/h/{number}.csv") for number in range(20)]
    store.objects = {f"h/{number}.csv": DATA[: FIRST_BYTES + number] for number in range(20)}
    object_store.HEADS.expect(paths)
    stamps = [stamp_of_object(path) for path in paths]
    for number, path in enumerate(paths):
        with StoredObject(path) as file:
            assert DATA[:100] == file.read_at(0, 100)
            assert stamps[number] == file.stamp
    asked = len(store.requests)
    store.objects["h/7.csv"] = DATA[9 : FIRST_BYTES + 20]

    with StoredObject(paths[7]) as file:
        assert (DATA[:100], asked) == (file.read_at(0, 100), len(store.requests))
        with pytest.raises(InputError, match="was replaced while it was read"):
            file.read_at(FIRST_BYTES, 7)
    with StoredObject(paths[8]) as file:
        assert DATA[FIRST_BYTES : FIRST_BYTES + 8] == file.read_at(FIRST_BYTES, 100)
    object_store.HEADS.expect([])


def test_a_key_with_an_empty_part_is_refused_by_name(store: ObjectServer) -> None:
    with pytest.raises(InputError, match="s3://bucket/q//a.csv: has // in its key"):
        checked_key("s3://bucket/q//a.csv")
    assert PATH == checked_key(str(PATH))
