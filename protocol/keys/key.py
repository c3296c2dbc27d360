"""A key and its text: the TOML of a NAME.key file. Pure."""

import re
from typing import Final

import msgspec

from protocol.errors import SettingsError
from protocol.keys.role import ROLES, listener_of

Z85_CHARS: Final = 40
"""Of the text of a public or a secret key of 32 bytes."""
MAX_NAME_CHARS: Final = 64
MAX_FILE_BYTES: Final = 1_000_000
_Z85: Final = re.compile(r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key pair, what it is for, and the public keys of the replayer and the sink it trusts."""

    name: str
    role: str
    public: str
    secret: str
    replayer: str
    sink: str

    def expected(self, socket: str) -> str:
        """Return the public key of who must listen on a socket."""
        return self.sink if listener_of(socket) == "sink" else self.replayer


def check_name(name: str) -> None:
    """Raise SettingsError unless this can be the name of a key: it becomes a file's too."""
    if len(name) > MAX_NAME_CHARS or not _NAME.fullmatch(name):
        raise SettingsError(
            f"the name of a key was {name!r}, expected up to {MAX_NAME_CHARS} letters, digits, "
            "dots, dashes and underscores",
            fix="name it after the host or the person: worker-1",
            code="Z203",
        )


def check_entry(where: str, name: str, role: str, *keys: str) -> None:
    """Raise SettingsError unless the name, the role and the keys of an entry are valid."""
    check_name(name)
    if role not in ROLES:
        raise SettingsError(
            f"{where} has the role {role!r}, expected one of {', '.join(ROLES)}", code="Z216"
        )
    if not all(_Z85.fullmatch(key) for key in keys):
        raise SettingsError(
            f"{where} has a key that is not {Z85_CHARS} characters of Z85", code="Z216"
        )


def key_of(text: str, where: str) -> Key:
    """Return the key in the text of a key file; `where` is named if it is none.

    Raises:
        SettingsError: it is not the text of a key.
    """
    import tomllib  # most runs read none

    try:
        key = msgspec.convert(tomllib.loads(text), Key)
        check_entry(where, key.name, key.role, key.public, key.secret, key.replayer, key.sink)
    except SettingsError as error:
        raise SettingsError(error.what, code="Z216") from None
    except (ValueError, RecursionError, msgspec.ValidationError):
        # What is wrong is not quoted: it may be a secret.
        raise SettingsError(f"{where} is not a key of zreplay", code="Z216") from None
    return key


def key_text(key: Key) -> str:
    """Return the text of a key file."""
    return (
        f"# The key {key.name!r} of zreplay: {ROLES[key.role].what}.\n"
        "# Whoever can read this file may do so.\n"
        f"name = '{key.name}'\n"
        f"role = '{key.role}'\n"
        f"public = '{key.public}'\n"
        f"secret = '{key.secret}'\n"
        "# Whom it trusts: the public keys of the replayer and of the sink.\n"
        f"replayer = '{key.replayer}'\n"
        f"sink = '{key.sink}'\n"
    )
