"""The parts that are written in C; everything else about the project stands in setup.cfg.

Each is optional: without a compiler the same is done by the Python code beside it, slower.
"""

from glob import glob

from setuptools import Extension, setup

OPTIONS = ["-std=c11", "-O3", "-fno-math-errno"]

setup(
    ext_modules=[
        Extension(
            "zreplay.sources.compiled_rows",
            ["zreplay/sources/compiled/rows.c"],
            depends=glob("zreplay/sources/compiled/*.h"),
            extra_compile_args=OPTIONS,
            optional=True,
        ),
        Extension(
            "protocol.compiled_body",
            ["protocol/compiled/body.c"],
            depends=glob("protocol/compiled/*.h"),
            extra_compile_args=OPTIONS,
            optional=True,
        ),
        Extension(
            "zreplay.compiled_order",
            ["zreplay/compiled/order.c"],
            depends=glob("zreplay/compiled/*.h"),
            extra_compile_args=OPTIONS,
            optional=True,
        ),
        Extension(
            "zmid.compiled_lines",
            ["zmid/compiled/lines.c"],
            depends=glob("zmid/compiled/*.h"),
            extra_compile_args=OPTIONS,
            optional=True,
        ),
    ]
)
