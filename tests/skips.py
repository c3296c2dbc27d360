"""Which tests were skipped and why, printed before pytest's summary; `--known-skips` limits it.

A known skip is a line of a file: how many tests may be skipped, and for what reason. A reason
counts up to its first colon: what is behind it differs from machine to machine.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

KNOWN = "--known-skips"
GROWN = pytest.StashKey[list[str]]()


def reasons_of(reports: Iterable[pytest.TestReport | pytest.CollectReport]) -> Counter[str]:
    """Return how many tests were skipped for each reason."""
    reasons: Counter[str] = Counter()
    for report in reports:
        _, _, text = report.longrepr  # type: ignore[misc]
        reasons[str(text).removeprefix("Skipped: ").partition(": ")[0]] += 1
    return reasons


def known_in(text: str) -> Counter[str]:
    """Return what a file of known skips allows."""
    lines = [line.split(maxsplit=1) for line in text.splitlines() if not line.startswith("#")]
    return Counter({reason: int(count) for count, reason in lines})


def grown(found: Counter[str], known: Counter[str]) -> list[str]:
    """Return, of each reason that is new or has more tests than it is known to have, a line."""
    return [
        f"{count} tests were skipped, {known[reason]} are known to be: {reason}"
        for reason, count in sorted(found.items())
        if count > known[reason]
    ]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        KNOWN,
        type=Path,
        metavar="FILE",
        help="Fail if tests are skipped that are not among those of this file.",
    )
    parser.addoption("--long", action="store_true", help="Run the long tests too (tests/depth.py).")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    path = session.config.getoption(KNOWN)
    if reporter is None or path is None:
        return
    session.config.stash[GROWN] = grown(
        reasons_of(reporter.stats.get("skipped", [])), known_in(path.read_text(encoding="utf-8"))
    )
    if session.config.stash[GROWN] and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    reasons = reasons_of(terminalreporter.stats.get("skipped", []))
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"skipped {count}: {reason}")
    for line in config.stash.get(GROWN, []):
        terminalreporter.write_line(line, red=True)
    if config.stash.get(GROWN, []):
        path = config.getoption(KNOWN)
        terminalreporter.write_line(f"fix: let them run, or say in {path} that they do not")
