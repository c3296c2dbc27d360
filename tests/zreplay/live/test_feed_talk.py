"""A talk says what the venue wants, when it wants it, and tells what it heard."""

import json

import pytest
from msgspec.structs import replace

from zreplay.live.feed_talk import MAX_KINDS, FeedTalk
from zreplay.live.known_venues import known_venues, venue_of
from zreplay.live.reading_clock import FOREVER_NS
from zreplay.live.request_pace import RequestPace
from zreplay.live.venue import SECOND_NS, Notice, Venue

OKX, BYBIT, KUCOIN, DERIBIT = map(venue_of, ("okx", "bybit", "kucoin", "deribit"))
SILENT_NS = 30 * SECOND_NS


def talk_of(venue: Venue, *symbols: str, at_ns: int = 0) -> FeedTalk:
    talk = FeedTalk(venue, symbols or (venue.example,), SILENT_NS)
    talk.begin(at_ns)
    return talk


def said(talk: FeedTalk, until_ns: int) -> list[tuple[int, str]]:
    """Return what is said up to then, each time at its due time, and when."""
    spoken = []
    while (due_ns := talk.due_ns()) <= until_ns and not talk.fault(due_ns):
        spoken += [(due_ns, message.decode()) for message in talk.due(due_ns)]
    return spoken


def hear(talk: FeedTalk, text: str, now_ns: int = 1, recv_ns: int = 10**18) -> None:
    talk.hear(text.encode(), now_ns, recv_ns)


def test_requests_are_as_far_apart_as_the_venue_wants() -> None:
    talk = talk_of(BYBIT, *(f"S{number}" for number in range(1000)))
    spoken = said(talk, 19 * SECOND_NS)

    assert 100 == len(spoken)
    assert {BYBIT.limits.request_every_ns} == {
        later - sooner for (sooner, _), (later, _) in zip(spoken, spoken[1:], strict=False)
    }


@pytest.mark.parametrize("venue", known_venues(), ids=lambda venue: venue.name)
def test_a_thousand_symbols_are_asked_for_in_their_turn_and_it_is_known_how_far(
    venue: Venue,
) -> None:
    symbols = [f"S{number}" for number in range(1000)]
    most, every_ns = venue.limits.symbols_a_connection, venue.limits.request_every_ns
    talks = [
        talk_of(replace(venue, waits_for_welcome=False), *symbols[start : start + most])
        for start in range(0, 1000, most)
    ]
    for talk in talks:
        count = len(talk.subscriptions.last_ns)
        requests = -(-count // venue.limits.symbols_a_request)
        half_ns = (requests // 2) * every_ns
        said(talk, half_ns)
        half = min(count, (requests // 2 + 1) * venue.limits.symbols_a_request)
        asked = talk.subscriptions.counts(half_ns)
        assert (half, count - half) == (asked["asked"] + asked["silent"], asked["waiting"])
        said(talk, (requests - 1) * every_ns)
        assert talk.subscriptions.is_all_asked

    assert 1000 == sum(len(talk.subscriptions.asked_for) for talk in talks)


def test_what_is_asked_again_one_after_the_other_keeps_the_pace_too() -> None:
    limits = replace(OKX.limits, symbols_a_request=1)
    names = [f"{letter}-B" for letter in "ABCD"]
    talk = talk_of(replace(OKX, limits=limits), *names)
    every_ns = limits.request_every_ns
    assert 4 == len(said(talk, 3 * every_ns))
    hear(talk, '{"event":"error","code":"60012","msg":"Invalid request"}', 3 * every_ns)
    assert "60012 Invalid request" == talk.notices[0].text
    times, now_ns = [], 3 * every_ns
    for name in names:
        ((now_ns, request),) = said(talk, now_ns + every_ns)
        assert [name] == [arg["instId"] for arg in json.loads(request)["args"]]
        times.append(now_ns)
        answer = {"event": "error", "code": "60012", "msg": "Invalid request"}
        if name != "C-B":
            answer = {"event": "subscribe", "arg": {"channel": "bbo-tbt", "instId": name}}  # type: ignore[dict-item]
        hear(talk, json.dumps(answer), now_ns)

    assert [4 * every_ns, 5 * every_ns, 6 * every_ns, 7 * every_ns] == times
    assert ["C-B"] == list(talk.subscriptions.refused)
    assert {"acknowledged": 3, "refused": 1} == {
        state: number for state, number in talk.subscriptions.counts(now_ns).items() if number
    }


def test_a_symbol_that_has_quotes_was_not_refused() -> None:
    talk = talk_of(OKX, "A-B")
    said(talk, 1)
    hear(talk, '{"event":"error","code":"60012","msg":"Invalid request"}', 2)
    assert ["A-B"] == list(talk.subscriptions.refused)
    arg = {"channel": "bbo-tbt", "instId": "A-B"}
    row = {"asks": [["2", "1"]], "bids": [["1", "1"]], "ts": "1"}
    hear(talk, json.dumps({"arg": arg, "data": [row]}), 3)

    assert {"live": 1} == {
        state: number for state, number in talk.subscriptions.counts(4).items() if number
    }


def test_connections_share_the_pace_of_an_address_where_the_venue_counts_so() -> None:
    pace, every_ns = RequestPace(), DERIBIT.limits.request_every_ns
    talks = [FeedTalk(DERIBIT, [f"S{n}" for n in range(250)], 0, pace) for _ in range(2)]
    requests = []
    for talk in talks:
        talk.begin(0)
    for step in range(8):
        for talk in talks:
            requests += [
                at_ns for at_ns, text in said(talk, step * every_ns) if "subscribe" in text
            ]

    assert [step * every_ns for step in range(6)] == requests


def test_nothing_is_said_before_the_welcome_that_a_venue_wants_to_give() -> None:
    talk = talk_of(KUCOIN)
    assert [] == said(talk, FOREVER_NS - 1)
    hear(talk, '{"id":"x","type":"welcome"}', 5)
    ((at_ns, request),) = said(talk, SECOND_NS)

    assert (5, "subscribe") == (at_ns, json.loads(request)["type"])


def test_the_first_message_comes_before_the_requests() -> None:
    methods = [json.loads(text)["method"] for _, text in said(talk_of(DERIBIT), SECOND_NS)]

    assert ["public/set_heartbeat", "public/subscribe"] == methods


def test_a_ping_is_sent_each_interval_whatever_comes() -> None:
    talk, pings = talk_of(OKX), []
    for second in range(100):
        pings += [text for _, text in said(talk, second * SECOND_NS)]
        hear(talk, "pong", second * SECOND_NS)

    assert 4 == pings.count("ping")


def test_a_ping_that_is_not_answered_in_time_is_a_fault() -> None:
    talk = talk_of(OKX)
    said(talk, 20 * SECOND_NS)

    assert 30 * SECOND_NS == talk.due_ns()
    assert "" == talk.fault(30 * SECOND_NS - 1)
    assert "okx did not answer a ping in 10 s" == talk.fault(30 * SECOND_NS)


def test_a_fault_is_over_with_the_next_connection() -> None:
    talk = talk_of(OKX)
    said(talk, 30 * SECOND_NS)
    talk.begin(40 * SECOND_NS)

    assert "" == talk.fault(50 * SECOND_NS)


def test_data_alone_does_not_answer_a_ping() -> None:
    talk = talk_of(OKX)
    said(talk, 20 * SECOND_NS)
    hear(talk, quote(), 25 * SECOND_NS)

    assert talk.fault(30 * SECOND_NS)


def test_a_question_of_the_venue_is_answered_at_once() -> None:
    talk = talk_of(DERIBIT)
    said(talk, SECOND_NS)
    hear(talk, '{"method":"heartbeat","params":{"type":"test_request"}}')

    assert 0 == talk.due_ns()
    assert ["public/test"] == [json.loads(text)["method"] for text in talk.due(7)]


def test_what_was_refused_is_asked_for_again_no_sooner_than_the_venue_wants() -> None:
    talk = talk_of(BYBIT, "A1", "B1")
    said(talk, 0)
    hear(talk, '{"success":false,"ret_msg":"bad","op":"subscribe","req_id":"1"}', 1)
    spoken = said(talk, SECOND_NS)

    assert [BYBIT.limits.request_every_ns, 2 * BYBIT.limits.request_every_ns] == [
        at_ns for at_ns, _ in spoken
    ]
    hear(talk, '{"success":false,"ret_msg":"bad","op":"subscribe","req_id":"3"}', 2)
    assert ["B1"] == list(talk.subscriptions.refused)


def quote(symbol: str = "BTC-USDT", ts: str = "5") -> str:
    arg = {"channel": "bbo-tbt", "instId": symbol}
    return json.dumps({"arg": arg, "data": [{"asks": [["2", "1"]], "bids": [], "ts": ts}]})


def test_quotes_are_counted_with_their_latency_and_what_has_no_time() -> None:
    talk = talk_of(OKX)
    hear(talk, quote(ts="1000"), 7, recv_ns=1_005_000_000)
    hear(talk, quote(ts="0"), 8)
    hear(talk, quote("ETH-USDT"), 9, recv_ns=5_000_000)

    assert (3, 1) == (talk.quotes, talk.untimed)
    assert [5_000_000, 0] == list(talk.receipts.last_ns)
    assert {"BTC-USDT": 8} == talk.subscriptions.last_ns


def test_what_the_adapter_does_not_know_is_counted_by_kind_with_the_first() -> None:
    talk = talk_of(OKX)
    hear(talk, '{"new": \n "thing"}')
    hear(talk, '{"event":"strange"}')
    hear(talk, '{"event":"strange"}')

    assert {"neither an event nor data": 1, "event=strange": 2} == talk.unknown
    assert '{"new": "thing"}' == talk.first_unknown
    assert (
        '3 of 3 messages of okx are not quotes; the first: {"new": "thing"}; expected bbo-tbt'
        == talk.not_quotes
    )
    hear(talk, quote())
    assert "" == talk.not_quotes


def test_answers_and_heartbeats_are_no_lack_of_quotes() -> None:
    talk = talk_of(OKX)
    hear(talk, "pong")
    hear(talk, '{"event":"subscribe","arg":{"channel":"bbo-tbt","instId":"BTC-USDT"}}')

    assert "" == talk.not_quotes


def test_a_bad_quote_is_counted_too() -> None:
    talk = talk_of(OKX)
    hear(talk, quote().replace('"2"', '"x"'))

    assert 1 == talk.unknown.total()
    assert talk.not_quotes


def test_kinds_are_limited_in_number() -> None:
    talk = talk_of(OKX)
    for number in range(1000):
        hear(talk, f'{{"event":"{number}"}}')

    assert (MAX_KINDS + 1, 1000) == (len(talk.unknown), talk.unknown.total())


def test_an_error_of_nobody_knows_what_is_told_as_a_notice() -> None:
    talk = talk_of(OKX, "A-B", "C-D")
    hear(talk, '{"event":"error","code":"60014","msg":"too fast"}')

    assert [Notice("60014 too fast")] == talk.notices


def test_notices_are_kept_for_the_capture() -> None:
    talk = talk_of(OKX)
    hear(talk, '{"event":"notice","code":"64008","msg":"soon"}')

    assert [("64008 soon", True)] == talk.notices


def test_a_new_connection_remembers_nothing_of_the_book() -> None:
    venue = replace(BYBIT, ping=None)
    talk = talk_of(venue, "A")
    side = {"s": "A", "b": [["1", "1"]], "a": [], "u": 5}
    frame = {"topic": "orderbook.1.A", "type": "snapshot", "ts": 5, "data": side}
    hear(talk, json.dumps(frame))
    before = talk._read
    talk.begin(0)

    assert before is not talk._read


def test_a_heartbeat_of_the_venue_does_not_answer_a_ping() -> None:
    talk = talk_of(venue_of("kraken"))
    said(talk, 20 * SECOND_NS)
    hear(talk, '{"channel":"heartbeat"}', 25 * SECOND_NS)

    assert talk.fault(30 * SECOND_NS)


def quote_of_okx() -> str:
    row = {"asks": [["2", "1"]], "bids": [["1", "1"]], "ts": "1700000000000"}
    return json.dumps({"arg": {"channel": "bbo-tbt", "instId": "BTC-USDT"}, "data": [row]})


def test_a_connection_that_had_quotes_and_then_none_for_long_is_stale() -> None:
    talk = talk_of(OKX)
    assert "" == talk.stale(1000 * SILENT_NS)
    hear(talk, quote_of_okx(), SECOND_NS)

    assert "" == talk.stale(SECOND_NS + 4 * SILENT_NS - 1)
    assert "no quotes for 120 s" == talk.stale(SECOND_NS + 4 * SILENT_NS)
    talk.begin(0)
    assert "" == talk.stale(1000 * SILENT_NS)


def test_where_no_symbol_is_ever_silent_no_connection_is_stale() -> None:
    talk = FeedTalk(OKX, ("BTC-USDT",), 0)
    hear(talk, quote_of_okx())

    assert "" == talk.stale(10**18)


def test_an_answer_is_not_late_while_nothing_is_read_and_pings_are_sent_all_the_same() -> None:
    talk = talk_of(OKX)
    said(talk, 20 * SECOND_NS)
    talk.reading.hold_back(22 * SECOND_NS)
    spoken = said(talk, 3600 * SECOND_NS)
    assert ["ping"] * 179 == [text for _, text in spoken]
    assert "" == talk.fault(3600 * SECOND_NS)

    talk.reading.go_on(3600 * SECOND_NS)

    assert "" == talk.fault(3608 * SECOND_NS - 1)
    assert 3608 * SECOND_NS == talk.due_ns()
    assert "okx did not answer a ping in 10 s" == talk.fault(3608 * SECOND_NS)


def test_a_ping_that_was_sent_while_nothing_was_read_has_all_its_time_from_then_on() -> None:
    talk = talk_of(OKX)
    talk.reading.hold_back(SECOND_NS)
    said(talk, 60 * SECOND_NS)
    talk.reading.go_on(60 * SECOND_NS)

    assert "" == talk.fault(70 * SECOND_NS - 1)
    hear(talk, "pong", 70 * SECOND_NS - 1)
    assert "" == talk.fault(70 * SECOND_NS)


def test_nothing_is_stale_or_silent_by_a_time_in_which_nothing_was_read() -> None:
    talk = talk_of(OKX)
    said(talk, 0)
    hear(talk, quote_of_okx(), SECOND_NS)
    talk.reading.hold_back(2 * SECOND_NS)
    hour_ns = 3600 * SECOND_NS
    assert "" == talk.stale(hour_ns)
    assert [] == talk.subscriptions.silent(talk.reading.read_ns(hour_ns))

    talk.reading.go_on(hour_ns)

    late_ns = hour_ns - SECOND_NS + 4 * SILENT_NS
    assert ["", "no quotes for 120 s"] == [talk.stale(late_ns - 1), talk.stale(late_ns)]


def test_a_request_that_waits_for_an_answer_waits_until_it_is_read() -> None:
    talk = talk_of(OKX, "A-B", "C-D")
    said(talk, 0)
    hear(talk, '{"event":"error","code":"60012","msg":"Invalid request"}', SECOND_NS)
    said(talk, 2 * SECOND_NS)
    talk.reading.hold_back(2 * SECOND_NS)
    assert {"ping"} == {text for _, text in said(talk, 3600 * SECOND_NS)}
    talk.reading.go_on(3600 * SECOND_NS)

    assert ["subscribe"] == [
        json.loads(text)["op"] for _, text in said(talk, 3606 * SECOND_NS) if text != "ping"
    ]


def test_after_a_time_in_which_nothing_was_read_all_is_counted_as_before() -> None:
    talk = talk_of(OKX)
    talk.reading.hold_back(0)
    talk.reading.go_on(100 * SECOND_NS)
    assert 2 == len(list(talk.due(100 * SECOND_NS))), "a ping and a request"
    late_ns = 110 * SECOND_NS
    assert ["", "okx did not answer a ping in 10 s"] == [
        talk.fault(late_ns - 1),
        talk.fault(late_ns),
    ]
    silent_ns = talk.reading.read_ns(100 * SECOND_NS + SILENT_NS)
    assert [[], ["BTC-USDT"]] == [
        talk.subscriptions.silent(silent_ns - 1),
        talk.subscriptions.silent(silent_ns),
    ]

    hear(talk, quote_of_okx(), 130 * SECOND_NS)

    stale_ns = 130 * SECOND_NS + 4 * SILENT_NS
    assert ["", "no quotes for 120 s"] == [talk.stale(stale_ns - 1), talk.stale(stale_ns)]
    assert [] == talk.subscriptions.silent(talk.reading.read_ns(160 * SECOND_NS - 1))
    assert ["BTC-USDT"] == talk.subscriptions.silent(talk.reading.read_ns(160 * SECOND_NS))
