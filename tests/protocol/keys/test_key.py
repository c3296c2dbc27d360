"""A key survives its text; another text is refused, and no secret is told."""

import pytest
from msgspec.structs import replace

from protocol.errors import SettingsError
from protocol.keys.key import check_name, key_of, key_text
from protocol.keys.role import ROLES, SOCKETS, listener_of
from tests.protocol.keys.key_examples import PAIRS, key_of_role

KEY = key_of_role("worker")


@pytest.mark.parametrize("role", ROLES)
def test_a_key_survives_its_text(role: str) -> None:
    assert key_of_role(role) == key_of(key_text(key_of_role(role)), "w.key")


@pytest.mark.parametrize("socket", SOCKETS)
def test_it_expects_who_listens_there(socket: str) -> None:
    assert PAIRS[listener_of(socket)][0] == KEY.expected(socket)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "\x00",
        "[" * 10_000,
        key_text(KEY) + "more = 1\n",
        key_text(KEY).replace("name = 'worker'\n", ""),
        key_text(KEY).replace("role = 'worker'", "role = 'king'"),
        key_text(KEY).replace("name = 'worker'", "name = '../worker'"),
        key_text(KEY).replace("name = 'worker'", "name = 7"),
        key_text(replace(KEY, public=KEY.public[:-1])),
        key_text(replace(KEY, secret=KEY.secret[:-1] + "~")),
        key_text(replace(KEY, sink="")),
    ],
)
def test_another_text_is_refused_and_the_secret_is_not_told(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        key_of(text, "w.key")

    assert "Z216" == caught.value.code
    assert KEY.secret[:-1] not in str(caught.value)


@pytest.mark.parametrize("name", ["a", "worker-1", "host.example_7", "A" * 64])
def test_a_name_of_these_characters_will_do(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ["", "a/b", "..", ".a", "-a", "a b", "a'b", "ü", "a\n", "A" * 65])
def test_another_is_refused_for_it_becomes_the_name_of_a_file(name: str) -> None:
    with pytest.raises(SettingsError, match="name of a key"):
        check_name(name)
