"""Every reader of time texts accepts the same texts, with the same values.

`instant_ns` is the definition. The others read many at once: a column of texts, pyarrow's
columns of a CSV, its suspects, the compiled lines, Parquet, and messages of a feed.
"""

import random
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from tests.quote_forms import FORMS, Text
from zreplay.quotes.timestamp_column import FEW_TEXTS, timestamps_ns
from zreplay.quotes.timestamp_text import instant_ns
from zreplay.recordings.csv.csv_header import layout_of
from zreplay.recordings.csv.csv_rows import FEW_LINES
from zreplay.recordings.csv.csv_suspects import oddly_spelled

OTHERS = 2 * FEW_LINES
SECOND = "2025-10-02 23:59:57"
EDGES = (
    # the ends of 64 bits, and of whole seconds and years near them
    *("1677-09-21 00:12:43.145224191", "1677-09-21 00:12:43.145224192"),
    *("1677-09-21 00:12:43", "1677-09-21 00:12:43.2", "1677-09-21 00:12:43.999999999"),
    *("1677-09-21 00:12:44", "1677-12-31 23:59:59.999999999", "1678-01-01 00:00:00"),
    *("2261-12-31 23:59:59.999999999", "2262-01-01 00:00:00", "2262-04-11 23:47:16"),
    *("2262-04-11 23:47:16.854775807", "2262-04-11 23:47:16.854775808", "2262-04-12 00:00:00"),
    *("0000-01-01 00:00:00", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "1500-01-01 00:00:00"),
    *("1969-12-31 23:59:59.999999999", "1970-01-01 00:00:00", "1970-01-01 00:00:00.000000001"),
    # decimals
    *(f"{SECOND}.{'123456789'[:count]}" for count in range(10)),
    *(f"{SECOND}.1234567890", f"{SECOND}.000000000", f"{SECOND}.9Z", f"{SECOND},5", f"{SECOND}.-1"),
    # zones and joints
    *(f"{SECOND}Z", f"{SECOND}.5Z", f"{SECOND}z", f"{SECOND}ZZ", f"{SECOND} Z", f"{SECOND}.Z"),
    *(f"{SECOND}+00:00", f"{SECOND}-00:00", f"{SECOND}+0000", f"{SECOND}+00", f"{SECOND}.5+01:00"),
    *(f"{SECOND}+00:00Z", f"{SECOND}Z+00:00", f"{SECOND}+24:00", f"{SECOND}-23:59", f"{SECOND}+1"),
    *(SECOND.replace(" ", joint) for joint in ("T", "t", "  ", "", "_", "\t", "\u00a0")),
    f"{SECOND.replace(' ', 'T')}Z",
    # days and times of day that there are, or are not
    *(f"{day} 00:00:00" for day in ("2024-02-29", "2025-02-29", "2000-02-29", "1900-02-29")),
    *(f"{day} 00:00:00" for day in ("2025-04-31", "2025-13-01", "2025-00-01", "2025-01-00")),
    *(f"2025-10-02 {time}" for time in ("24:00:00", "23:60:00", "23:59:60", "23:59:61")),
    # other spellings
    *("", "NaT", "nan", "now", "0", "1759449597", "2025-10-02", "2025-10-02 23:59", "23:59:57"),
    *("2025-10-02 23", "25-10-02 23:59:57", "2025-1-2 3:4:5", "20251002 235957"),
    "2025/10/02 23:59:57",
    *(f" {SECOND}", f"{SECOND} ", f"+{SECOND}", f"-{SECOND}", f"12025{SECOND[4:]}"),
    *("２025-10-02 23:59:57", f"{SECOND}.５", "2025-10-0２ 23:59:57", "٢025-10-02 23:59:57"),
)  # fmt: skip


def read_column(texts: Sequence[str]) -> list[int | None]:
    instants, is_timestamp = timestamps_ns(texts)
    found = zip(instants.tolist(), is_timestamp.tolist(), strict=True)
    return [instant if is_one else None for instant, is_one in found]


def read_among(form: str, folder: Path, texts: Sequence[str], others: int) -> list[int | None]:
    """Return what these timestamps of a recording are, None where the row is rejected.

    So many good rows stand behind them.
    """
    rows = [
        Text(str(number), timestamp, "A", "1", "2", "1", "3", "0")
        for number, timestamp in enumerate([*texts, *([SECOND] * others)])
    ]
    pieces, rejections = FORMS[form](folder, rows)
    found = {
        number: timestamp_ns
        for block in [piece.block for piece in pieces]
        for number, timestamp_ns in zip(
            block.index.tolist(), block.timestamp_ns.tolist(), strict=True
        )
    }
    assert len(rows) == len(found) + len(rejections)
    return [found.get(number) for number in range(len(texts))]


def altered_texts(seed: int, count: int) -> list[str]:
    """Return times of three centuries, in every form, most of them spoilt in one place."""
    chance = random.Random(seed)
    texts = []
    for _ in range(count):
        day = f"{chance.randrange(1850, 2100)}-{chance.randrange(14):02}-{chance.randrange(33):02}"
        time = f"{chance.randrange(25):02}:{chance.randrange(61):02}:{chance.randrange(61):02}"
        decimals = "".join(chance.choices("0123456789", k=chance.randrange(11)))
        text = day + chance.choice(" T") + time + ("." + decimals if decimals else "")
        text += chance.choice(("", "", "Z"))
        if chance.random() < 0.3:
            place = chance.randrange(len(text))
            text = text[:place] + chance.choice("0123456789-:. TZ+x") + text[place + 1 :]
        texts.append(text)
    # A year that is another one could be late to all the others.
    return [text for text in texts if 1800 <= int(f"0{text[:4]}" if text[:4].isdigit() else 1900)]


def test_one_text_is_the_same_alone_and_in_a_column() -> None:
    expected = [instant_ns(text) for text in EDGES]

    assert expected == [read_column([text])[0] for text in EDGES]
    assert expected == [read_column([text] * (FEW_TEXTS + 1))[-1] for text in EDGES]
    assert expected == read_column(EDGES)


@pytest.mark.parametrize("others", [0, OTHERS], ids=["alone", "among others"])
@pytest.mark.parametrize("form", FORMS)
def test_a_timestamp_of_a_recording_is_what_the_text_is(
    form: str, others: int, tmp_path: Path
) -> None:
    texts = EDGES if form not in ("live", "capture") else [*filter(_is_near, EDGES)]
    texts = [text for text in texts if not text.isdecimal()]  # alone it is one since 1970

    found = [read_among(form, tmp_path, [text], others)[0] for text in texts]

    assert [(text, instant_ns(text)) for text in texts] == [*zip(texts, found, strict=True)]


@pytest.mark.parametrize("form", FORMS)
def test_texts_that_nobody_chose_are_read_alike_in_every_form(form: str, tmp_path: Path) -> None:
    texts = altered_texts(1, 1_200)
    parts = [texts[first : first + 40] for first in range(0, len(texts), 40)]

    found = [instant for part in parts for instant in read_among(form, tmp_path, part, OTHERS)]

    expected = [instant_ns(text) for text in texts]
    assert 100 < sum(instant is None for instant in expected) < len(texts) - 100
    assert [*zip(texts, expected, strict=True)] == [*zip(texts, found, strict=True)]


def test_what_is_suspected_is_no_time_or_of_a_year_at_the_ends() -> None:
    layout = layout_of(tuple(Text._fields), "a.csv")
    texts = [text for text in (*EDGES, *altered_texts(2, 2_000)) if "\n" not in text]
    columns = {name: [b"1"] * len(texts) for name in layout.places}
    columns["timestamp"] = [text.encode() for text in texts]
    table = pa.table(
        {f"f{place}": pa.array(columns[name], pa.binary()) for name, place in layout.places.items()}
    )

    is_suspect = oddly_spelled(table, layout)

    expected = [instant_ns(text) is None or text[:4] in ("1677", "2262") for text in texts]
    assert [*zip(texts, expected, strict=True)] == [*zip(texts, is_suspect.tolist(), strict=True)]


def _is_near(text: str) -> bool:
    """A message comes now: a quote of another century cannot have a latency."""
    instant = instant_ns(text)
    return instant is None or abs(instant) < 2**62
