"""The places behind what was taken are those that a look at every block would find."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from zreplay.ordering.order_cursor import Key, Resume
from zreplay.ordering.read_places import ReadPlaces
from zreplay.recordings.source_block import FilePlace

FILES = 3


def at(offset: int) -> Resume:
    return Resume(FilePlace(offset, offset + 1), offset)


class Step(NamedTuple):
    """A file is read on for so many bytes, perhaps with rows; then perhaps rows are taken."""

    number: int
    size: int
    waits: int | None
    taken: int


steps = st.lists(
    st.builds(
        Step,
        st.integers(0, FILES - 1),
        st.integers(0, 5),
        st.none() | st.integers(1, 30),
        st.integers(0, 12),
    ),
    max_size=40,
)


class Naive:
    """Keeps every block of each file."""

    def __init__(self) -> None:
        self.blocks: list[list[tuple[Resume, Key]]] = [[] for _ in range(FILES)]
        self.ends = [at(0)] * FILES

    def places(self, key: Key) -> tuple[Resume, ...]:
        return tuple(
            next((start for start, last in blocks if last > key), end)
            for blocks, end in zip(self.blocks, self.ends, strict=True)
        )


@given(steps, st.sampled_from([1, 3, 100]))
def test_each_file_goes_on_at_its_oldest_block_with_an_unsent_quote(
    steps: list[Step], asked: int
) -> None:
    places, naive = ReadPlaces([at(0)] * FILES), Naive()
    ends, now_ns = [0] * FILES, 0
    taken = now_ns, 0
    for position, step in enumerate(steps):
        start, ends[step.number] = at(ends[step.number]), ends[step.number] + step.size
        key = None if step.waits is None else (now_ns + step.waits, position)
        places.read(step.number, start, at(ends[step.number]), key)
        naive.ends[step.number] = at(ends[step.number])
        if key is not None:
            naive.blocks[step.number].append((start, key))
        if step.taken:
            now_ns += step.taken
            taken = now_ns, position
            places.taken(taken)
        if position % asked == 0:
            assert naive.places(taken) == tuple(places.files())
    assert naive.places(taken) == tuple(places.files())


def test_blocks_that_were_taken_are_forgotten() -> None:
    places = ReadPlaces([at(0), at(0)])
    for number in range(100):
        places.read(0, at(number), at(number + 1), (number, 0))
        places.taken((number, 0))
        assert 1 == len(places._begun[0])

    assert [at(100), at(0)] == places.files()
    assert {} == places._begun


def test_before_anything_was_taken_a_place_is_where_the_file_is_read_on() -> None:
    places = ReadPlaces([at(5), at(7)])
    places.read(1, at(7), at(9), None)

    assert [at(5), at(9)] == places.files()
