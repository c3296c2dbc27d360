"""What a user types after `zreplay feed` becomes the settings of the exchange."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from protocol.program.stop import StopSignal
from zreplay.commands.feed import feed
from zreplay.mock_exchange.exchange import FeedSettings


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the exchange was begun with, in place of running it."""
    settings: list[Any] = []

    def take(given: Any, _: object) -> int:
        settings.append(given)
        return 0

    monkeypatch.setattr("zreplay.mock_exchange.exchange.run_feed", take)
    monkeypatch.setattr(StopSignal, "install", lambda: None)
    return settings


def test_every_flag_of_feed_arrives(seen: list[Any]) -> None:
    places = ("--host", "::1", "--port", "9", "--port-file", "p", "--parent-fd", "3")
    arguments = ("a.csv", *places, "--speed", "max", "--loop", "--per-client", "--insecure")
    result = CliRunner().invoke(feed, arguments)

    assert 0 == result.exit_code, result.output
    assert [
        FeedSettings(
            path=Path("a.csv"),
            host="::1",
            port=9,
            speed=None,
            loop=True,
            per_client=True,
            insecure=True,
            port_file=Path("p"),
            parent_fd=3,
        )
    ] == seen
