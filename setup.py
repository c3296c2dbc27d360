"""The parts written in C; everything else about the project is in setup.cfg.

Each is optional: without a compiler, the Python code beside it does the same, more slowly.
"""

import re
import subprocess
from glob import glob
from pathlib import Path

from setuptools import Extension, setup

SOURCES = {
    "protocol.compiled_columns": "protocol/compiled/columns.c",
    "protocol.compiled_text": "protocol/compiled/text.c",
    "zmid.compiled_lines": "zmid/compiled/lines.c",
    "zmid.compiled_table": "zmid/compiled/table.c",
    "zreplay.ordering.compiled_order": "zreplay/ordering/compiled/order.c",
    "zreplay.quotes.compiled_tickers": "zreplay/quotes/compiled/tickers.c",
    "zreplay.conversion.compiled_csv": "zreplay/conversion/compiled/csv.c",
    "zreplay.recordings.csv.compiled_rows": "zreplay/recordings/csv/compiled/rows.c",
    "zreplay.recordings.compiled_quotes": "zreplay/recordings/compiled/quotes.c",
}
SHARED_HEADERS = ("zmid/compiled", "zreplay/recordings/csv/compiled")
OPTIONS = ["-std=c11", "-O3", "-fno-math-errno"]
ROOT = Path(__file__).resolve().parent
REMOTE = re.compile(
    r"(?:https?://|ssh://|git://)?(?:[^@/\s]+@)?([\w-]+(?:\.[\w-]+)+)[:/]([\w.-]+(?:/[\w.-]+)+)"
)
"""A repository as git writes it: its host and its path, without whoever may enter it."""


def project_urls() -> dict[str, str]:
    """Return where the project is: where its checkout was cloned from, if that is a host.

    A source distribution says what its checkout knew.
    """
    info = ROOT / "PKG-INFO"
    if info.is_file():
        return dict(re.findall(r"^Project-URL: (\w+), (\S+)$", info.read_text(), re.MULTILINE))
    if not (ROOT / ".git").exists():
        return {}
    asked = ["git", "-C", str(ROOT), "config", "--get", "remote.origin.url"]
    try:
        remote = subprocess.run(asked, capture_output=True, text=True).stdout.strip()
    except OSError:  # there is no git
        return {}
    found = REMOTE.fullmatch(remote.removesuffix("/").removesuffix(".git"))
    if not found:
        return {}
    url = f"https://{found[1]}/{found[2]}"
    changes = f"{url}/blob/HEAD/CHANGELOG.md"
    return {"Source": url, "Changelog": changes, "Issues": f"{url}/issues"}


setup(
    project_urls=project_urls(),
    ext_modules=[
        Extension(
            name,
            [source],
            depends=[
                header
                for folder in {str(Path(source).parent), *SHARED_HEADERS}
                for header in glob(f"{folder}/*.h")
            ],
            extra_compile_args=OPTIONS,
            optional=True,
        )
        for name, source in SOURCES.items()
    ],
)
