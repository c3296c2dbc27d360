"""`zreplay report` on the command line; report_command.py makes it."""

import sys
from pathlib import Path

import click

from zreplay.commands.json_option import JSON_OPTION


@click.command()
@click.argument("folder", metavar="DIR|JSON", type=click.Path(path_type=Path))
@click.option(
    "--to",
    metavar="PAGE",
    type=click.Path(path_type=Path),
    help="Where the page goes.  [default: DIR/report.html, JSON.html]",
)
@click.option("--tickers", default="", metavar="NAMES", help="Whose mids are drawn: BTCUSD,ETHUSD.")
@JSON_OPTION
def report(folder: Path, to: Path | None, tickers: str, as_json: bool) -> None:
    """Make a page of charts of a run or of an inspection.

    It needs the extra `report`. The page is one file and loads nothing: counts, rates, latencies,
    mids, rejected rows, gaps. A run with --table has all of them.

    \b
    Examples:
      zreplay report logs/run
      zreplay report logs/run --to run.html --tickers BTCUSD,ETHUSD
      zreplay inspect quotes.csv --json > found.json; zreplay report found.json
    """
    from zreplay.commands.report_command import write_report

    names = tuple(filter(None, (name.strip() for name in tickers.split(","))))
    beside = folder.with_suffix(".html") if folder.is_file() else folder / "report.html"
    sys.exit(write_report(folder, to or beside, names, as_json=as_json))
