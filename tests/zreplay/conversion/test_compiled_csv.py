"""The compiled writer of CSV lines refuses arguments that do not match."""

from collections.abc import Callable

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("compiled")

EIGHTS = b"\0" * 16
ENDS = np.array([0, 1, 2], np.int32).tobytes()


def lines(
    times: bytes = EIGHTS,
    latency: bytes | None = EIGHTS,
    ends: bytes = ENDS,
    price: bytes = EIGHTS,
    number: Callable[[float], str] = str,
) -> bytes:
    from zreplay.conversion import compiled_csv

    floats = (price, EIGHTS, EIGHTS, EIGHTS)
    return compiled_csv.lines(times, EIGHTS, latency, ends, b"AB", *floats, EIGHTS, number)


def test_what_fits_is_written() -> None:
    begin = b"1970-01-01 00:00:00.000000000," * 2

    assert begin + b"A,0,0,0,0,0\n" + begin + b"B,0,0,0,0,0\n" == lines(latency=None)


@pytest.mark.parametrize(
    "odd",
    [
        {"times": b"\0" * 8},
        {"latency": b"\0" * 24},
        {"price": b"\0" * 15},
        {"ends": ENDS[:8]},
        {"ends": np.array([0, 2, 1], np.int32).tobytes()},
        {"ends": np.array([0, 1, 3], np.int32).tobytes()},
        {"ends": np.array([-1, 1, 2], np.int32).tobytes()},
    ],
)
def test_columns_that_do_not_fit_are_refused(odd: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="columns that do not fit each other"):
        lines(**odd)  # type: ignore[arg-type]


def test_a_text_that_is_too_long_and_an_error_of_its_function_are_told() -> None:
    tiny = np.array([1e-300, 1.0]).tobytes()

    with pytest.raises(ValueError, match="too long"):
        lines(price=tiny, number=lambda number: "9" * 33)
    with pytest.raises(ZeroDivisionError):
        lines(price=tiny, number=lambda number: str(1 / 0))
