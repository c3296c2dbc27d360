"""`zreplay keys` says what it made, and lists what there is without a secret."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from protocol.keys.key_source import read_key
from zreplay.commands.cli import cli


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    said("new", tmp_path / "keys")
    return tmp_path / "keys"


def said(*words: object) -> str:
    result = CliRunner().invoke(cli, ["keys", *map(str, words)])
    assert 0 == result.exit_code, result.output
    return result.output.rstrip("\n")


def test_it_says_which_files_it_made(tmp_path: Path) -> None:
    keys = tmp_path / "keys"

    assert f"made {keys}/replayer.key\nmade {keys}/sink.key" == said("new", keys)
    assert f"made {keys}/w.key" == said("add", "w", "--role", "worker", "--dir", keys)


def test_it_lists_names_roles_and_what_is_revoked(folder: Path) -> None:
    said("add", "alice", "--role", "read", "--dir", folder)
    assert "revoked alice" == said("revoke", "alice", "--dir", folder)
    assert "alice was revoked already" == said("revoke", "alice", "--dir", folder)

    assert [
        "replayer             replayer  listens as the replayer, connects to sync",
        "sink                 sink      listens as the sink, connects to nothing",
        "alice                read      revoked",
    ] == said("list", "--dir", folder).splitlines()


def test_all_of_it_comes_as_json_too(folder: Path) -> None:
    made = json.loads(said("add", "w", "--role", "worker", "--dir", folder, "--json"))
    public = read_key(str(folder / "w.key")).public
    listed = json.loads(said("list", "--dir", folder, "--json"))["keys"]

    assert {"schema": 1, "made": [f"{folder}/w.key"]} == made
    assert {"name": "w", "role": "worker", "public": public, "revoked": False} == listed[-1]
    assert {"schema": 1, "revoked": "w", "was_valid": True} == json.loads(
        said("revoke", "w", "--dir", folder, "--json")
    )
