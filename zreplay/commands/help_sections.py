"""`--help` of the program: its commands grouped by what they are for."""

from typing import Final

import click

SECTIONS: Final = {
    "Play": ("run", "serve", "demo"),
    "Look": ("top", "inspect", "reference"),
    "Files": ("feed",),
    "Operate": ("ctl", "config"),
}
"""Every command is in exactly one; the order is that of the help."""


class SectionedGroup(click.Group):
    """A group whose help lists its commands by section."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands in the order of the sections."""
        return [name for names in SECTIONS.values() for name in names]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list for each section, with the first column as wide in all of them."""
        widest = max(map(len, self.commands))
        limit = formatter.width - 6 - widest  # as click does
        for section, names in SECTIONS.items():
            rows = [
                (f"{name:<{widest}}", self.commands[name].get_short_help_str(limit))
                for name in names
            ]
            with formatter.section(section):
                formatter.write_dl(rows)
