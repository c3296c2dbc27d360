"""The READMEs: the project's, and one per component; their commands, code, links and tables."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
COMPONENTS: Final = ("protocol", "scripts", "tests", "zmid", "zreplay")
PATHS: Final = ("README.md", *(f"{component}/README.md" for component in COMPONENTS))
DOCUMENTS: Final = {path: (ROOT / path).read_text() for path in PATHS}
README: Final = DOCUMENTS["README.md"]


def blocks(language: str, text: str) -> list[str]:
    """Return what stands in each fenced block of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def command_lines(text: str) -> list[str]:
    """Return every line of the blocks of shell."""
    return [line for block in blocks("sh", text) for line in block.splitlines() if line.strip()]


def inline(text: str) -> list[str]:
    """Return what stands in backticks within the prose."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`\n]+)`", prose)


def links(text: str) -> list[tuple[str, str]]:
    """Return path and heading of each link within the project; either may be empty."""
    return re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text)


def anchors(text: str) -> set[str]:
    """Return what a link may name a heading by."""
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def section(title: str, text: str) -> str:
    """Return what stands under a heading."""
    return text.partition(f"## {title}\n")[2].partition("\n## ")[0]


def first_cells(table: str) -> list[str]:
    """Return the first cell of each row below the head of a table."""
    rows = [line for line in table.splitlines() if line.startswith("|")]
    return [row.split("|")[1].strip() for row in rows[2:]]
