"""No secret of an address is shown, and what is left still identifies it."""

import pytest

from protocol.shown_address import shown_address, shown_addresses


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("tcp://127.0.0.1:5555", "tcp://127.0.0.1:5555"),
        ("tcp://*:*", "tcp://*:*"),
        ("tcp://user:pw@h:1", "tcp://h:1"),
        ("ipc:///run/a@b?c#d", "ipc:///run/a@b?c#d"),
        ("ipc://@abstract", "ipc://@abstract"),
        ("s3://K:S@b/x?secret=T", "s3://b/x"),
        ("wss://h/?token=T", "wss://h/"),
        ("wss://h?token=T@x", "wss://h"),
        ("ws://user:pw@127.0.0.1:1/x?token=T#f", "ws://127.0.0.1:1/x"),
        ("ws://user:p@w@h/x", "ws://h/x"),
        ("ws://user:p/w@h/x", "ws://h/x"),
        ("ws://user:p?w@h/x", "ws://h/x"),
        ("ws://user:p#w@h/x", "ws://h/x"),
        ("ws://h:80/@x", "ws://h:80/@x"),
        ("ws://[::1]:80/x#f", "ws://[::1]:80/x"),
        ("user:pw@127.0.0.1:9464", "127.0.0.1:9464"),
        ("127.0.0.1:9464?token=T", "127.0.0.1:9464"),
        ("nonsense", "nonsense"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_user_password_query_and_fragment(
    address: str, shown: str
) -> None:
    assert shown == shown_address(address)


def test_addresses_that_differ_in_what_is_not_shown_can_be_told_apart() -> None:
    assert ["ws://h/", "ws://h/ (2)", "ws://g/", "ws://h/ (3)"] == shown_addresses(
        ["ws://h/?of=A", "ws://h/?of=B", "ws://g/", "ws://u@h/"]
    )
