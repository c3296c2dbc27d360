"""The compiled reader of columns refuses arguments that do not match, and writes nothing."""

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("compiled")

COUNT = 3
FLOATS = ("latency_ms", "ask_price", "bid_price", "ask_amount", "bid_amount")


def arguments(**other: object) -> list[Any]:
    """Return those of a call of three plain rows, with these in the place of others."""
    given: dict[str, object] = {
        "unit_ns": 1,
        "may_be_negative": False,
        "times": np.arange(COUNT, dtype=np.int64),
        **{name: np.ones(COUNT) for name in FLOATS},
        "ticker_places": np.zeros(COUNT, np.int32),
        "code_at": np.array([5], np.int32),
        "timestamp_ns": np.full(COUNT, -1, np.int64),
        "arrival_ns": np.full(COUNT, -1, np.int64),
        "ticker_codes": np.full(COUNT, -1, np.int32),
    }
    return [*(given | other).values()]


def test_three_plain_rows_are_read() -> None:
    from zreplay.recordings import compiled_quotes

    given = arguments()

    assert (10**6, 10**6 + 2, 0, 2, True, 2, 2) == compiled_quotes.read(*given)
    assert [[0, 1, 2], [10**6, 10**6 + 1, 10**6 + 2], [5, 5, 5]] == [
        column.tolist() for column in given[-3:]
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"unit_ns": 0},
        {"unit_ns": -1},
        {"times": np.array([], np.int64)},
        {"times": bytes(23)},
        {"code_at": bytes(3)},
        *({name: np.ones(COUNT - 1)} for name in FLOATS),
        {"ticker_places": np.zeros(COUNT + 1, np.int32)},
        {"timestamp_ns": np.zeros(COUNT + 1, np.int64)},
        {"arrival_ns": np.zeros(COUNT - 1, np.int64)},
        {"ticker_codes": np.zeros(COUNT, np.int64)},
        {"arrival_ns": memoryview(bytearray(8 * COUNT + 1))[1:]},
    ],
    ids=lambda other: "-".join(other),
)
def test_columns_that_do_not_fit_each_other_are_refused(other: dict[str, object]) -> None:
    from zreplay.recordings import compiled_quotes

    given = arguments(**other)

    with pytest.raises(ValueError):
        compiled_quotes.read(*given)
    written = [column for column in given[-3:] if isinstance(column, np.ndarray)]
    assert all((column == -1).all() or not column.any() for column in written)


def test_what_is_to_be_written_must_not_be_read_only() -> None:
    from zreplay.recordings import compiled_quotes

    with pytest.raises(TypeError):
        compiled_quotes.read(*arguments(arrival_ns=bytes(8 * COUNT)))


@pytest.mark.parametrize("place", [-1, 1, 2**31 - 1, -(2**31)])
def test_a_ticker_without_a_code_is_not_plain(place: int) -> None:
    from zreplay.recordings import compiled_quotes

    places = np.array([0, 0, place], np.int32)

    assert compiled_quotes.read(*arguments(ticker_places=places)) is None
