"""The certificates for a cluster: looked at before it is asked, and named where one is refused."""

import socket
import ssl
from pathlib import Path
from typing import Final, NamedTuple

from protocol.errors import SettingsError

SECONDS: Final = 5.0
"""So long one who listens may take to answer."""

_NO_PASSPHRASE: Final = ""
"""Given for every key: without one, OpenSSL asks the terminal."""


class Certificates(NamedTuple):
    """PEM files: who signs for the cluster, what we show, and its key."""

    authority: Path
    ours: Path
    key: Path

    def check(self) -> None:
        """Look whether they can be used.

        Raises:
            SettingsError: one cannot be read, or is not what it is given as.
        """
        self._context()

    def why_refused(self, host: str, port: int) -> str | None:
        """Return why a connection with these would not do, None if it would or nobody is there.

        Who listens is expected to speak first, as a scheduler does: with TLS 1.3 it says only then
        that it does not take our certificate.

        Raises:
            SettingsError: a file is not what it was.
        """
        context = self._context()
        try:
            with (
                socket.create_connection((host, port), SECONDS) as plain,
                context.wrap_socket(plain) as packed,
            ):
                is_open = bool(packed.recv(1))
        except ssl.SSLCertVerificationError as error:
            return f"its certificate is not signed by {self.authority}: {error.verify_message}"
        except ssl.SSLError as error:
            if "WRONG_VERSION_NUMBER" in str(error):
                return "it does not speak TLS: it is at tcp://"
            return f"it does not take {self.ours}: {error.strerror}"
        except ConnectionResetError:
            return f"it does not take {self.ours}, or it does not speak TLS"
        except OSError:
            return None
        return None if is_open else f"it does not take {self.ours}"

    def _context(self) -> ssl.SSLContext:
        for option, path in zip(("--tls-ca", "--tls-cert", "--tls-key"), self, strict=True):
            try:
                path.open("rb").close()
            except OSError as error:
                raise SettingsError(
                    f"{option} {path}: {error.strerror}",
                    fix="name the PEM files of the cluster's authority, or who it has signed",
                    code="Z216",
                ) from None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # as in Dask: who has a certificate of the authority is in
        try:
            context.load_verify_locations(self.authority)
        except OSError:
            raise SettingsError(
                f"--tls-ca {self.authority}: it has no certificate of an authority",
                fix="give the PEM file with which the scheduler was started",
                code="Z216",
            ) from None
        try:
            context.load_cert_chain(self.ours, self.key, _NO_PASSPHRASE)
        except OSError as error:
            raise SettingsError(
                f"--tls-cert {self.ours} and --tls-key {self.key} do not belong together: {error}",
                fix="give a certificate and its key, as PEM files, the key without a passphrase",
                code="Z216",
            ) from None
        return context


def given(authority: Path | None, ours: Path | None, key: Path | None) -> Certificates | None:
    """Return those that were given, None if none was.

    Raises:
        SettingsError: some are missing, or cannot be used.
    """
    if authority is None and ours is None and key is None:
        return None
    if authority is None or ours is None or key is None:
        raise SettingsError("tls:// needs all of --tls-ca, --tls-cert and --tls-key")
    found = Certificates(authority, ours, key)
    found.check()
    return found
