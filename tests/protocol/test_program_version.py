"""The version that the programs tell each other is the one that is installed."""

from importlib.metadata import version

from protocol.limits import MAX_VERSION_CHARS
from protocol.program_version import PROGRAM_VERSION


def test_it_is_that_of_the_installed_package_and_fits_in_a_message() -> None:
    assert version("zreplay") == PROGRAM_VERSION
    assert 0 < len(PROGRAM_VERSION) <= MAX_VERSION_CHARS
