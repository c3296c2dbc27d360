"""The output of a backfill in a store of objects, which fails, is slow, and cuts uploads short."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.errors import ResultLogError
from tests.object_server import BUCKET, ObjectServer, stored_objects
from zreplay.backfilling import object_output
from zreplay.backfilling.object_output import ObjectOutput
from zreplay.recordings.object_path import checked_key

OUT = f"s3://{BUCKET}/deep/out"


@pytest.fixture
def server() -> Iterator[ObjectServer]:
    with stored_objects() as server:
        yield server


@pytest.fixture
def store(server: ObjectServer, tmp_path: Path) -> ObjectOutput:
    return ObjectOutput(checked_key(OUT), tmp_path)


def finished(store: ObjectOutput, data: bytes) -> Path:
    scratch = store.scratch()
    scratch.write_bytes(data)
    return scratch


def test_a_finished_file_is_uploaded_and_its_scratch_is_gone(
    store: ObjectOutput, server: ObjectServer, tmp_path: Path
) -> None:
    store.publish(finished(store, b"data"), "parts/a")

    assert {"deep/out/parts/a": b"data"} == server.objects
    assert [] == list(tmp_path.iterdir())
    with store.open("parts/a") as file:
        assert b"data" == file.read()


def test_a_large_one_is_whole_too(store: ObjectOutput, server: ObjectServer) -> None:
    data = bytes(range(256)) * 4096 * 12

    store.publish(finished(store, data), "a")

    assert data == server.objects["deep/out/a"]
    assert any("partNumber" in request for request in server.requests)


def test_names_are_listed_with_their_sizes_created_once_and_removed(store: ObjectOutput) -> None:
    assert (None, {}) == (store.read("done/a"), store.sizes("done"))
    assert [True, False] == [store.create("done/a", data) for data in (b"one", b"two")]
    assert (b"one", {"done/a": 3}) == (store.read("done/a"), store.sizes("done"))

    store.remove("done/a")
    store.remove("done/a")

    assert {} == store.sizes("")


@pytest.mark.parametrize("statuses", [[500], [503, 500, 503]])
def test_what_fails_for_a_while_is_tried_again(
    statuses: list[int], store: ObjectOutput, server: ObjectServer
) -> None:
    server.fails = list(statuses)

    store.publish(finished(store, b"data"), "a")

    assert ([], b"data") == (server.fails, server.objects["deep/out/a"])


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give the seconds that were waited for; nobody waits."""
    waited: list[float] = []
    monkeypatch.setattr("zreplay.backfilling.object_output.time.sleep", waited.append)
    return waited


def test_one_that_the_library_does_not_ask_for_again_is_uploaded_again_from_its_beginning(
    store: ObjectOutput, server: ObjectServer, waits: list[float]
) -> None:
    data = bytes(range(256)) * 4096 * 12
    server.is_unwell = True  # also when the pieces are to be put together

    store.publish(finished(store, data), "a")

    assert ([object_output.WAITS_SECONDS[0]], data) == (waits, server.objects["deep/out/a"])


def test_what_goes_on_failing_is_an_error_with_the_address(
    store: ObjectOutput, server: ObjectServer, waits: list[float]
) -> None:
    server.fails = [500] * 100

    with pytest.raises(ResultLogError) as found:
        store.replace("a", b"data")

    assert ("Z602", True) == (found.value.code, f"{OUT}/a" in found.value.what)
    assert ([*object_output.WAITS_SECONDS], True) == (waits, found.value.may_pass)


def test_what_is_not_allowed_is_not_tried_again(
    store: ObjectOutput, server: ObjectServer, waits: list[float]
) -> None:
    server.is_refusing = True

    with pytest.raises(ResultLogError, match="access is denied") as found:
        store.replace("a", b"data")

    assert ([], False) == (waits, found.value.may_pass)


def test_an_object_that_is_shorter_than_its_file_is_an_error(
    store: ObjectOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = ObjectOutput._upload
    monkeypatch.setattr(
        ObjectOutput, "_upload", lambda self, name, file: upload(self, name, io.BytesIO(b"da"))
    )

    with pytest.raises(ResultLogError, match="has 2 bytes, not 4"):
        store.publish(finished(store, b"data"), "a")
    assert object_output.UPLOAD_BYTES > 5 * 2**20  # the least that a store takes for a part
