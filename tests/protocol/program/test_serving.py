"""Metrics are served for as long as the program runs, and only if it was asked to."""

import pytest

from protocol.program.serving import serving


def test_without_an_address_nobody_is_told() -> None:
    def fail() -> list[object]:
        pytest.fail("nobody asked")

    with serving("", fail, str, "program", insecure=False):  # type: ignore[arg-type]
        pass
