"""Batches are joined and cut, and no row is lost or moved."""

from hypothesis import given
from hypothesis import strategies as st

from tests.zreplay.conversion.test_result_file import batches
from zreplay.quotes.joined_batches import joined


@given(st.lists(st.integers(0, 9), max_size=12), st.integers(1, 7))
def test_batches_are_joined_and_cut_to_one_size(sizes: list[int], rows: int) -> None:
    made = [*joined(batches(*sizes), rows)]

    assert batches(*sizes).read_all()["record"].to_pylist() == [
        record for batch in made for record in batch["record"].to_pylist()
    ]
    assert all(len(batch) == rows for batch in made[:-1])
    assert all(0 < len(batch) <= rows for batch in made)
