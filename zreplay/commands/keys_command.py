"""`zreplay keys`: make, list and revoke the keys with which hosts let each other in."""

from pathlib import Path
from typing import Any, Final

import click

from protocol.json_text import json_bytes
from protocol.keys.role import ROLES
from protocol.program.answer import SCHEMA, give_answer
from zreplay.commands.json_option import JSON_OPTION

FOLDER: Final = Path("keys")
DIR_OPTION: Final = click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    default=FOLDER,
    help="The folder that `keys new` made.",
)


@click.group()
def keys() -> None:
    """Make the keys with which hosts let each other in.

    A key file goes to the host that uses it (--key FILE). Replayer and sink also need allowed.toml
    beside theirs, and read it anew when it changes.

    \b
    Examples:
      zreplay keys new
      zreplay keys add worker-1 --role worker
      zreplay keys revoke worker-1
    """


@keys.command()
@click.argument("folder", type=click.Path(path_type=Path), default=FOLDER, metavar="[DIR]")
@JSON_OPTION
def new(folder: Path, as_json: bool) -> None:
    """Make DIR with the keys of a replayer and of a sink.

    \b
    Example:
      zreplay keys new
    """
    from protocol.program.key_folder import new_folder

    _say("made", new_folder(folder), as_json)


@keys.command()
@click.argument("name")
@click.option("--role", type=click.Choice(tuple(ROLES)), required=True, help="What it may do.")
@DIR_OPTION
@JSON_OPTION
def add(name: str, role: str, folder: Path, as_json: bool) -> None:
    """Make the key NAME.

    A worker takes batches and gives results. A consumer takes batches, broadcast and published
    mids. With read one asks for the status, with control one uses every verb of `ctl`.

    \b
    Examples:
      zreplay keys add worker-1 --role worker
      zreplay keys add alice --role control
    """
    from protocol.program.key_folder import add_key

    _say("made", [add_key(folder, name, role)], as_json)


@keys.command()
@click.argument("name")
@DIR_OPTION
@JSON_OPTION
def revoke(name: str, folder: Path, as_json: bool) -> None:
    """Revoke the key NAME: nobody lets it in any more.

    Copy allowed.toml to the replayer and the sink if they are elsewhere.

    \b
    Example:
      zreplay keys revoke worker-1
    """
    from protocol.program.key_folder import revoke_key

    was_valid = revoke_key(folder, name)
    if as_json:
        give_answer(
            json_bytes({"schema": SCHEMA, "revoked": name, "was_valid": was_valid}).decode()
        )
    else:
        give_answer(f"revoked {name}" if was_valid else f"{name} was revoked already")


@keys.command("list")
@DIR_OPTION
@JSON_OPTION
def list_(folder: Path, as_json: bool) -> None:
    """List the keys: name, role, and whether one is revoked.

    \b
    Example:
      zreplay keys list
    """
    from protocol.program.key_folder import read_allowed

    rows = [
        {"name": name, "role": key.role, "public": key.public, "revoked": key.revoked}
        for name, key in read_allowed(folder).by_name.items()
    ]
    if as_json:
        give_answer(json_bytes({"schema": SCHEMA, "keys": rows}).decode())
    else:
        give_answer("\n".join(map(_line, rows)))


def _line(row: dict[str, Any]) -> str:
    state = "revoked" if row["revoked"] else ROLES[row["role"]].what
    return f"{row['name']:<20} {row['role']:<9} {state}"


def _say(word: str, paths: list[Path], as_json: bool) -> None:
    if as_json:
        give_answer(json_bytes({"schema": SCHEMA, word: [str(path) for path in paths]}).decode())
    else:
        give_answer("\n".join(f"{word} {path}" for path in paths))
