"""The pages as a browser shows them: what is drawn, at two widths, and nothing that runs."""

import re
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pytest

from protocol.program.metrics import gauge
from protocol.program.metrics_registry import program_registry
from protocol.program.metrics_server import MetricsServer
from protocol.program.status_page import STYLE
from tests.end_to_end.processes import ROOT, finish
from tests.zreplay.answers import make_feed, make_status, make_worker
from zreplay.controls.replayer_page import replayer_page

BROWSER = shutil.which("chromium") or ""
OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
WIDTHS = (480, 1400)

pytestmark = pytest.mark.skipif(not BROWSER, reason="chromium is not installed")


def drawn(url: str, folder: Path, width: int, ms: int) -> str:
    """Return the document after so many ms of its own time; its picture is left in the folder."""
    picture = folder / f"{width}.png"

    def browser(*more: str) -> str:
        common = (f"--user-data-dir={folder / 'user'}", f"--window-size={width},900")
        command = [BROWSER, *OPTIONS, *common, f"--virtual-time-budget={ms}", *more, url]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        return done.stdout

    browser(f"--screenshot={picture}")
    assert picture.stat().st_size > 10_000
    return browser("--dump-dom")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_report_draws_its_charts(tmp_path: Path, width: int) -> None:
    pytest.importorskip("plotly", reason="plotly is not installed")
    sample = ROOT / "fixtures" / "historical_sample.csv"
    run = finish("zreplay", "run", sample, "--table", "--speed", "max", "--out", tmp_path / "run")
    assert 0 == run.returncode, run.stderr
    page = tmp_path / "report.html"
    made = finish("zreplay", "report", tmp_path / "run", "--to", page)
    assert 0 == made.returncode, made.stderr

    document = drawn(page.as_uri(), tmp_path, width, 10_000)

    charts = document.count('class="plotly-graph-div')
    assert 8 == charts  # rate, latency, and the mids of six tickers
    assert charts <= document.count("main-svg")
    assert 6 <= len(re.findall(r'class="scatterlayer', document))
    assert "390 tickers" in document


@pytest.mark.parametrize("width", WIDTHS)
def test_a_report_of_an_inspection_draws_its_charts(tmp_path: Path, width: int) -> None:
    pytest.importorskip("plotly", reason="plotly is not installed")
    sample = ROOT / "fixtures" / "historical_sample.csv"
    found = tmp_path / "found.json"
    found.write_text(finish("zreplay", "inspect", sample, "--json").stdout)
    made = finish("zreplay", "report", found)
    assert 0 == made.returncode, made.stderr

    document = drawn((tmp_path / "found.html").as_uri(), tmp_path, width, 10_000)

    assert 2 == document.count('class="plotly-graph-div')  # latency, and the tickers
    assert 2 <= document.count("main-svg")
    assert "over threshold" in document


MEASURED = """<script>addEventListener("load", () => setTimeout(() => {
  const count = (all, is) => [...document.querySelectorAll(all)].filter(is).length
  const box = (plot, part) => plot.querySelector(part).getBoundingClientRect()
  document.title = "cut " + count("div", div => div.scrollWidth > div.clientWidth) +
    " covered " + count(".js-plotly-plot",
      plot => box(plot, ".modebar").bottom > box(plot, ".gtitle").top)
}, 2000))</script>"""
"""How many tables are wider than their place, and how many titles lie under buttons."""
ALL_SEEN = "<title>cut 0 covered 0</title>"


@pytest.mark.parametrize("width", WIDTHS)
def test_on_a_narrow_screen_no_table_is_cut_and_no_title_covered(
    tmp_path: Path, width: int
) -> None:
    pytest.importorskip("plotly", reason="plotly is not installed")
    sample = ROOT / "fixtures" / "historical_sample.csv"
    run = finish("zreplay", "run", sample, "--table", "--speed", "max", "--out", tmp_path / "run")
    assert 0 == run.returncode, run.stderr
    report = tmp_path / "report.html"
    made = finish("zreplay", "report", tmp_path / "run", "--to", report)
    assert 0 == made.returncode, made.stderr
    report.write_text(report.read_text().replace("</body>", f"{MEASURED}</body>"))
    feeds = [make_feed(url="binance:BTCUSDT,ETHUSDT", state="reconnecting", last_error="refused")]
    of_replayer = replayer_page(make_status(mode="live", feeds=feeds)).decode()
    of_replayer = of_replayer.replace('http-equiv="refresh"', "")
    page = tmp_path / "page.html"
    page.write_text(of_replayer.replace("</head>", f"<style>{STYLE}</style></head>{MEASURED}"))

    assert ALL_SEEN in drawn(page.as_uri(), tmp_path, width, 5_000)
    assert ALL_SEEN in drawn(report.as_uri(), tmp_path, width, 10_000)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_of_a_replayer_shows_names_as_text(tmp_path: Path, width: int) -> None:
    pytest.importorskip("prometheus_client")
    nasty = "<script>document.title='taken'</script>"
    status = make_status(
        mode="live", feeds=[make_feed(url=nasty)], workers=[make_worker(nasty)], problem=nasty
    )
    server = MetricsServer(
        "127.0.0.1:0",
        program_registry(lambda: [gauge("epoch", "Epoch.", 3)]),
        str,
        lambda: replayer_page(status),
        insecure=False,
    )
    try:
        url = f"http://127.0.0.1:{server.port}/"
        assert 200 == urllib.request.urlopen(url, timeout=60).status
        document = drawn(url, tmp_path, width, 1_000)  # before it asks for itself anew
    finally:
        server.close()

    assert "<title>zreplay RUNNING</title>" in document
    assert 3 == document.count("&lt;script&gt;")
    assert "<script" not in document
