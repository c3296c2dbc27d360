"""`--json`, which many commands have."""

from typing import Final

import click

JSON_HELP: Final = "One JSON object on stdout."
JSON_OPTION: Final = click.option("--json", "as_json", is_flag=True, help=JSON_HELP)
