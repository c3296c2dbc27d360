"""A number in a text from outside -> an integer, if it is within its limit.

`int` refuses more than 4,300 digits with a ValueError, and takes digits of any script.
"""


def whole_number(text: str, most: int) -> int | None:
    """Return the value of decimal digits, None if there are none or it is above `most`."""
    if not (text.isascii() and text.isdecimal()):
        return None
    digits = text.lstrip("0") or "0"
    if len(digits) > len(str(most)) or int(digits) > most:
        return None
    return int(digits)
