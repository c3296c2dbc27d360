"""What a function of the user gets; what is made of it: tests/zreplay/consumer/test_backfill.py."""

from pathlib import Path

import pytest

from tests.zreplay.backfilling.recordings import parsed_of
from zreplay.backfilling.function_output import WindowOfArrivals, batches_of, name_of

S = 10**9


@pytest.mark.parametrize(
    ("start_ns", "expected"),
    [
        (None, [(4, False)]),
        (0, [(4, False)]),
        (2 * S, [(2, True), (2, False)]),
        (9 * S, [(4, True)]),
    ],
)
def test_no_batch_has_quotes_from_before_a_window_and_from_it(
    start_ns: int | None, expected: list[tuple[int, bool]], tmp_path: Path
) -> None:
    rows = "".join(f"1970-01-01 00:00:0{at},0,A,1,1,1,1\n" for at in range(4))
    window = WindowOfArrivals(1, start_ns, None)

    batches = batches_of([parsed_of(tmp_path, rows).source.block], window)

    assert expected == [(batch.num_rows, window.is_warmup(batch)) for batch in batches]


def test_a_function_is_called_as_it_is_where_it_stands() -> None:
    assert f"{__name__}.{test_a_function_is_called_as_it_is_where_it_stands.__name__}" == name_of(
        test_a_function_is_called_as_it_is_where_it_stands
    )
