"""`zreplay ctl`: ask a replayer, and print its answer for a reader or as JSON."""

from typing import Final

import zmq

from protocol.error_codes import ERROR_CODES
from protocol.errors import EXIT_DONE, LinkError, SettingsError
from protocol.json_text import json_bytes
from protocol.messages import HISTORICAL
from protocol.program.answer import give_answer
from protocol.program.event_text import printable
from zreplay.controls.control import Answer, ControlClient
from zreplay.controls.status import pass_text, place_text
from zreplay.controls.worker_activity import WorkerActivity, worker_activities
from zreplay.quotes.duration_text import rounded_text

MAX_WORKER_ROWS: Final = 8
MAX_DIAGNOSTIC_ROWS: Final = 3


def ask_replayer(endpoint: str, timeout_ms: int, verb: str, value: str, as_json: bool) -> int:
    """Ask once and print the answer; return the exit code.

    Raises:
        LinkError: nothing answered in time, or what did is not a replayer.
        SettingsError: the replayer refused.
    """
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    client = ControlClient(context, endpoint, timeout_ms)
    try:
        answer = client.ask(verb, value)
    finally:
        client.close()
        context.term()
    if as_json:
        give_answer(json_bytes(answer).decode())
        return EXIT_DONE if answer.get("ok") else SettingsError.exit_code
    if not answer.get("ok"):
        what, fix, code = (str(answer.get(name, "")) for name in ("error", "fix", "code"))
        raise SettingsError(what, fix=fix, code=code if code in ERROR_CODES else "")
    texts = {"status": status_text, "stats": stats_text}
    try:
        text = texts.get(verb, _line)(answer)
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise LinkError(f"{endpoint} did not answer as a replayer does", code="Z304") from error
    give_answer(text)
    return EXIT_DONE


def _line(answer: Answer) -> str:
    changed = f"{answer['changed']}   " if "changed" in answer else ""
    count = answer.get("read_through", 0)
    slow = f"{count:,} file{'s' * (count != 1)} read through, without an index   " if count else ""
    return f"{changed}{slow}{_place(answer)}"


def _place(answer: Answer) -> str:
    waits = f" (waits for {answer['waits_for']})" if answer["waits_for"] else ""
    loop = f"  {text}" if (text := pass_text(answer)) else ""
    return (
        f"{answer['state']}{waits}  {answer['mode']}{_at(answer)}"
        f"{loop}  record {answer['record']:,}  epoch {answer['epoch']}"
    )


def _at(answer: Answer) -> str:
    where = place_text(answer)
    if answer["progress"] is None:
        return f"  at {where}" if where else ""
    share = f"{100 * answer['progress']:.1f} %"
    return f"  at {where} ({share})" if where else f"  at {share}"


def status_text(status: Answer) -> str:
    """Return the status on one screen."""
    flight = status["in_flight"]
    rows = [
        _place(status),
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
    ]
    workers = worker_activities(status, None)
    rows += [f"worker     {_worker(worker)}" for worker in workers[:MAX_WORKER_ROWS]]
    if len(workers) > MAX_WORKER_ROWS:
        rows.append(f"           ... {len(workers) - MAX_WORKER_ROWS} more")
    rows += [
        f"feed       {feed['url']}  {feed['state']}  {feed['messages']:,} messages  "
        f"{feed['reconnects']} reconnects"
        for feed in status["feeds"]
    ]
    if status["problem"]:
        rows.append(f"problem    {status['problem']}")
    rows += [
        f"{one['level']:<10} {one['time']}  {printable(one['text'])}"
        for one in status["diagnostics"][-MAX_DIAGNOSTIC_ROWS:]
    ]
    return "\n".join(rows)


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
    word = "  LOST" if worker.is_lost else "  SLOW" if worker.is_slow else ""
    return (
        f"{printable(worker.name)}  {worker.quotes:,} quotes ({worker.share:.0%})  "
        f"batch p99 {worker.batch_p99_ns / 1e6:.1f} ms  "
        f"seen {worker.seen_ago_ns / 1e9:.1f} s ago{word}"
    )


def stats_text(stats: Answer) -> str:
    """Return how accurate the timing is, in a few lines."""
    return "\n".join([_place(stats), *_timing_rows(stats)])


def _timing_rows(stats: Answer) -> list[str]:
    late, achieved = stats["lateness_ns"], stats["achieved_speed"]
    overall = "" if achieved is None else f"  {achieved:.4g}x overall"
    return [
        f"lateness   p50 {late['p50'] / 1e6:.2f} ms  p99 {late['p99'] / 1e6:.2f} ms  "
        f"max {late['max'] / 1e6:.2f} ms  over 1 ms {100 * stats['late_share']:.2f} %",
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
