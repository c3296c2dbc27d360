"""One function subscribes to quotes and to mids, and refuses what goes with neither."""

from pathlib import Path
from typing import Any

import pytest

import zreplay
from protocol.errors import LinkError, ResultLogError, SettingsError, ZreplayError
from zreplay.consumer.mids_subscription import MidsSubscription
from zreplay.consumer.subscription import Subscription

ADDRESS = "tcp://127.0.0.1:9"


@pytest.mark.parametrize(
    ("options", "kind"),
    [({}, Subscription), ({"published": True, "tickers": "BTC*, ETH"}, MidsSubscription)],
    ids=["quotes", "mids"],
)
def test_it_is_one_of_quotes_or_of_mids(options: dict[str, Any], kind: type) -> None:
    with zreplay.subscribe(ADDRESS, **options) as subscription:
        assert kind is type(subscription)


@pytest.mark.parametrize(
    "options", [{"published": True, "broadcast": True}, {"tickers": "A"}], ids=["both", "tickers"]
)
def test_what_goes_with_neither_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        zreplay.subscribe(ADDRESS, **options)


def test_a_run_that_is_complete_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short_waits: None
) -> None:
    answers = iter(["ipc:///tmp/nobody-is-here"])

    def control_endpoint_of(out: Path) -> str:
        for answer in answers:
            return answer
        raise LinkError(f"the run in {out} is complete", code="Z305")

    monkeypatch.setattr("zreplay.consumer.subscribe.control_endpoint_of", control_endpoint_of)
    with (
        zreplay.subscribe(ADDRESS, published=True, out=tmp_path) as mids,
        pytest.raises(LinkError, match="is complete"),
    ):
        next(mids)


def test_a_folder_where_nothing_runs_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ZreplayError, match=str(tmp_path)) as refused:
        zreplay.subscribe(ADDRESS, out=tmp_path)
    assert isinstance(refused.value, LinkError | ResultLogError | SettingsError)
