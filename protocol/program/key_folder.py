"""The folder of keys that `zreplay keys` writes: NAME.key, 0600 from the start, and allowed.toml.

A key file goes to the host that uses it. The folder stays where keys are made; the replayer and
the sink need allowed.toml beside their keys, and read it anew when it changes.
"""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import zmq
from msgspec.structs import replace

from protocol.errors import ResultLogError, SettingsError
from protocol.keys.allowed import AllowedKey, AllowedKeys, allowed_of, allowed_text
from protocol.keys.key import Key, check_name, key_of, key_text
from protocol.keys.key_source import ALLOWED_FILE, private_text, unforged_text
from protocol.keys.role import LISTENERS
from protocol.program.folder_lock import FolderLock

LOCK: Final = "keys.lock"
LOCK_WAIT_NS: Final = 5_000_000_000


def new_folder(folder: Path) -> list[Path]:
    """Make the folder with the keys of a replayer and a sink; return their files.

    Raises:
        SettingsError: it holds keys already.
        ResultLogError: it cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise ResultLogError(f"cannot make {folder}: {error.strerror}", code="Z602") from error
    with _locked(folder):
        if (folder / ALLOWED_FILE).exists():
            raise SettingsError(
                f"{folder} holds keys already: nothing was changed",
                fix=f"add one: zreplay keys add NAME --role worker --dir {folder}",
                code="Z203",
            )
        pairs = {role: _pair() for role in LISTENERS}
        trusted = {role: public for role, (public, _) in pairs.items()}
        allowed = AllowedKeys({})
        for role, (public, secret) in pairs.items():
            _write(folder / f"{role}.key", key_text(Key(role, role, public, secret, **trusted)))
            allowed = allowed.with_key(role, AllowedKey(role, public))
        _write(folder / ALLOWED_FILE, allowed_text(allowed))
    return [folder / f"{role}.key" for role in LISTENERS]


def add_key(folder: Path, name: str, role: str) -> Path:
    """Make a key; return its file.

    Raises:
        SettingsError: the name is taken, or the folder holds no keys.
        ResultLogError: it cannot be written.
    """
    check_name(name)
    with _locked(folder):
        allowed = read_allowed(folder)
        if name in allowed.by_name:
            raise SettingsError(
                f"a key is called {name!r} already", fix="choose another name", code="Z203"
            )
        if role in LISTENERS and allowed.active(role) is not None:
            raise SettingsError(
                f"the {role} of {folder} has its key, which all others expect",
                fix="revoke that first, or use a folder of its own: zreplay keys new DIR",
                code="Z203",
            )
        public, secret = _pair()
        trusted = {each: allowed.active(each) or "" for each in LISTENERS}
        if role in LISTENERS:
            trusted[role] = public
        if missing := [each for each, expected in trusted.items() if not expected]:
            raise SettingsError(
                f"the key of the {missing[0]} is revoked",
                fix=f"zreplay keys add {missing[0]}-2 --role {missing[0]} --dir {folder}",
                code="Z203",
            )
        path = folder / f"{name}.key"
        _write(path, key_text(Key(name, role, public, secret, **trusted)))
        _write(
            folder / ALLOWED_FILE, allowed_text(allowed.with_key(name, AllowedKey(role, public)))
        )
        if role in LISTENERS:
            _trust(folder, role, public)
    return path


def revoke_key(folder: Path, name: str) -> bool:
    """Revoke a key and remove its file; return whether it was valid until now.

    Raises:
        SettingsError: there is no such key.
        ResultLogError: it cannot be written.
    """
    with _locked(folder):
        allowed = read_allowed(folder)
        if (key := allowed.by_name.get(name)) is None:
            raise SettingsError(
                f"no key is called {name!r} in {folder}",
                fix=f"zreplay keys list --dir {folder}",
                code="Z203",
            )
        revoked = allowed.with_key(name, replace(key, revoked=True))
        _write(folder / ALLOWED_FILE, allowed_text(revoked))
        with contextlib.suppress(OSError):  # it is of no use any more
            (folder / f"{name}.key").unlink()
    return not key.revoked


def read_allowed(folder: Path) -> AllowedKeys:
    """Return who is let in by a folder.

    Raises:
        SettingsError: it holds no keys, or what it holds cannot be read.
    """
    path = folder / ALLOWED_FILE
    if not path.exists():
        raise SettingsError(
            f"{folder} holds no keys: there is no {ALLOWED_FILE} in it",
            fix=f"zreplay keys new {folder}",
            code="Z216",
        )
    return allowed_of(unforged_text(path), str(path))


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    if not folder.is_dir():
        raise SettingsError(
            f"there is no folder {folder}", fix=f"zreplay keys new {folder}", code="Z216"
        )
    lock = FolderLock(folder, LOCK, "`zreplay keys`", LOCK_WAIT_NS, "try again")
    try:
        yield
    finally:
        lock.release()


def _trust(folder: Path, role: str, public: str) -> None:
    """Have the keys that are still in the folder expect a new replayer or sink."""
    for path in sorted(folder.glob("*.key")):
        key = key_of(private_text(path), str(path))
        _write(path, key_text(replace(key, **{role: public})))


def _pair() -> tuple[str, str]:
    public, secret = zmq.curve_keypair()
    return public.decode(), secret.decode()


def _write(path: Path, text: str) -> None:
    """Write a file that is its owner's from the start, whole or not at all."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(descriptor)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ResultLogError(f"cannot write {path}: {error.strerror}", code="Z602") from error
