"""Who may use a socket: every pair of role and socket, known, unknown and revoked."""

import pytest
from msgspec.structs import replace

from protocol.errors import SettingsError
from protocol.keys.allowed import AllowedKey, AllowedKeys, Judgement, allowed_of, allowed_text
from protocol.keys.role import ROLES, SOCKETS
from tests.protocol.keys.key_examples import ALLOWED, PAIRS, pair

EVERY_PAIR = [(role, socket) for role in ROLES for socket in SOCKETS]


@pytest.mark.parametrize(("role", "socket"), EVERY_PAIR)
def test_a_known_key_may_use_the_sockets_of_its_role_only(role: str, socket: str) -> None:
    found = ALLOWED.judge(PAIRS[role][0], socket)

    if socket in ROLES[role].sockets:
        assert Judgement(True, role) == found
    else:
        assert Judgement(False, role, f"the role {role} may not use {socket}") == found


@pytest.mark.parametrize(("role", "socket"), EVERY_PAIR)
def test_a_revoked_key_may_use_none_and_is_named(role: str, socket: str) -> None:
    revoked = ALLOWED.with_key(role, replace(ALLOWED.by_name[role], revoked=True))

    assert Judgement(False, role, "the key is revoked") == revoked.judge(PAIRS[role][0], socket)
    assert not revoked.may_change(PAIRS[role][0])


@pytest.mark.parametrize("socket", SOCKETS)
@pytest.mark.parametrize("public", ["", "x", pair()[0]], ids=["none", "short", "other"])
def test_an_unknown_key_may_use_none(socket: str, public: str) -> None:
    assert Judgement(False, "", "the key is not known here") == ALLOWED.judge(public, socket)
    assert not ALLOWED.may_change(public)


@pytest.mark.parametrize("role", ROLES)
def test_only_a_key_for_control_may_change_a_replay(role: str) -> None:
    assert ("control" == role) == ALLOWED.may_change(PAIRS[role][0])


def test_the_list_survives_its_text() -> None:
    allowed = ALLOWED.with_key("old", AllowedKey("worker", pair()[0], revoked=True))

    assert allowed.by_name == allowed_of(allowed_text(allowed), "allowed.toml").by_name


def test_of_the_keys_of_a_role_the_one_in_use_is_found() -> None:
    public = pair()[0]
    revoked = ALLOWED.with_key("sink", replace(ALLOWED.by_name["sink"], revoked=True))

    assert None is revoked.active("sink")
    assert public == revoked.with_key("sink-2", AllowedKey("sink", public)).active("sink")


@pytest.mark.parametrize(
    "text",
    [
        "keys = 1",
        "[",
        "[keys.a]\nrole = 'worker'",
        "[keys.a]\nrole = 'worker'\npublic = 'short'",
        f"[keys.a]\nrole = 'king'\npublic = '{PAIRS['worker'][0]}'",
        f"[keys.'a/b']\nrole = 'worker'\npublic = '{PAIRS['worker'][0]}'",
        f"[keys.a]\nrole = 'worker'\npublic = '{PAIRS['worker'][0]}'\nrevoked = 1",
        f"[other.a]\nrole = 'worker'\npublic = '{PAIRS['worker'][0]}'",
        "\n".join(f"[keys.{n}]\nrole = 'read'\npublic = '{PAIRS['read'][0]}'" for n in "ab"),
    ],
)
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        allowed_of(text, "allowed.toml")


def test_an_empty_list_lets_nobody_in() -> None:
    assert {} == allowed_of("", "allowed.toml").by_name
    assert not AllowedKeys({}).judge(PAIRS["worker"][0], "batches").is_allowed


def test_a_key_that_is_no_key_is_refused_as_all_keys_are() -> None:
    text = "[keys.worker-1]\nrole = 'worker'\npublic = 'short'\n"
    with pytest.raises(SettingsError) as refused:
        allowed_of(text, "allowed.toml")

    assert "Z216" == refused.value.code
