"""A recording becomes the JSON that an exchange would send, row by row, in its order."""

import json
from pathlib import Path

import msgspec
import pytest

from protocol.errors import InputError
from zreplay.live.live_message import LiveMessage, decode
from zreplay.mock_exchange import feed_tape
from zreplay.mock_exchange.feed_tape import FeedTape, TimedMessages

LIVE = ",index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount"
HISTORICAL = f"{LIVE},latency"
ROW = "0,29999,2025-10-02 23:59:57.290000,A-B@X,993.0,1.1309,3.9e-08,36.0"


def tape(tmp_path: Path, *lines: str, end: str = "\n") -> FeedTape:
    path = tmp_path / "quotes.csv"
    path.write_bytes((end.join(lines) + end).encode())
    return FeedTape(path)


def whole(tape: FeedTape) -> TimedMessages:
    portions = list(tape.portions())
    return TimedMessages(
        [time_ns for portion in portions for time_ns in portion.times_ns],
        [message for portion in portions for message in portion.messages],
        sum(portion.skipped for portion in portions),
    )


@pytest.mark.parametrize(
    "lines", [(LIVE, ROW), (HISTORICAL, f"{ROW},6.75"), (f"\ufeff{LIVE.upper()}", ROW, "")]
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_row_becomes_one_object_with_the_keys_in_order(
    tmp_path: Path, lines: tuple[str, ...], end: str
) -> None:
    portion = whole(tape(tmp_path, *lines, end=end))

    assert [1_759_449_597_290_000_000] == portion.times_ns
    assert (
        b'{"index":29999,"timestamp":"2025-10-02 23:59:57.290000","ticker":"A-B@X",'
        b'"ask_amount":993.0,"ask_price":1.1309,"bid_price":3.9e-08,"bid_amount":36.0}'
    ) == portion.messages[0]
    assert 0 == portion.skipped


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ("1,2,3,4", [1, 2, 3, 4]),
        (",2,3,nan", [None, 2, 3, None]),
        (".5,1.,+3,01", [0.5, 1.0, 3.0, 1.0]),
        ("-0,1E5,2e-3,0", [0, 100_000, 0.002, 0]),
    ],
)
def test_any_number_is_sent_as_json_writes_it(
    tmp_path: Path, numbers: str, expected: list[float | None]
) -> None:
    portion = whole(tape(tmp_path, LIVE, f"0,1,2025-10-02 23:59:57,A,{numbers}"))
    sent = json.loads(portion.messages[0])

    assert expected == [sent[name] for name in feed_tape.NUMBERS]


def test_columns_are_found_by_name_in_any_order_and_index_may_be_missing(
    tmp_path: Path,
) -> None:
    header = "bid_price,ticker,more,timestamp,ask_price,bid_amount,ask_amount"
    portion = whole(tape(tmp_path, header, '1,"A,""B""",?,2025-10-02 23:59:57,2,3,4'))

    assert {
        "timestamp": "2025-10-02 23:59:57",
        "ticker": 'A,"B"',
        "ask_amount": 4,
        "ask_price": 2,
        "bid_price": 1,
        "bid_amount": 3,
    } == json.loads(portion.messages[0])


@pytest.mark.parametrize(
    "row",
    [
        "0,1,2025-10-02 23:59:57,A,1,2,3",
        "0,1,yesterday,A,1,2,3,4",
        "0,1,2025-10-02 23:59:57,,1,2,3,4",
        "0,1,2025-10-02 23:59:57,A,1,,3,4",
        "0,1,2025-10-02 23:59:57,A,1,inf,3,4",
        "0,1,2025-10-02 23:59:57,A,inf,2,3,4",
        "0,1,2025-10-02 23:59:57,A,1,2,x,4",
        "0,one,2025-10-02 23:59:57,A,1,2,3,4",
        f"0,1,2025-10-02 23:59:57,{'A' * 140_000},1,2,3,4",
    ],
)
def test_a_row_that_is_no_quote_is_left_out_and_counted(tmp_path: Path, row: str) -> None:
    portion = whole(tape(tmp_path, LIVE, ROW, row, "", ROW))

    assert (2, 1) == (len(portion.messages), portion.skipped)


def test_a_long_file_comes_in_strips_and_each_reading_from_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_tape, "PORTION_ROWS", 3)
    rows = [ROW.replace("29999", str(number)) for number in range(8)]
    recording = tape(tmp_path, LIVE, *rows)

    for _ in range(2):
        portions = list(recording.portions())
        assert [3, 3, 2] == [len(portion.messages) for portion in portions]
        sent = [
            json.loads(message)["index"] for portion in portions for message in portion.messages
        ]
        assert list(range(8)) == sent


def test_what_is_sent_is_what_the_live_source_reads(tmp_path: Path) -> None:
    portion = whole(tape(tmp_path, LIVE, ROW, ROW.replace("36.0", "").replace("A-B", "Ä\\😀")))

    block, rejections = decode(
        LiveMessage(0, message, 1000 * number) for number, message in enumerate(portion.messages)
    )

    assert [] == rejections
    assert portion.times_ns == block.timestamp_ns.tolist()
    assert ("A-B@X", "Ä\\😀@X") == block.ticker_names
    assert all(msgspec.json.decode(message) for message in portion.messages)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "No such file or directory"),
        (b"", "is empty"),
        (b"timestamp,ticker\n", "has no column ask_amount, ask_price, bid_price, bid_amount"),
    ],
)
def test_a_file_that_cannot_be_played_is_refused_at_once(
    tmp_path: Path, content: bytes | None, what: str
) -> None:
    path = tmp_path / "quotes.csv"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InputError, match=what):
        FeedTape(path)


def test_a_directory_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Is a directory"):
        FeedTape(tmp_path)
