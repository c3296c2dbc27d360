"""Numbers -> what their texts read back as, by column: rounded as `plain_text` has them.

The few values of a rare shape are left to the definition, one by one.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from zmid.plain_text import ROUNDED_DIGITS, rounded

Float64s = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# From 1e-8 to 1e15, 15 digits are an integer below 2**53 times a power of ten of at most
# 1e22: both are exact in float64. Below and above, the scale is a stand-in.
_DECADES: Final = np.array([float(f"1e{exponent}") for exponent in range(-8, 16)])
_SCALES: Final = np.array(
    [1.0, *(float(f"1e{ROUNDED_DIGITS - 1 - exponent}") for exponent in range(-8, 15)), 1.0]
)
# The index of a number's scale by its power of two, which holds at most one of the decades.
_LEAST_BINADE: Final = -1073
_BINADES: Final = np.ldexp(0.5, np.arange(_LEAST_BINADE, 1025))
_SCALE_INDICES: Final = np.searchsorted(_DECADES, _BINADES, side="right")
_NEXT_DECADES: Final = np.append(_DECADES, np.inf)[_SCALE_INDICES]
FEW_DECIMALS: Final = 8
_FEW: Final = 10.0**FEW_DECIMALS
_MOST_UNITS: Final = 10.0**ROUNDED_DIGITS
"""Below it a number of units has at most as many digits as are written."""
_NEAR: Final = 3e-8
"""The product is rounded too, which takes up to 1.2e-8."""


def rounded_numbers(numbers: Float64s, is_asked: Flags) -> Float64s:
    """Return what the text of each number that `rounded` writes reads back as, where it is asked.

    Most are near a decimal of FEW_DECIMALS: nearer than half a unit of the 15th digit, which is
    5e-8 of the number or more where a decimal has at most 15 digits. The rest goes the general way.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = numbers * _FEW
        units = np.rint(scaled)
        is_near = np.abs(scaled - units) <= _NEAR * np.abs(numbers)
        is_open = ~(is_near & (np.abs(units) < _MOST_UNITS)) & is_asked
        values = units / _FEW + 0.0  # no -0.0: it is printed as 0
    if is_open.any():
        values[is_open] = read_back(numbers[is_open])
    return values


def read_back(numbers: Float64s) -> Float64s:
    """Return what the text of each number that `rounded` writes reads back as, of any number."""
    values, rare = rounded_values(numbers)
    if rare.any():
        values[rare] = [float(rounded(number)) for number in numbers[rare].tolist()]
    return values


def rounded_values(numbers: Float64s) -> tuple[Float64s, Flags]:
    """Return each number rounded, and which are left to the definition."""
    scales = _scales(numbers)
    with np.errstate(invalid="ignore"):
        scaled = numbers * scales
        digits = np.rint(scaled)
        # The product is rounded as well, which can turn "just above a half" into "a half"
        # but never carries it past: only a tie can have the wrong digits.
        tied = np.abs(scaled - digits) == 0.5
    in_range = (numbers >= _DECADES[0]) & (numbers < _DECADES[-1])
    return digits / scales, tied | ~in_range


def _scales(numbers: Float64s) -> Float64s:
    """Return for each number from the first decade to the last what makes 15 digits of it."""
    binades = np.frexp(numbers)[1] - _LEAST_BINADE
    next_decades = _NEXT_DECADES.take(binades, mode="clip")
    return _SCALES.take(_SCALE_INDICES.take(binades, mode="clip") + (numbers >= next_decades))
