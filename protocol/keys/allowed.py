"""The public keys that are let in, and the text of allowed.toml. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from protocol.errors import SettingsError
from protocol.keys.key import check_entry
from protocol.keys.role import ROLES


class AllowedKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a key: no secret."""

    role: str
    public: str
    revoked: bool = False


class Judgement(NamedTuple):
    """Whether a key may use a socket; else why not. `name` is empty if it is unknown."""

    is_allowed: bool
    name: str
    reason: str = ""


class AllowedKeys:
    """The keys by their names, and by what they are."""

    def __init__(self, by_name: dict[str, AllowedKey]) -> None:
        self.by_name = by_name
        self._names = {key.public: name for name, key in by_name.items()}

    def judge(self, public: str, socket: str) -> Judgement:
        """Judge whether the holder of this public key may connect to a socket, and speak there."""
        name = self._names.get(public)
        if name is None:
            return Judgement(False, "", "the key is not known here")
        key = self.by_name[name]
        if key.revoked:
            return Judgement(False, name, "the key is revoked")
        if socket not in ROLES[key.role].sockets:
            return Judgement(False, name, f"the role {key.role} may not use {socket}")
        return Judgement(True, name)

    def may_change(self, public: str) -> bool:
        """Return whether the holder of this key may use the control verbs that change a replay."""
        key = self.by_name.get(self._names.get(public, ""))
        return key is not None and not key.revoked and ROLES[key.role].changes

    def with_key(self, name: str, key: AllowedKey) -> "AllowedKeys":
        return AllowedKeys({**self.by_name, name: key})

    def active(self, role: str) -> str | None:
        """Return the public key that is in use of a role of which there is one."""
        return next(
            (key.public for key in self.by_name.values() if key.role == role and not key.revoked),
            None,
        )


def allowed_of(text: str, where: str) -> AllowedKeys:
    """Return the keys in the text of an allowed.toml; `where` is named if it is none.

    Raises:
        SettingsError: it is not such a text, or two keys are one.
    """
    import tomllib  # most runs read none

    try:
        tables = msgspec.convert(tomllib.loads(text), dict[str, dict[str, AllowedKey]])
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise SettingsError(
            f"{where} is not a list of keys: {error}", fix="put it back", code="Z216"
        ) from None
    if tables.keys() - {"keys"}:
        raise SettingsError(f"{where} has other tables than keys", code="Z216")
    by_name = tables.get("keys", {})
    for name, key in by_name.items():
        check_entry(f"{name} in {where}", name, key.role, key.public)
    if len({key.public for key in by_name.values()}) != len(by_name):
        raise SettingsError(f"{where} has a key under two names", code="Z216")
    return AllowedKeys(by_name)


def allowed_text(allowed: AllowedKeys) -> str:
    """Return the text of an allowed.toml."""
    return "\n".join(_lines(allowed.by_name.items()))


def _lines(keys: Iterable[tuple[str, AllowedKey]]) -> Iterable[str]:
    yield "# Who is let in. `zreplay keys` writes it, and it is read anew when it changes."
    for name, key in keys:
        yield f"\n[keys.'{name}']\nrole = '{key.role}'\npublic = '{key.public}'"
        if key.revoked:
            yield "revoked = true"
    yield ""
