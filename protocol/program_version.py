"""The version of these programs, which they tell each other; `setup.cfg` reads it from here.

It is not that of the protocol (protocol/codec.py): programs that speak the same protocol work
together, whichever version each is of.
"""

from typing import Final

PROGRAM_VERSION: Final = "0.1.0"
