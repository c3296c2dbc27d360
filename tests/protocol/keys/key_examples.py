"""Keys for tests: the same in each process, as the names of tests depend on them."""

import hashlib

import zmq
from zmq.utils import z85

from protocol.keys.allowed import AllowedKey, AllowedKeys
from protocol.keys.key import Key
from protocol.keys.role import LISTENERS, ROLES


def pair(of: str = "nobody") -> tuple[str, str]:
    secret = z85.encode(hashlib.sha256(of.encode()).digest())
    return zmq.curve_public(secret).decode(), secret.decode()


PAIRS = {role: pair(role) for role in ROLES}
TRUSTED = {role: PAIRS[role][0] for role in LISTENERS}


def key_of_role(role: str, name: str = "") -> Key:
    """Return the one key of a role, under its name."""
    return Key(name or role, role, *PAIRS[role], **TRUSTED)


def stranger_key(role: str) -> Key:
    """Return a key that says it is of this role, and that nobody knows."""
    return Key("stranger", role, *pair(), **TRUSTED)


ALLOWED = AllowedKeys({role: AllowedKey(role, public) for role, (public, _) in PAIRS.items()})
