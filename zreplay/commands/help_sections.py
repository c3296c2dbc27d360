"""`--help`: the commands of the program, and the options of a replay, by what they are for."""

from typing import Final

import click

SECTIONS: Final = {
    "Play": ("run", "serve", "demo"),
    "Look": ("top", "inspect", "report", "reference"),
    "Files": ("record", "verify", "convert", "backfill", "feed"),
    "Operate": ("ctl", "keys", "doctor", "config", "completion"),
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


OPTION_SECTIONS: Final = {
    "How the files are written": (
        *("column", "format", "delimiter", "header", "time_unit", "zone", "ticker", "date"),
        *("path", "scale", "allow_negative"),
    ),
    "Which quotes": (
        *("tickers", "exclude", "from", "to", "start_offset", "duration", "limit", "session"),
        *("dedupe", "latency"),
    ),
    "Live": ("live", "live_url", "live_format", "silent_after"),
    "Playback": (
        *("mode", "speed", "loop", "start_paused", "wait_workers", "delay", "start_at", "max_gap"),
        *("grain", "on_lag"),
    ),
    "Order and limits": (
        *("reorder", "late", "max_jump", "max_buffer", "max_rejected", "batch", "window", "hwm"),
    ),
    "What is computed": (
        *("latency_threshold", "stamp", "no_mid", "processor", "check_processor"),
        *("processor_limit", "table"),
    ),
}
"""The options of `run` and `serve`; what stands in none follows under the last heading."""
REST: Final = "Options"


class SectionedCommand(click.Command):
    """A command whose help lists its options by section."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list for each section that has an option, then the others."""
        records = {
            parameter.opts[-1].lstrip("-").replace("-", "_"): record
            for parameter in self.get_params(ctx)
            if (record := parameter.get_help_record(ctx)) is not None
        }
        for section, names in OPTION_SECTIONS.items():
            if rows := [records.pop(name) for name in names if name in records]:
                with formatter.section(section):
                    formatter.write_dl(rows)
        with formatter.section(REST):
            formatter.write_dl([*records.values()])
