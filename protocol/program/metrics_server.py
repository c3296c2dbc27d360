"""A program over HTTP, from a thread of its own: a page at /, /metrics, /healthz and /readyz.

The numbers are read on each request; the loop that counts them is not involved. It needs
prometheus-client, which is the extra `metrics`.
"""

import hmac
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protocol.errors import LinkError, SettingsError
from protocol.keys.key_source import secret_text
from protocol.program.http_server import http_server, said
from protocol.program.metrics_address import parse_metrics_address, split_token
from protocol.program.status_page import HEADERS, STYLE, STYLE_PATH
from protocol.shown_address import shown_address

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

OPEN_PATHS = ("/healthz", "/readyz")
CHALLENGE = {"WWW-Authenticate": "Bearer"}
LEAST_TOKEN_CHARS = 16
BUSY = "503 Service Unavailable"


class MetricsServer:
    """Answers until it is closed; `missing` returns what the program is waiting for.

    `page` returns what `/` shows. One that raises TimeoutError is busy: the asker is told so.

    Raises:
        SettingsError: the address is not valid, or the token cannot be read.
        LinkError: it cannot be bound.
    """

    def __init__(
        self,
        address: str,
        registry: "CollectorRegistry",
        missing: Callable[[], str],
        page: Callable[[], bytes],
        *,
        insecure: bool,
    ) -> None:
        from prometheus_client import make_wsgi_app

        address, token = split_token(address)
        self._path = parse_metrics_address(address, insecure=insecure or bool(token))
        expected = f"Bearer {bearer_token(token)}".encode() if token else b""
        metrics: Callable[..., Any] = make_wsgi_app(registry)

        def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            # Whether it lives may be asked by all: a supervisor has no token.
            if expected and environ["PATH_INFO"] not in OPEN_PATHS:
                given = environ.get("HTTP_AUTHORIZATION", "").encode("latin-1", "replace")
                if not hmac.compare_digest(given, expected):
                    return said(start, "401 Unauthorized", "a token is missing", **CHALLENGE)
            try:
                match environ["PATH_INFO"]:
                    case "/":
                        body = page()
                        start("200 OK", [*HEADERS])
                        return [body]
                    case "/metrics":
                        return metrics(environ, start)  # type: ignore[no-any-return]
                    case path if path == STYLE_PATH:
                        start("200 OK", [("Content-Type", "text/css; charset=utf-8")])
                        return [STYLE.encode()]
                    case "/healthz":
                        return said(start, "200 OK", "alive")
                    case "/readyz":
                        if wanted := missing():
                            return said(start, BUSY, f"not ready: {wanted}")
                        return said(start, "200 OK", "ready")
            except TimeoutError:
                return said(start, BUSY, "the program is busy")
            return said(start, "404 Not Found", "/, /metrics, /healthz or /readyz")

        try:
            self._server = http_server(self._path, answer)
        except OSError as error:
            raise LinkError(
                f"cannot listen on {shown_address(address)}: {error.strerror}",
                fix="stop what listens there, or choose another address: --metrics HOST:PORT",
                code="Z301",
            ) from error
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if isinstance(self._path, Path):
            self._path.unlink(missing_ok=True)


def bearer_token(source: str) -> str:
    """Return the token in a file, a variable or a descriptor.

    Raises:
        SettingsError: there is none, or it can be guessed.
    """
    token = secret_text(source).strip()
    if len(token) < LEAST_TOKEN_CHARS or not token.isascii() or not token.isprintable():
        raise SettingsError(
            f"the token in {source} has not the {LEAST_TOKEN_CHARS} ASCII characters it needs",
            fix="make one: openssl rand -hex 32",
            code="Z216",
        )
    return token
