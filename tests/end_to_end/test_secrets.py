"""No user, password, query or fragment of an address appears anywhere that others can look."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.processes import ROOT, finish, start, until

SECRETS = ("Ursel", "Passwort", "Tokentext", "Fragmenttext")
USER = "Ursel:Passwort@"
QUERY = "?token=Tokentext"
BUCKET = f"s3://{USER}b/x{QUERY}"
REFUSED = {
    "FILE": (BUCKET, f"wss://{USER}h/{QUERY}#Fragmenttext"),
    "FEED": (f"wss://{USER}h:99999/{QUERY}", f"ws://{USER}127.0.0.1:0/x{QUERY}#Fragmenttext"),
    "ENDPOINT": (BUCKET, f"tcp://{USER}192.0.2.1:1x{QUERY}"),
    "HOST:PORT": (f"{USER}192.0.2.1:99999{QUERY}", f"{USER}192.0.2.1:1{QUERY}"),
}
COMMANDS = {
    "run file": ("zreplay", "run", "FILE", "--out", "OUT"),
    "run historical": ("zreplay", "run", "--historical", "FILE", "--out", "OUT"),
    "run live": ("zreplay", "run", "--live", "FEED", "--out", "OUT"),
    "serve file": ("zreplay", "serve", "FILE", "--state", "OUT"),
    "serve live": ("zreplay", "serve", "--live", "FEED", "--state", "OUT"),
    "serve bind": ("zreplay", "serve", "QUOTES", "--bind", "ENDPOINT", "--state", "OUT"),
    "serve sync": ("zreplay", "serve", "QUOTES", "--bind", "tcp://127.0.0.1:*", "--control",
                   "tcp://127.0.0.1:*", "--sync", "ENDPOINT", "--state", "OUT"),
    "serve control": ("zreplay", "serve", "QUOTES", "--bind", "tcp://127.0.0.1:*", "--control",
                      "ENDPOINT", "--state", "OUT"),
    "serve metrics": ("zreplay", "serve", "QUOTES", "--bind", "tcp://127.0.0.1:*", "--control",
                      "tcp://127.0.0.1:*", "--metrics", "HOST:PORT", "--state", "OUT"),
    "inspect": ("zreplay", "inspect", "FILE"),
    "feed": ("zreplay", "feed", "FILE"),
    "ctl": ("zreplay", "ctl", "status", "--control", "ENDPOINT"),
    "top": ("zreplay", "top", "--control", "ENDPOINT"),
    "worker source": ("zmid", "worker", "--source", "ENDPOINT"),
    "worker sink": ("zmid", "worker", "--sink", "ENDPOINT"),
    "sink bind": ("zmid", "sink", "--bind", "ENDPOINT", "--out", "OUT"),
    "sink sync": ("zmid", "sink", "--bind", "tcp://127.0.0.1:*", "--sync", "ENDPOINT",
                  "--out", "OUT"),
    "sink metrics": ("zmid", "sink", "--bind", "tcp://127.0.0.1:*", "--sync", "tcp://127.0.0.1:*",
                     "--metrics", "HOST:PORT", "--out", "OUT"),
}  # fmt: skip


def secrets_in(text: str | bytes) -> list[str]:
    found = text if isinstance(text, bytes) else text.encode()
    return [secret for secret in SECRETS if secret.encode() in found]


def secrets_under(folder: Path) -> dict[str, list[str]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    found = {str(path): secrets_in(path.read_bytes()) for path in files}
    return {name: secrets for name, secrets in found.items() if secrets}


@pytest.mark.parametrize("name", COMMANDS)
def test_an_address_that_is_refused_is_named_without_its_secrets(name: str, tmp_path: Path) -> None:
    module, *words = COMMANDS[name]
    file = ROOT / "fixtures" / "historical_sample.csv"
    [kind] = REFUSED.keys() & set(words)
    for address in REFUSED[kind]:
        given = {kind: address, "OUT": tmp_path / "out", "QUOTES": file}

        done = finish(module, *(given.get(word, word) for word in words))

        assert done.returncode not in (0, 1, 70, -signal.SIGKILL), (address, done)
        assert [] == secrets_in(done.stdout + done.stderr), (address, done)
    assert {} == secrets_under(tmp_path)


def test_settings_are_shown_without_the_secrets_of_an_address() -> None:
    live = f"ws://{USER}h/x{QUERY}#Fragmenttext"

    done = finish("zreplay", "config", "show", "--json", ZREPLAY_SERVE_LIVE=live)

    assert [] == secrets_in(done.stdout + done.stderr)
    assert "ws://h/x" in done.stdout


def test_a_live_run_keeps_the_secrets_of_its_addresses_to_itself(tmp_path: Path) -> None:
    """One feed is connected, one is not there, and one the client library refuses."""
    port_file, out = tmp_path / "port", tmp_path / "out"
    live_file = ROOT / "fixtures" / "live_sample.csv"
    feed = start("zreplay", "feed", live_file, "--port", "0", "--port-file", port_file, "--loop")
    port = until(lambda: port_file.exists() and port_file.read_text().strip(), "a port")
    addresses = (
        f"ws://{USER}127.0.0.1:{port}/{QUERY}",
        f"ws://{USER}127.0.0.1:1/x{QUERY}",
        f"ws://{USER}127.0.0.1:1/x{QUERY}#Fragmenttext",
    )
    lives = [word for address in addresses for word in ("--live", address)]
    run = start(
        *("zreplay", "--log-level", "debug", "run", *lives, "--out", out), stderr=subprocess.PIPE
    )

    def status() -> dict[str, object] | None:
        done = finish("zreplay", "ctl", "status", "--json", "--out", out)
        answer = json.loads(done.stdout) if done.returncode == 0 else {"feeds": []}
        feeds = answer["feeds"]
        is_there = len(feeds) == len(addresses) and feeds[0]["messages"]
        return answer if is_there and all(each["last_error"] for each in feeds[1:]) else None

    try:
        answer = until(status, "the state of each feed")
        table = finish("zreplay", "ctl", "status", "--out", out)
        children = subprocess.run(
            ["ps", "--ppid", str(run.pid), "-o", "pid="], capture_output=True, text=True, check=True
        ).stdout.split()
        command_lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children]
    finally:
        run.send_signal(signal.SIGINT)
        stdout, stderr = run.communicate(timeout=60)
        feed.kill()
        feed.communicate()

    assert 4 == len(command_lines) and all(command_lines)
    assert [[]] * 4 == [secrets_in(line) for line in command_lines]
    assert [] == secrets_in(json.dumps(answer) + table.stdout + table.stderr)
    assert [] == secrets_in(stdout + stderr)
    assert {} == secrets_under(out)
    shown = [f"ws://127.0.0.1:{port}/", "ws://127.0.0.1:1/x", "ws://127.0.0.1:1/x (2)"]
    assert shown == [each["url"] for each in answer["feeds"]]
