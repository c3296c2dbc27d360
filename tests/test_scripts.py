"""The scripts do what their heads say, from any folder, with spaces in its path."""

import csv
import filecmp
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import zmq

from protocol.codec import encode
from protocol.sockets import Context, batch_push
from tests.protocol.examples import BATCH

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted(
    path for path in (ROOT / "scripts").iterdir() if path.is_file() and path.name != "README.md"
)
SHELL = [
    path
    for path in SCRIPTS
    if path.read_text().startswith("#!/bin/sh") and "a string to Python" not in path.read_text()
]
FAILS = "#!/bin/sh\nexit 127\n"


def run(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the root folder, far from the checkout."""
    return subprocess.run(
        [str(word) for word in words],
        env={**os.environ, **environment},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=110,  # a machine may be busy: pytest's own is the limit
    )


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def rows_of(name: str) -> list[dict[str, str]]:
    with (ROOT / "fixtures" / name).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_can_be_run_and_says_at_its_head_what_it_does(path: Path) -> None:
    _, second, *_ = path.read_text().splitlines()

    assert os.access(path, os.X_OK)
    assert second.startswith(("# ", '"""'))


@pytest.mark.parametrize(
    "name", ["bad_network", "bench", "chaos", "foreign_consumer", "hosts", "mutate", "soak"]
)
def test_a_script_with_options_explains_them(name: str) -> None:
    explained = run(ROOT / "scripts" / name, "--help")

    assert (0, True) == (explained.returncode, explained.stdout.startswith("usage:"))


def test_the_options_of_the_benchmark_are_all_explained_in_sentences() -> None:
    _, _, options = run(ROOT / "scripts/bench", "--help").stdout.partition("options:\n")
    texts = re.split(r"\n  (?=-)", options)[1:]  # -h is argparse's own

    assert len(texts) > 10
    assert [] == [text for text in texts if not re.search(r"  +[A-Z0-9].*\.\s*$", text, re.S)]


@pytest.mark.parametrize("path", SHELL, ids=lambda path: path.name)
def test_a_shell_script_is_read_by_sh(path: Path) -> None:
    assert "" == run("sh", "-n", path).stderr


# The Python that is found.


def test_a_python_that_exists_and_fails_is_passed_over(tmp_path: Path) -> None:
    executable(tmp_path / "python3.12", FAILS)
    executable(tmp_path / "python3.13", "#!/bin/sh\n")
    executable(tmp_path / "python3.14", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    found = run(
        "/bin/sh", ROOT / "scripts/python", PATH=f"{tmp_path}:/usr/bin:/bin", PYENV_ROOT="/none"
    )

    assert (0, f"{sys.executable}\n", "") == (found.returncode, found.stdout, found.stderr)


def test_a_python_that_only_pyenv_has_is_found(tmp_path: Path) -> None:
    python = tmp_path / "versions" / "3.12.9" / "bin" / "python"
    executable(python, "#!/bin/sh\necho from pyenv\n")
    for name in ("python3.12", "python3.13", "python3.14", "python3"):
        executable(tmp_path / "shims" / name, FAILS)
    found = run(
        "/bin/sh",
        ROOT / "scripts/python",
        PATH=f"{tmp_path}/shims:/usr/bin:/bin",
        PYENV_ROOT=str(tmp_path),
    )

    assert "from pyenv\n" == found.stdout


def test_without_a_python_it_says_so_and_what_to_do(tmp_path: Path) -> None:
    for name in ("python3.12", "python3.13", "python3.14", "python3"):
        executable(tmp_path / name, FAILS)
    found = run(
        "/bin/sh", ROOT / "scripts/python", PATH=f"{tmp_path}:/usr/bin:/bin", PYENV_ROOT="/none"
    )

    assert (2, "") == (found.returncode, found.stdout)
    assert "no Python 3.12 or newer was found" in found.stderr
    assert "fix: install one" in found.stderr


# What is installed, with a Python that only writes down what it is asked.


RECORDS = """#!/bin/sh
[ "$1" = -c ] && exit 0
[ "$1" = -I ] && { [ ! -e "VENV/copied" ]; exit; }
[ "$2" = pip ] && rm -f "VENV/copied"
echo "$@${ZREPLAY_PURE:+ in plain}" >>"VENV/asked"
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Give a checkout whose .venv is there, and whose pip only keeps a record."""
    clone = tmp_path / "a clone"
    shutil.copytree(ROOT / "scripts", clone / "scripts")
    for name in ("requirements.txt", "requirements-dev.txt", "setup.cfg", "pyproject.toml"):
        shutil.copy(ROOT / name, clone)
    executable(
        clone / ".venv/bin/python",
        RECORDS.replace("VENV", "${0%/*}/.."),
    )
    return clone


def install(clone: Path, *words: str) -> list[str]:
    """Return what pip was asked to install."""
    asked = clone / ".venv" / "asked"
    asked.unlink(missing_ok=True)
    assert 0 == run(clone / "scripts/install", *words, ZREPLAY_PURE="").returncode
    *installed, compiled = asked.read_text().splitlines()
    assert "-m compileall -q protocol zmid zreplay" == compiled  # whatever else there was to do
    return [line.partition("--editable ")[2] for line in installed]


def test_it_installs_once_and_then_only_what_has_changed(clone: Path) -> None:
    assert [".[dev]"] == install(clone, "dev")
    assert [] == install(clone, "dev")
    assert [] == install(clone)

    with (clone / "requirements.txt").open("a") as file:
        file.write("another\n")

    assert ["."] == install(clone)
    assert [".[dev]"] == install(clone, "dev")


def test_an_install_that_failed_is_tried_again(clone: Path) -> None:
    python = clone / ".venv/bin/python"
    works = python.read_text()
    executable(python, '#!/bin/sh\n[ "$1" = -c ]\n')

    assert 0 != run(clone / "scripts/install").returncode

    executable(python, works)

    assert ["."] == install(clone)


def test_it_says_what_it_installs_while_it_does(clone: Path) -> None:
    python = clone / ".venv/bin/python"
    lines = ("Obtaining file:///x", "Collecting numpy<3 (from zreplay)", "Installing collected x")
    pip_says = "".join(f"[ \"$2\" = pip ] && echo '{line}'\n" for line in lines)
    executable(python, f"{python.read_text()}{pip_says}exit 0\n")

    found = run(clone / "scripts/install", ZREPLAY_PURE="")

    assert (0, "") == (found.returncode, found.stdout)
    assert ["  numpy<3 (from zreplay)", "  installing all of them"] == found.stderr.splitlines()[
        -2:
    ]


def test_a_checkout_that_was_moved_is_installed_anew(clone: Path) -> None:
    install(clone)
    moved = clone.rename(clone.with_name("moved"))

    assert ["."] == install(moved)


def test_a_copy_that_stands_in_the_place_of_this_tree_is_replaced(clone: Path) -> None:
    install(clone)
    (clone / ".venv/copied").touch()

    assert ["."] == install(clone)
    assert [] == install(clone)


# The tests, with a Python that only writes down what it is asked and what it is told.


PYTEST = "-m pytest -q --numprocesses 7 --dist worksteal -x tests/a b"
EXTRAS = "-m pip install --quiet --disable-pip-version-check -r requirements-extras.txt"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), [PYTEST]),
        (("--pure",), [f"{PYTEST} in plain"]),
        (("--extras",), [EXTRAS, PYTEST]),
    ],
)
def test_the_tests_are_run_without_the_parts_in_c_or_with_all_packages_that_any_needs(
    clone: Path, words: tuple[str, ...], expected: list[str]
) -> None:
    environment = {"ZREPLAY_PURE": "", "TEST_PROCESSES": "7"}
    done = run(clone / "scripts/test", *words, "-x", "tests/a b", **environment)
    installed, compiled, *asked = (clone / ".venv/asked").read_text().splitlines()

    assert 0 == done.returncode
    assert expected == asked


# The fixtures.


@pytest.mark.slow
def test_the_fixtures_and_the_sample_logs_are_what_the_script_writes(tmp_path: Path) -> None:
    made = run(sys.executable, ROOT / "scripts/make_fixtures", "--into", tmp_path)

    assert "" == made.stderr
    for folder in ("fixtures", "logs/sample"):
        names = sorted(path.name for path in (tmp_path / folder).iterdir())
        compared = filecmp.cmpfiles(tmp_path / folder, ROOT / folder, names, shallow=False)
        assert (names, [], []) == compared


def test_the_historical_sample_has_every_case_worth_showing() -> None:
    rows = rows_of("historical_sample.csv")
    latencies = [float(row["latency"]) for row in rows]
    spreads = [float(row["ask_price"]) - float(row["bid_price"]) for row in rows]
    stamps = [row["timestamp"] for row in rows]
    repeats = Counter(tuple(row.values())[1:] for row in rows)

    assert 20_000 == len(rows)
    assert 100 < len({row["ticker"] for row in rows})
    assert len(set(stamps)) < len(rows) / 3, "ties"
    assert any(not stamp.endswith("000") for stamp in stamps), "stamps within a millisecond"
    assert sorted(stamps) != stamps, "disorder"
    assert any("3.9e-08" in row.values() for row in rows)
    assert 0.0 in spreads and min(spreads) < 0, "locked and crossed quotes"
    assert 20.0 in latencies and min(latencies) < 0
    assert 0.3 < sum(latency > 20.0 for latency in latencies) / len(rows) < 0.6
    assert 1 < max(repeats.values()), "exact repeats"


def test_the_live_sample_goes_on_where_the_historical_one_ends() -> None:
    historical, live = rows_of("historical_sample.csv"), rows_of("live_sample.csv")

    assert [*live[0], "latency"] == list(historical[0])
    assert max(row["timestamp"] for row in historical) < min(row["timestamp"] for row in live)


# The others.


def test_reference_writes_the_sample_logs(tmp_path: Path) -> None:
    sample = ROOT / "fixtures/historical_sample.csv"
    done = run(sys.executable, ROOT / "scripts/reference", sample, "--out", tmp_path / "new")

    assert "0 rows rejected\n" == done.stderr
    for name in ("mid_prices.log", "errors.log"):
        assert (ROOT / "logs/sample" / name).read_bytes() == (tmp_path / "new" / name).read_bytes()


def test_a_foreign_consumer_reads_what_is_sent(
    context: Context, tmp_path_factory: pytest.TempPathFactory
) -> None:
    endpoint = f"ipc://{tmp_path_factory.mktemp('l')}/s"
    replayer = batch_push(context, endpoint, 1, insecure=False, linger_ms=1000)
    words = [sys.executable, str(ROOT / "scripts/foreign_consumer"), endpoint]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd="/") as consumer:
        assert replayer.poll(10_000, zmq.POLLOUT)
        replayer.send(b"no message of ours, which it passes over")
        replayer.send(encode(BATCH))
        assert consumer.stdout is not None
        lines = [consumer.stdout.readline() for _ in range(2)]
        consumer.kill()

    assert ["SATS@Ö 200.5\n", "BTC-USDT-SWAP@OKEX 3.95e-08\n"] == lines


# The parts in C under sanitizers.


def test_where_the_compiler_has_no_sanitizers_it_says_so_and_all_is_well(tmp_path: Path) -> None:
    compiler = executable(tmp_path / "cc", "#!/bin/sh\nexit 1\n")
    done = run(ROOT / "scripts/sanitize", CC=str(compiler))

    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.startswith("not sanitized: ")
    assert 1 == len(done.stdout.splitlines())


OVERFLOWS = """
__attribute__((constructor)) static void overflow(void)
{
    volatile int number = 2147483647;
    number = number + 1;
}
"""


@pytest.mark.slow
@pytest.mark.usefixtures("compiled")
@pytest.mark.long
@pytest.mark.parametrize("is_sound", [True, False])
def test_the_tests_of_the_parts_in_c_pass_under_sanitizers_which_see_an_error(
    tmp_path: Path, is_sound: bool
) -> None:
    (tmp_path / "bad.h").write_text(OVERFLOWS)
    included = "" if is_sound else f'-include "{tmp_path}/bad.h"'
    shared = f'case "$*" in *-shared*) exec cc {included} "$@" ;; esac'
    compiler = executable(tmp_path / "cc", f'#!/bin/sh\n{shared}\nexec cc "$@"\n')
    done = run(ROOT / "scripts/sanitize", "tests/zmid/test_compiled_lines.py", CC=str(compiler))
    if done.stdout.startswith("not sanitized"):
        pytest.skip(done.stdout.strip())

    assert is_sound is (done.returncode == 0)
    assert is_sound is (" passed in " in done.stdout)
    assert is_sound is ("signed integer overflow" not in done.stderr)
