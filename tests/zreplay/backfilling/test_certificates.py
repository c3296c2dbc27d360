"""The certificates for a cluster: what cannot be used is named before anything is asked."""

import contextlib
import socket
import ssl
import threading
from pathlib import Path

import pytest

from protocol.errors import SettingsError
from tests.end_to_end.dask_cluster import new_certificates
from zreplay.backfilling.certificates import Certificates, given


@pytest.fixture
def ours(tmp_path: Path) -> Certificates:
    return new_certificates(tmp_path / "ours")


@pytest.fixture
def others(tmp_path: Path) -> Certificates:
    return new_certificates(tmp_path / "others")


def test_those_that_belong_together_can_be_used(ours: Certificates) -> None:
    assert ours == given(*ours)


def test_none_may_be_given_but_not_some() -> None:
    assert given(None, None, None) is None
    with pytest.raises(SettingsError, match="all of --tls-ca, --tls-cert and --tls-key"):
        given(Path("ca.pem"), Path("cert.pem"), None)


@pytest.mark.parametrize("name", ["authority", "ours", "key"])
def test_one_that_is_not_there_is_named(name: str, ours: Certificates) -> None:
    path: Path = getattr(ours, name)
    path.unlink()

    with pytest.raises(SettingsError, match=f"{path.name}: No such file") as found:
        ours.check()

    assert "Z216" == found.value.code


def test_a_key_of_another_certificate_is_named_with_it(
    ours: Certificates, others: Certificates
) -> None:
    with pytest.raises(SettingsError, match="do not belong together") as found:
        ours._replace(key=others.key).check()

    assert str(ours.ours) in found.value.what and str(others.key) in found.value.what


def test_what_is_no_authority_is_named(ours: Certificates) -> None:
    with pytest.raises(SettingsError, match="no certificate of an authority"):
        ours._replace(authority=ours.key).check()


def test_a_key_with_a_passphrase_is_refused_and_nobody_is_asked_for_it(
    ours: Certificates,
) -> None:
    from cryptography.hazmat.primitives import serialization as keys

    key = keys.load_pem_private_key(ours.key.read_bytes(), None)
    locked = keys.BestAvailableEncryption(b"secret")
    ours.key.write_bytes(
        key.private_bytes(keys.Encoding.PEM, keys.PrivateFormat.TraditionalOpenSSL, locked)
    )

    with pytest.raises(SettingsError, match=r"key\.pem"):
        ours.check()


class Listener:
    """Who speaks first to one who connects, with these certificates or in plain."""

    def __init__(self, tls: Certificates | None, said: bytes = b"hello there") -> None:
        self._tls, self._said = tls, said
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._answer)

    def __enter__(self) -> "Listener":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._socket.close()

    def _answer(self) -> None:
        plain, _ = self._socket.accept()
        with plain, contextlib.suppress(OSError):
            if self._tls is None:
                plain.sendall(self._said)
                return
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self._tls.authority)
            context.load_cert_chain(self._tls.ours, self._tls.key)
            with context.wrap_socket(plain, server_side=True) as packed:
                packed.sendall(self._said)


def test_who_is_of_the_same_authority_is_not_refused(ours: Certificates) -> None:
    with Listener(ours) as listener:
        assert ours.why_refused("127.0.0.1", listener.port) is None


def test_who_is_refused_is_named_and_by_whom(ours: Certificates, others: Certificates) -> None:
    found = []
    ours_shown = ours._replace(authority=others.authority)
    for shown, tls in ((ours_shown, ours), (ours_shown, others), (ours, None)):
        with Listener(tls) as listener:
            found.append(shown.why_refused("127.0.0.1", listener.port) or "")

    assert found[0].startswith(f"its certificate is not signed by {others.authority}: ")
    assert found[1].startswith(f"it does not take {ours.ours}")
    assert "it does not speak TLS: it is at tcp://" == found[2]


def test_one_who_is_not_there_says_nothing_of_certificates(ours: Certificates) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]

    assert ours.why_refused("127.0.0.1", port) is None
