"""An address is taken, none is none, and what cannot be one is refused as it is read."""

import click
import pytest
from click.testing import CliRunner

from protocol.errors import SettingsError
from protocol.program.address_option import address_option


@click.command()
@address_option("--bind", "", "Where.")
def act(bind: str) -> None:
    click.echo(f"at {bind}")


@pytest.mark.parametrize("address", ["", "tcp://127.0.0.1:5555", "ipc:///tmp/x"])
def test_an_address_is_taken_and_so_is_none(address: str) -> None:
    assert f"at {address}\n" == CliRunner().invoke(act, ["--bind", address]).output


def test_what_is_no_address_is_refused() -> None:
    refused = CliRunner().invoke(act, ["--bind", "here"])

    assert isinstance(refused.exception, SettingsError)
    assert "Z206" == refused.exception.code
