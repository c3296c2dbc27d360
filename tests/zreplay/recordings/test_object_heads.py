"""What is known of objects is asked for once, side by side, and holds for a while."""

from collections.abc import Iterator

import pytest

from protocol.errors import InputError
from zreplay.recordings import object_heads
from zreplay.recordings.object_heads import AT_ONCE, FRESH_NS, ObjectHead, ObjectHeads, ObjectStamp
from zreplay.recordings.object_path import ObjectPath

PATHS = [ObjectPath(f"s3://bucket/{number:03d}.csv") for number in range(3 * AT_ONCE)]


class Store:
    """Counts what is fetched; the clock stands until it is moved."""

    def __init__(self) -> None:
        self.fetched: list[ObjectPath] = []
        self.missing: set[ObjectPath] = set()
        self.now_ns = 0
        self.heads = ObjectHeads(self._fetch, lambda: self.now_ns)

    def _fetch(self, path: ObjectPath, with_data: bool) -> ObjectHead:
        self.fetched.append(path)
        if path in self.missing:
            raise InputError("no", fix="none", code="Z401")
        data = str(path).encode() if with_data else None
        return ObjectHead(ObjectStamp(len(str(path)), b""), data)


@pytest.fixture
def store() -> Iterator[Store]:
    return Store()


def test_what_is_not_expected_is_not_fetched(store: Store) -> None:
    assert store.heads.find(PATHS[0], with_data=True) is None
    assert [] == store.fetched


def test_with_one_come_those_behind_it_and_each_is_fetched_once(store: Store) -> None:
    store.heads.expect(PATHS)
    found = [store.heads.find(path, with_data=True) for path in PATHS]

    assert [str(path).encode() for path in PATHS] == [head.data for head in found if head]
    assert PATHS == sorted(store.fetched)
    assert store.heads.find(PATHS[5], with_data=False) == found[5]
    assert len(PATHS) == len(store.fetched)


def test_a_stamp_alone_is_fetched_without_data_and_not_taken_for_it(store: Store) -> None:
    store.heads.expect(PATHS[:2])
    stamp, whole = [store.heads.find(PATHS[0], with_data=each) for each in (False, True)]

    assert stamp is not None and whole is not None
    assert (None, stamp.stamp) == (stamp.data, whole.stamp)
    assert whole.data is not None
    assert 4 == len(store.fetched)


def test_what_is_old_is_not_known_any_more_and_not_fetched_for_all_again(store: Store) -> None:
    store.heads.expect(PATHS[:3])
    store.heads.find(PATHS[0], with_data=True)
    store.now_ns = FRESH_NS + 1

    assert store.heads.find(PATHS[1], with_data=True) is None
    assert 3 == len(store.fetched)


def test_what_is_not_there_is_unknown_and_the_others_are_known(store: Store) -> None:
    store.missing = {PATHS[1]}
    store.heads.expect(PATHS[:3])
    is_known = [store.heads.find(path, with_data=True) is not None for path in PATHS[:3]]

    assert [True, False, True] == is_known


def test_no_more_than_so_many_bytes_are_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_heads, "MOST_BYTES", 3 * len(str(PATHS[0])))
    store.heads.expect(PATHS[:5])
    store.heads.find(PATHS[0], with_data=True)

    kept = [store.heads.find(path, with_data=True) is not None for path in PATHS[:5]]
    assert [False, False, True, True, True] == kept
