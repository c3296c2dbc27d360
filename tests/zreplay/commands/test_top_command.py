"""`zreplay top` finds its replayer by an address or a folder, and its key in a file."""

from pathlib import Path

from click.testing import CliRunner

from protocol.program.key_folder import add_key, new_folder
from zreplay.commands.cli import cli


def test_a_key_that_others_can_read_is_refused_before_anyone_is_asked(tmp_path: Path) -> None:
    new_folder(tmp_path / "keys")
    path = add_key(tmp_path / "keys", "r", "read")
    path.chmod(0o644)
    error = CliRunner().invoke(cli, ["top", "--key", str(path)]).exception

    assert "others than its owner can read it" in str(error)


def test_a_folder_without_a_run_is_told(tmp_path: Path) -> None:
    error = CliRunner().invoke(cli, ["top", "--out", str(tmp_path)]).exception

    assert "holds no run" in str(error)
