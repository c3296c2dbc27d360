"""The parts written in C; everything else about the project is in setup.cfg.

Each is optional: without a compiler, the Python code beside it does the same, more slowly.
"""

from glob import glob
from pathlib import Path

from setuptools import Extension, setup

SOURCES = {
    "zmid.compiled_lines": "zmid/compiled/lines.c",
    "zmid.compiled_table": "zmid/compiled/table.c",
    "zreplay.ordering.compiled_order": "zreplay/ordering/compiled/order.c",
    "zreplay.conversion.compiled_csv": "zreplay/conversion/compiled/csv.c",
    "zreplay.recordings.csv.compiled_rows": "zreplay/recordings/csv/compiled/rows.c",
}
OPTIONS = ["-std=c11", "-O3", "-fno-math-errno"]

setup(
    ext_modules=[
        Extension(
            name,
            [source],
            depends=glob(f"{Path(source).parent}/*.h") + glob("zmid/compiled/*.h"),
            extra_compile_args=OPTIONS,
            optional=True,
        )
        for name, source in SOURCES.items()
    ]
)
