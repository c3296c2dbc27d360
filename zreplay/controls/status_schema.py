"""The answer to `status`, as structs: the schema that `--json` promises.

In `FIELDS` `a.b` is in the object a, `a[].b` in each object of the list a. A name gives its unit:
`_ns` are integer nanoseconds, `_per_second` are rates; a share is 0 to 1. Fields may be added
without a new number of the schema; whoever reads an answer lets pass what it does not know.
"""

from collections.abc import Iterator
from typing import Annotated, Final

from msgspec import Meta, Struct, field
from msgspec.inspect import ListType, Metadata, StructType, Type, UnionType, type_info

Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Fraction = Annotated[float, Meta(ge=-(2.0**63), le=2.0**63)]
Speed = Annotated[str, Meta(pattern=r"\A(max|[0-9]{1,9}(\.[0-9]{1,9})?(e[-+]?[0-9]{1,2})?x)\Z")]


def Is(what: str) -> Meta:  # noqa: N802 - reads as a type beside Annotated
    """Say what a field is."""
    return Meta(description=what)


class InFlight(Struct, frozen=True):
    """What is sent and not yet committed."""

    quotes: Annotated[Whole, Is("sent and not yet committed")]
    window_quotes: Annotated[Whole, Is("the most that may be")]
    bytes: Annotated[Whole, Is("of the batches in flight")]
    window_bytes: Annotated[Whole, Is("the most that may be")]


class Lateness(Struct, frozen=True):
    """From due to sent."""

    p50: Annotated[Whole, Is("from due to sent: half of the quotes took no longer")]
    p99: Annotated[Whole, Is("99 of 100")]
    max: Annotated[Whole, Is("the longest")]


class LatenessBin(Struct, frozen=True):
    """Quotes by how late they left."""

    to_ns: Annotated[Whole | None, Is("the most of these, null without end")]
    quotes: Annotated[Whole, Is("that were so late, and later than the bin before")]


class Age(Struct, frozen=True):
    """From sent to committed."""

    p50: Annotated[Whole, Is("from sent to committed; `age_ns` is null with `--acks none`")]
    p99: Annotated[Whole, Is("99 of 100")]
    max: Annotated[Whole, Is("the longest")]


class Broadcast(Struct, frozen=True):
    """Where subscribers get all."""

    address: Annotated[str, Is("where subscribers get all, empty if nowhere")]
    subscribers: Annotated[Whole, Is("that are connected now")]


class Worker(Struct, frozen=True):
    """What the sink knows of a worker."""

    worker: Annotated[str, Is("its name")]
    quotes: Annotated[Whole, Is("delivered to this sink")]
    busy_ns: Annotated[Whole, Is("spent on them")]
    busy_p99_ns: Annotated[Whole, Is("how long a batch takes, 99 of 100 of the last 128")]
    seen_ago_ns: Annotated[Whole, Is("since its last result")]
    version: Annotated[str, Is("of its program")]


class Sink(Struct, frozen=True):
    """What the sink saw."""

    duplicates: Annotated[Whole, Is("results that came twice")]
    refused_results: Annotated[Whole, Is("of another threshold or stamp than the run's")]
    dropped_messages: Annotated[Whole, Is("malformed ones")]
    waiting_results: Annotated[Whole, Is("results ahead of their turn")]
    version: Annotated[str, Is("of its program, empty before it was heard")]


class Diagnostic(Struct, frozen=True):
    """A warning or an error."""

    unix_ns: Annotated[Whole, Is("when it was last logged")]
    time: Annotated[str, Is("the same as text, UTC")]
    level: Annotated[str, Is("warning or error")]
    text: Annotated[str, Is("event and fields")]
    count: Annotated[Whole, Is("how often in a row")]


class ReceiptLatency(Struct, frozen=True):
    """Receipt - exchange of the last quotes."""

    p50: Annotated[Whole, Is("receipt - exchange of the last quotes; null if unknown or days off")]
    p99: Annotated[Whole, Is("99 of 100")]


class Symbols(Struct, frozen=True):
    """How many are in which state."""

    waiting: Annotated[Whole, Is("not asked for yet; `symbols` is null for the plain shape")]
    asked: Annotated[Whole, Is("asked for, not answered")]
    acknowledged: Annotated[Whole, Is("acknowledged, without a quote")]
    live: Annotated[Whole, Is("with quotes")]
    silent: Annotated[Whole, Is("without one for as long as --silent-after says")]
    refused: Annotated[Whole, Is("refused by the venue")]


class NotQuotes(Struct, frozen=True):
    """Messages that are no quotes."""

    kind: Annotated[str, Is("of messages that the adapter does not know")]
    count: Annotated[Whole, Is("how many came")]


class Feed(Struct, frozen=True):
    """A live address."""

    url: Annotated[str, Is("the address, without user, password and query")]
    state: Annotated[
        str, Is("off, connecting, connected, reconnecting, or why nothing is captured")
    ]
    messages: Annotated[Whole, Is("received")]
    reconnects: Annotated[Whole, Is("since the start")]
    last_message_ns: Annotated[Whole | None, Is("Unix time, null before the first")]
    last_error: Annotated[str, Is("why it was lost, else empty")]
    next_try_ns: Annotated[Whole | None, Is("Unix time of the next try, else null")]
    venue: Annotated[str, Is("its name in --live, empty for the plain shape")]
    quotes: Annotated[Whole | None, Is("that the venue sent, null for the plain shape")]
    untimed: Annotated[
        Whole, Is("of those, without a time of the venue: they have that of receipt")
    ]
    latency_ns: ReceiptLatency | None
    off_ns: Annotated[
        int | None,
        Is("receipt - exchange of the plain shape's last message if a day or more, else null"),
    ]
    symbols: Symbols | None
    silent: Annotated[
        str, Is("the symbols that are silent, the first ten; of the plain shape: all of it")
    ]
    refused: Annotated[str, Is("the symbols that are refused and why, the first ten")]
    not_quotes: list[NotQuotes]
    shows: Annotated[
        str, Is("what the venue's channel gives, and [unverified] if never held against it")
    ]
    lack: Annotated[str, Is("if nothing that came is a quote: what came, and what was expected")]


class Capture(Struct, frozen=True):
    """What is kept of live feeds."""

    bytes: Annotated[
        Whole, Is("of what is captured and not deleted; `capture` is null without a feed")
    ]
    quota_bytes: Annotated[Whole, Is("the most that it may be")]
    segments: Annotated[Whole, Is("its files")]
    behind_bytes: Annotated[Whole, Is("captured and not committed yet")]
    behind_ns: Annotated[
        Whole | None, Is("from the last committed quote to the last capture, null before one")
    ]
    dropped_bytes: Annotated[Whole, Is("dropped by `--on-overload drop-oldest`, since the start")]
    blocked_ns: Annotated[Whole, Is("how long no feed was read for lack of room, since the start")]


class Status(Struct, frozen=True):
    """The answer to `status`."""

    ok: Annotated[bool, Is("true; a refusal has `code`, `error` and `fix` instead of all others")]
    schema: Annotated[Whole, Is("1; fields may be added without a new number")]
    state: Annotated[
        str, Is("WAITING, RUNNING, PAUSED, BLOCKED, NO WORKERS, RECONNECTING, DRAINING or DONE")
    ]
    waits_for: Annotated[str, Is("what it waits for, empty if nothing")]
    mode: Annotated[str, Is("historical or live")]
    loop: Annotated[str, Is("off, on, or how many passes")]
    pass_: Annotated[Whole, Is("which pass of a loop this is, from 0")] = field(name="pass")
    passes: Annotated[Whole | None, Is("how many there are, null without end")]
    epoch: Annotated[Whole, Is("the epoch granted by the sink, 0 without one")]
    record: Annotated[Whole, Is("the record number that is sent next")]
    segment: Annotated[Whole, Is("number of the run's segment, from 0")]
    arrival_ns: Annotated[
        Whole | None, Is("the arrival of the last quote of this mode that was sent, null before it")
    ]
    time: Annotated[str | None, Is("the same as text, UTC")]
    progress: Annotated[
        Fraction | None,
        Is("the share of what was asked for that was sent, null if that is not known"),
    ]
    progress_of: Annotated[
        str, Is("what was counted: limit, quotes, time or bytes; empty if that is not known")
    ]
    left_ns: Annotated[
        Whole | None, Is("how long the rest takes without a pause, null if that is not known")
    ]
    run: Annotated[str, Is("the run's identity, hex")]
    version: Annotated[str, Is("of the replayer's program")]
    pid: Annotated[Whole, Is("of the replayer")]
    uptime_ns: Annotated[Whole, Is("of the replayer")]
    start_at: Annotated[str | None, Is("what `--start-at` says, UTC, null without it")]
    behind_start_ns: Annotated[
        Whole | None,
        Is("how far the clock is behind that start; null once moved by an operator"),
    ]
    acks: Annotated[str, Is("sink or none")]
    began_at: Annotated[
        Whole | None,
        Is("the record from which this process continued the run, null before it is known"),
    ]
    sent: Annotated[Whole, Is("records sent, in the whole run")]
    sent_batches: Annotated[Whole, Is("batches sent by this process, without resends")]
    committed: Annotated[Whole, Is("records in the log, in the whole run")]
    sent_per_second: Annotated[Fraction, Is("quotes, over the last two seconds")]
    committed_per_second: Annotated[Fraction, Is("quotes, over the last two seconds")]
    in_flight: InFlight
    speed: Annotated[Speed, Is("as requested: `1x`, `max`")]
    speed_now: Annotated[Fraction, Is("the recording's time over real time, over the last seconds")]
    achieved_speed: Annotated[
        Fraction | None, Is("the same over all that was paced, null if nothing was")
    ]
    lateness_ns: Lateness
    lateness_bins: list[LatenessBin]
    paced_quotes: Annotated[Whole, Is("quotes that had a due time")]
    late_share: Annotated[Fraction, Is("the share of those that left more than 1 ms late")]
    age_ns: Age | None
    blocked_ns: Annotated[Whole, Is("how long due quotes could not leave")]
    window_blocked_ns: Annotated[Whole, Is("of that: the window was full")]
    workers_blocked_ns: Annotated[Whole, Is("of that: no worker took a batch")]
    starved_ns: Annotated[Whole, Is("how long the source had nothing ready")]
    frozen_ns: Annotated[Whole, Is("how long quotes were due while this process was suspended")]
    stretched_ns: Annotated[Whole, Is("how long the clock waited, for any reason")]
    caught_up: Annotated[Whole, Is("how often a burst made up for a wait instead")]
    skipped_ns: Annotated[Whole, Is("cut from quiet gaps by `--max-gap`")]
    resent_batches: Annotated[Whole, Is("resent because the sink still lacked them")]
    connected_workers: Annotated[
        Whole, Is("workers or other consumers on --bind that are connected now")
    ]
    broadcast: Broadcast
    malformed_messages: Annotated[Whole, Is("dropped by the replayer")]
    mids: Annotated[Whole, Is("lines in mid_prices.log")]
    latency_skipped: Annotated[Whole, Is("lines in errors.log")]
    blank: Annotated[Whole, Is("quotes of which a side is missing: they have no line")]
    rejected: Annotated[Whole, Is("lines in rejected.log")]
    outside_session: Annotated[
        Whole | None,
        Is("quotes of this pass that do not arrive in the `--session`, left out; or null"),
    ]
    repeated: Annotated[
        Whole | None,
        Is(
            "quotes of this pass that stand in an earlier file too, left out by `--dedupe`; or null"
        ),
    ]
    gaps: Annotated[
        Whole, Is("lines in gaps.log: when a live feed, or a symbol of it, gave nothing")
    ]
    workers: list[Worker]
    sink: Sink
    problem: Annotated[str, Is("what the sink refuses and why, else empty")]
    feeds: list[Feed]
    capture: Capture | None
    diagnostics: list[Diagnostic]


def _described(of: Type, before: str) -> Iterator[tuple[str, str]]:
    """Yield each field that holds no others, by its path, with what it is."""
    if isinstance(of, UnionType):
        for each in of.types:
            yield from _described(each, before)
    elif isinstance(of, ListType):
        yield from _described(of.item_type, f"{before}[]")
    elif isinstance(of, StructType):
        for field_ in of.fields:
            path, kind = f"{before}.{field_.encode_name}".lstrip("."), field_.type
            if isinstance(kind, Metadata) and kind.extra_json_schema:
                yield path, kind.extra_json_schema["description"]
            else:
                yield from _described(kind, path)


FIELDS: Final = dict(_described(type_info(Status), ""))
