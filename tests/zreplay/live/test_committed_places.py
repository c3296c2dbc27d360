"""Nothing is freed that the sink may step back to."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.messages import COMMITS_KEPT
from zreplay.live.committed_places import CommittedPlaces, Sent


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5)), max_size=80),
    st.data(),
)
def test_what_the_oldest_of_the_last_commits_needs_is_never_freed(
    batches: list[tuple[int, int]], data: st.DataObject
) -> None:
    """A model: the ring has the last COMMITS_KEPT commits, each after some whole batches."""
    places = CommittedPlaces(0)
    ends, needs, commits = [0], [0], [0]
    end = freed = 0
    for count, more in batches:
        end += count
        ends.append(end)
        needs.append(needs[-1] + more)
        places.sent(Sent(end, needs[-1], end, end))
        if data.draw(st.booleans()):
            some = data.draw(st.integers(1, 3))
            commits += sorted({e for e in ends if e > commits[-1]})[:some]  # several, one ack
            freed = max(freed, places.acknowledged(commits[-1]))
        ring = commits[-COMMITS_KEPT:] if len(commits) > COMMITS_KEPT else [0]
        assert freed <= needs[ends.index(ring[0])]
        assert places.last.end == max(each for each in ends if each <= commits[-1])


def test_after_enough_commits_what_is_behind_them_is_freed() -> None:
    places = CommittedPlaces(7)
    assert 7 == places.last.position
    freed = []
    for number in range(1, 40):
        places.sent(Sent(number, 10 * number, 10 * number + 5, number))
        freed.append(places.acknowledged(number))
        assert freed[-1] == places.acknowledged(number)  # said again, it stands for nothing

    assert [0] * (COMMITS_KEPT - 1) + [10 * n for n in range(1, 40 - COMMITS_KEPT + 1)] == freed
