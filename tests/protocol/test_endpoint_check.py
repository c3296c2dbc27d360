"""Loopback and a private folder are safe; everything else can be reached by others."""

from pathlib import Path

import pytest

from protocol.endpoint_check import is_private
from protocol.errors import LinkError


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "localhost", "[::1]"])
def test_loopback_is_private(host: str) -> None:
    assert is_private(f"tcp://{host}:5555")


@pytest.mark.parametrize(
    ("mode", "expected"), [(0o700, True), (0o750, False), (0o701, False), (0o755, False)]
)
def test_an_ipc_folder_is_private_only_at_mode_0700(
    tmp_path: Path, mode: int, expected: bool
) -> None:
    tmp_path.chmod(mode)

    assert expected == is_private(f"ipc://{tmp_path}/s")


def test_an_abstract_ipc_address_is_never_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.chdir(tmp_path)

    assert not is_private("ipc://@zreplay")


def test_an_ipc_folder_that_is_missing_is_a_link_error(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match="No such file or directory\nfix: make the folder"):
        is_private(f"ipc://{tmp_path}/missing/s")
