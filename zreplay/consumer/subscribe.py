"""`zreplay.subscribe`: to the quotes of a replayer, or to the mids that a sink has committed."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal, overload

from protocol.endpoints import CONTROL_ENDPOINT, DATA_ENDPOINT
from protocol.errors import SettingsError
from zreplay.consumer.mids_subscription import MidsSubscription
from zreplay.consumer.subscription import Subscription
from zreplay.historical.ticker_choice import names_in
from zreplay.supervision.run_folder import control_endpoint_of

Folder = str | Path


@overload
def subscribe(
    address: str = ..., *, control: str = ..., broadcast: bool = ..., key: Folder = ...
) -> Subscription: ...
@overload
def subscribe(
    address: str,
    *,
    control: str = ...,
    out: Folder | None = ...,
    published: Literal[True],
    tickers: str | Sequence[str] = ...,
    key: Folder = ...,
) -> MidsSubscription: ...
def subscribe(
    address: str = DATA_ENDPOINT,
    *,
    control: str = CONTROL_ENDPOINT,
    out: Folder | None = None,
    broadcast: bool = False,
    published: bool = False,
    tickers: str | Sequence[str] = (),
    key: Folder = "",
) -> Subscription | MidsSubscription:
    """Receive what a replayer sends, or, with `published`, what a sink publishes.

    Args:
        address: that of `serve --bind` or `--broadcast`; with `published`, of `sink --publish`.
        control: where the replayer is asked whether it has ended.
        out: the folder of a `zreplay run`, which knows where its replayer is asked.
        broadcast: the address is that of a broadcast, which the replayer calls by another name.
        published: the address is that of `--publish`.
        tickers: of what is published, only these; names or patterns.
        key: the file of a key of the role consumer, or env:VARIABLE, where one is asked for.

    Raises:
        SettingsError, LinkError: an address will not do, or nothing runs in the folder.
    """
    has_ended = None
    if out is not None:
        control = control_endpoint_of(Path(out))
        has_ended = partial(_has_ended, Path(out))
    if published:
        if broadcast:
            raise SettingsError("what is published is no broadcast of quotes", code="Z203")
        return MidsSubscription(
            address,
            control=control,
            tickers=names_in(tickers),
            has_ended=has_ended,
            key=str(key),
        )
    if tickers:
        raise SettingsError(
            "all quotes of a replayer come: tickers are chosen of what a sink publishes",
            fix="published=True, or choose them in what comes",
            code="Z203",
        )
    return Subscription(
        address, control=control, broadcast=broadcast, has_ended=has_ended, key=str(key)
    )


def _has_ended(out: Path) -> bool:
    """Return False while a run may go on; raise LinkError once it is complete."""
    control_endpoint_of(out)
    return False
