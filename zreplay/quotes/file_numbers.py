"""How many files are read as one: a position has so many bits for the number of its file."""

from typing import Final

FILE_NUMBER_BITS: Final = 15

MAX_FILES: Final = 1 << FILE_NUMBER_BITS
"""So many files can be merged."""
