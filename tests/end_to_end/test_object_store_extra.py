"""Recordings in a store that others wrote for tests, so that ours is not the only judge."""

from pathlib import Path

import pytest

from tests.end_to_end.processes import ROOT, finish, logs
from tests.object_server import KEY, SECRET
from tests.reference import reference_logs

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"


# What these libraries warn of is not for us to mend.
@pytest.mark.filterwarnings("default")
def test_a_run_of_a_pattern_gives_what_the_file_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = "scripts/test --extras installs moto"
    server_of = pytest.importorskip("moto.server", reason=reason)
    boto3 = pytest.importorskip("boto3", reason=reason)
    surroundings = {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    server = server_of.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
        client.create_bucket(Bucket="bucket")
        client.put_object(Bucket="bucket", Key="q/deep/a.csv", Body=SAMPLE.read_bytes())
        client.put_object(Bucket="bucket", Key="q/_SUCCESS", Body=b"")
        out = tmp_path / "out"
        run = ("run", "s3://bucket/q", "--speed", "max", "--out", out)

        done = finish("zreplay", *run, AWS_ENDPOINT_URL=endpoint)
        again = finish("zreplay", *run, AWS_ENDPOINT_URL=endpoint)

        assert (0, *reference_logs([SAMPLE])[:2]) == (done.returncode, *logs(out)), done.stderr
        assert (0, True) == (again.returncode, "already complete" in again.stdout + again.stderr)
    finally:
        server.stop()
