"""`zreplay ctl`: ask a replayer, and print its answer for a reader or as JSON."""

from pathlib import Path
from typing import Final

from protocol.error_codes import ERROR_CODES
from protocol.errors import EXIT_DONE, LinkError, SettingsError, ZreplayError
from protocol.json_text import json_bytes
from protocol.messages import HISTORICAL
from protocol.program.answer import SCHEMA, give_answer
from protocol.program.event_text import printable
from protocol.program.key_options import connecting_guard
from protocol.refusals import context_of
from zreplay.controls.control import ControlClient
from zreplay.controls.responder import Answer
from zreplay.controls.status import pass_text, position_text
from zreplay.controls.ticker_text import (
    LAST_MID_DIGITS,
    MEAN_SPREAD_DIGITS,
    left_out_text,
    missing_text,
    number_text,
)
from zreplay.controls.worker_activity import WorkerActivity, worker_activities
from zreplay.quotes.duration_text import rounded_text

CONNECTED: Final = "connected"
EVERY_CHANGE: Final = "every change of the best bid and ask"
UNVERIFIED: Final = "[unverified]"
MAX_WORKER_ROWS: Final = 8
MAX_DIAGNOSTIC_ROWS: Final = 3
MAX_TICKER_ROWS: Final = 20


def ask_replayer(
    endpoint: str,
    timeout_ms: int,
    verb: str,
    value: str,
    as_json: bool,
    folder: Path | None = None,
    key: str = "",
    request_id: str = "",
) -> int:
    """Ask once and print the answer; return the exit code.

    With the folder of its results, what is committed of each ticker is printed too. A request with
    an id is done once, however often it is sent.

    Raises:
        LinkError: nothing answered in time, or what did is not a replayer.
        KeyRefused: it does not let us in.
        SettingsError: the replayer refused, or the folder has no table.
        ResultLogError: the folder holds no run.
    """
    context = context_of(connecting_guard(key))
    client = ControlClient(context, endpoint, timeout_ms)
    try:
        answer = client.ask(verb, value, request_id)
    finally:
        client.close()
        context.destroy(linger=0)
    if folder is not None and answer.get("ok"):
        from zreplay.controls.ticker_reading import tickers_of  # and with it pyarrow

        answer["tickers"] = tickers_of(folder)
    if as_json:
        give_answer(json_bytes({"schema": SCHEMA, **answer}).decode())
        return EXIT_DONE if answer.get("ok") else _refusal(answer).exit_code
    if not answer.get("ok"):
        raise _refusal(answer)
    texts = {"status": status_text, "stats": stats_text}
    try:
        text = texts.get(verb, _line)(answer)
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise LinkError(f"{endpoint} did not answer as a replayer does", code="Z304") from error
    give_answer("\n".join([text, *ticker_rows(answer)]) if folder is not None else text)
    return EXIT_DONE


def _refusal(answer: Answer) -> ZreplayError:
    """Return why a replayer does not do what it was asked."""
    what, fix, code = (str(answer.get(name, "")) for name in ("error", "fix", "code"))
    kind = LinkError if code.startswith("Z3") else SettingsError
    return kind(what, fix=fix, code=code if code in ERROR_CODES else "")


def _line(answer: Answer) -> str:
    changed = f"{answer['changed']}   " if "changed" in answer else ""
    count = answer.get("read_through", 0)
    slow = f"{count:,} file{'s' * (count != 1)} read through, without an index   " if count else ""
    return f"{changed}{slow}{_position(answer)}"


def _position(answer: Answer) -> str:
    waits = f" (waits for {answer['waits_for']})" if answer["waits_for"] else ""
    loop = f"  {text}" if (text := pass_text(answer)) else ""
    return (
        f"{answer['state']}{waits}  {answer['mode']}{_at(answer)}"
        f"{loop}  record {answer['record']:,}  epoch {answer['epoch']}"
    )


def _at(answer: Answer) -> str:
    where = position_text(answer)
    if answer["progress"] is None:
        return f"  at {where}" if where else ""
    share = f"{100 * answer['progress']:.1f} %"
    return f"  at {where} ({share})" if where else f"  at {share}"


def status_text(status: Answer) -> str:
    """Return the status on one screen."""
    flight = status["in_flight"]
    rows = [
        _position(status),
        *_left(status),
        f"run        {status['run'][:8]}  pid {status['pid']}  speed {status['speed']}",
        f"sent       {status['sent']:,}  {status['sent_per_second']:,.0f}/s",
        f"committed  {status['committed']:,}  {status['committed_per_second']:,.0f}/s  "
        f"mids {status['mids']:,}  over the latency threshold {status['latency_skipped']:,}"
        + (f"  blank {status['blank']:,}" if status["blank"] else ""),
        f"in flight  {flight['quotes']:,} of {flight['window_quotes']:,} quotes  "
        f"{flight['bytes']:,} of {flight['window_bytes']:,} bytes",
        *_timing_rows(status),
        f"age        {_ages(status)}",
        f"resent     {status['resent_batches']:,} batches  "
        f"duplicates {status['sink']['duplicates']:,}  rejected rows {status['rejected']:,}",
        *_left_out(status),
    ]
    if status["broadcast"]["address"]:
        rows.append(
            "broadcast  {address}  {subscribers:,} subscribers".format(**status["broadcast"])
        )
    workers = worker_activities(status, None)
    rows += [f"worker     {_worker(worker)}" for worker in workers[:MAX_WORKER_ROWS]]
    if len(workers) > MAX_WORKER_ROWS:
        rows.append(f"           ... {len(workers) - MAX_WORKER_ROWS} more")
    for feed in status["feeds"]:
        rows += _feed_rows(feed)
    if status["problem"]:
        rows.append(f"problem    {status['problem']}")
    rows += [
        f"{one['level']:<10} {one['time']}  {printable(one['text'])}"
        for one in status["diagnostics"][-MAX_DIAGNOSTIC_ROWS:]
    ]
    return "\n".join(rows)


def ticker_rows(status: Answer) -> list[str]:
    """Return what is committed of each ticker, those with most quotes first."""
    tickers = status["tickers"]
    head = (
        f"tickers    {tickers['count']:,}",
        *("quotes", "mids", "skipped", "last mid", "mean spread"),
    )
    shown = tickers["listed"][:MAX_TICKER_ROWS]
    columns = [
        (
            f"  {printable(one['ticker'])}",
            *(f"{one[name]:,}" for name in ("quotes", "mids", "skipped")),
            number_text(one["last_mid"], LAST_MID_DIGITS),
            number_text(one["mean_spread"], MEAN_SPREAD_DIGITS),
        )
        for one in shown
    ]
    width = max(len(row[0]) for row in (head, *columns))
    rows = [
        f"{name:<{width}}" + "".join(f"  {one:>12}" for one in rest)
        for name, *rest in (head, *columns)
    ]
    rest = tickers["left_out"]["tickers"] + len(tickers["listed"]) - len(shown)
    quotes = tickers["left_out"]["quotes"]
    quotes += sum(one["quotes"] for one in tickers["listed"][len(shown) :])
    more = (left_out_text(rest, quotes), missing_text(tickers["missing_segments"]))
    return [*rows, *(f"  {text}" for text in more if text)]


def _feed_rows(feed: Answer) -> list[str]:
    """Return what became of a feed, and of what was asked of its venue."""
    reason = f"  {printable(feed['last_error'])}" if feed["state"] != CONNECTED else ""
    rows = [
        f"feed       {feed['url']}  {feed['state']}  {feed['messages']:,} messages  "
        f"{feed['reconnects']} reconnects{reason}"
    ]
    if feed["lack"]:
        rows.append(f"           {printable(feed['lack'])}")
    if feed["latency_ns"]:
        p50, p99 = (feed["latency_ns"][name] / 1e6 for name in ("p50", "p99"))
        rows.append(f"           receipt - exchange p50 {p50:.1f} ms  p99 {p99:.1f} ms")
    if not feed["venue"]:
        return [*rows, f"           silent: {feed['silent']}"] if feed["silent"] else rows
    states = "  ".join(f"{name} {count:,}" for name, count in feed["symbols"].items() if count)
    rows.append(f"           {feed['venue']}  {feed['quotes']:,} quotes  symbols: {states}")
    if not feed["shows"].startswith(EVERY_CHANGE) or UNVERIFIED in feed["shows"]:
        rows.append(f"           shows {printable(feed['shows'])}")
    if feed["untimed"]:
        rows.append(f"           {feed['untimed']:,} quotes have the time of receipt, having none")
    for name in ("silent", "refused"):
        if feed[name]:
            rows.append(f"           {name}: {printable(feed[name])}")
    if feed["not_quotes"]:
        kinds = ", ".join(f"{one['kind']} {one['count']:,}" for one in feed["not_quotes"])
        rows.append(f"           not quotes: {printable(kinds)}")
    return rows


def _left_out(status: Answer) -> list[str]:
    """Say what the options left out, if anything."""
    names = (("outside_session", "outside the session"), ("repeated", "by --dedupe"))
    said = [f"{status[name]:,} {text}" for name, text in names if status[name]]
    return [f"left out   {'  '.join(said)}"] if said else []


def _left(status: Answer) -> list[str]:
    """Say how long the rest takes, or that nobody knows how much is done."""
    if status["mode"] != HISTORICAL:
        return []
    if status["left_ns"] is not None:
        return [f"left       {rounded_text(status['left_ns'])}"]
    known = "not known yet" if status["progress_of"] else "not known, nor how much is done"
    return [f"left       {known}"]


def _ages(status: Answer) -> str:
    """Return how long it took from sending to commit."""
    age = status["age_ns"]
    if age is None:
        return "nothing acknowledges"
    times = "  ".join(f"{name} {age[name] / 1e6:.2f} ms" for name in ("p50", "p99", "max"))
    return f"{times}  from sending to commit"


def _worker(worker: WorkerActivity) -> str:
    return (
        f"{printable(worker.name)}  {worker.quotes:,} quotes ({worker.share:.0%})  "
        f"batch p99 {worker.batch_p99_ns / 1e6:.1f} ms  "
        f"seen {worker.seen_ago_ns / 1e9:.1f} s ago{worker.word and f'  {worker.word}'}"
    )


def stats_text(stats: Answer) -> str:
    """Return how accurate the timing is, in a few lines."""
    return "\n".join([_position(stats), *_timing_rows(stats)])


def _timing_rows(stats: Answer) -> list[str]:
    late, achieved = stats["lateness_ns"], stats["achieved_speed"]
    overall = "" if achieved is None else f"  {achieved:.4g}x overall"
    # Live quotes are never late: what there is of it is of the files, and stands still.
    lateness = [
        f"lateness   p50 {late['p50'] / 1e6:.2f} ms  p99 {late['p99'] / 1e6:.2f} ms  "
        f"max {late['max'] / 1e6:.2f} ms  over 1 ms {100 * stats['late_share']:.2f} %"
    ]
    return [
        *(lateness if stats["mode"] == HISTORICAL else []),
        f"speed      {stats['speed']} asked  {stats['speed_now']:.4g}x now{overall}",
        f"waited     {_seconds(stats, 'window_blocked_ns')} for the sink  "
        f"{_seconds(stats, 'workers_blocked_ns')} for workers  "
        f"{_seconds(stats, 'starved_ns')} for the source  "
        f"{_seconds(stats, 'frozen_ns')} frozen",
        f"clock      stretched {_seconds(stats, 'stretched_ns')}  "
        f"caught up {stats['caught_up']} times  gaps cut {_seconds(stats, 'skipped_ns')}",
    ]


def _seconds(stats: Answer, name: str) -> str:
    return f"{stats[name] / 1e9:.1f} s"
