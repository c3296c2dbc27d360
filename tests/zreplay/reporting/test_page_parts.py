"""Whatever a value is, it is shown as text."""

from zreplay.reporting.page_parts import note, section, table

NASTY = "</td><script>alert(1)</script>"
SHOWN = "&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;"


def test_every_value_is_escaped() -> None:
    assert f"<h2>{SHOWN}</h2>\nbody" == section(NASTY, "body")
    assert f'<p class="note">{SHOWN}</p>\n' == note(NASTY)
    for html in (table([(NASTY, "1")]), table([("1", "2")], (NASTY, "b"))):
        assert NASTY not in html
        assert SHOWN in html


def test_numbers_below_a_head_stand_to_the_right() -> None:
    html = table([("BTC", "-1,234.5", "x1")], ("name", "number", "text"))

    assert '<tr><th>name</th><th class="n">number</th><th>text</th></tr>' in html
    assert '<tr><td>BTC</td><td class="n">-1,234.5</td><td>x1</td></tr>' in html
