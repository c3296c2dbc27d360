"""An address that others can reach is warned about, and no other."""

import pytest

from protocol.program.public_address import warn_if_public


def test_what_is_public_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    warn_if_public("tcp://127.0.0.1:1", "tcp://0.0.0.0:1", "tcp://localhost:1")

    assert [{"address": "tcp://0.0.0.0:1"}] == [record.fields for record in caplog.records]
