"""Which file is read next is what a look at each of them would say."""

from itertools import cycle
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from zreplay.ordering.files_behind import MOST_NEAR, FilesBehind, Standing

FILES = 6


class Step(NamedTuple):
    """A file is read so much further, or has ended."""

    number: int
    further_ns: int | None


steps = st.lists(
    st.builds(Step, st.integers(0, FILES - 1), st.none() | st.integers(-3, 9)), max_size=30
)


class Naive:
    """Looks at each of the files."""

    def __init__(self, reached_ns: list[int]) -> None:
        self.reached_ns = dict(enumerate(reached_ns))

    def standings(self) -> list[Standing]:
        return sorted((each_ns, number) for number, each_ns in self.reached_ns.items())


@given(
    st.lists(st.integers(0, 5), min_size=FILES, max_size=FILES),
    steps,
    st.lists(st.integers(0, 8), min_size=1),
    st.sampled_from([0, 3, MOST_NEAR]),
)
def test_the_files_come_as_a_look_at_each_of_them_orders_them(
    reached_ns: list[int], moves: list[Step], asked: list[int], most_near: int
) -> None:
    files, naive = FilesBehind(reached_ns, most_near), Naive(reached_ns)
    most = cycle(asked)
    for number, further_ns in moves:
        if number not in naive.reached_ns:
            continue
        if further_ns is None:
            files.end(number)
            del naive.reached_ns[number]
        else:
            naive.reached_ns[number] += further_ns
            files.move(number, naive.reached_ns[number])

        standings = naive.standings()
        assert (standings[0] if standings else None) == files.last
        so_many = next(most)
        assert [number for _, number in standings][:so_many] == files.nearest(so_many)


def test_of_files_that_stand_alike_the_first_is_behind() -> None:
    files = FilesBehind([7, 3, 3])

    assert (3, 1) == files.last
    assert [1, 2] == files.nearest(2)
    assert [1, 2, 0] == files.nearest(5)


def test_a_file_is_behind_once_wherever_it_has_been() -> None:
    files = FilesBehind([1, 2])
    for reached_ns in (5, 1, 5, 1):
        files.move(0, reached_ns)

    assert [0, 1] == files.nearest(5)
