"""A variable for a service is recognised by its name, or by its value if a setting is named so."""

import pytest

from protocol.program.service_variables import is_of_a_service

LINK = "tcp://10.96.0.1:5555"


@pytest.mark.parametrize(
    ("rest", "value"),
    [
        ("SERVICE_HOST", "10.96.0.1"),
        ("SERVICE_PORT", "5555"),
        ("SERVICE_PORT_BATCHES", "5555"),
        ("PORT", LINK),
        ("PORT", "5555"),
        ("HOST", "zreplay"),
        ("PORT_5555_TCP", LINK),
        ("PORT_5555_TCP_PROTO", "tcp"),
        ("PORT_5555_TCP_PORT", "5555"),
        ("PORT_53_UDP_ADDR", "10.96.0.1"),
        ("FEED_SERVICE_HOST", "10.96.0.1"),
        ("FEED_PORT", LINK),
        ("MY_SINK_PORT_5557_TCP", LINK),
    ],
)
def test_what_a_service_sets_is_known(rest: str, value: str) -> None:
    assert is_of_a_service(rest, value)


@pytest.mark.parametrize(
    ("rest", "value"),
    [
        ("FEED_PORT", "8765"),
        ("FEED_PROT", LINK),
        ("FEED_HOST", "127.0.0.1"),
        ("SERVE_BIND", LINK),
        ("SERVE_PORT_FILE", "tcp"),
        ("SERVICE", "1"),
    ],
)
def test_a_setting_is_none(rest: str, value: str) -> None:
    assert not is_of_a_service(rest, value)
