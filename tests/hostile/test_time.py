"""No text takes longer to read than its length accounts for."""

import pytest

from .stretching import READINGS, is_slow

GROWING = [
    ("", "1", "x"),
    ("", "1", ""),
    ("0.", "1", "x"),
    ("1e", "1", "x"),
    ("", "1.", "x"),
    ("", "1 ", "x"),
    ("", "1,", ""),
    ("", "a", "!"),
    ("a@", "a.", "!"),
    ("a@", "a", "@"),
    ("a=", " ", '"'),
    ("a=", "a ", '"'),
    ("a", " ", "x"),
    ("a=", "a.", ""),
    ("", "a.", ""),
    ("", "[", ""),
    ("", "[a", "]"),
    ("a", "[]", "=1"),
    ("", "a=1&", ""),
    ("", "a[]=1&", ""),
    ("", "%", ""),
    ("", ";", ""),
    ('; name="', "; ", ""),
    ("\r\n", "--x\r\n", "\r\n"),
    ("", "\r\n\r\n", ""),
    ("", '{"a":', ""),
    ('"', "\\u0000", '"'),
    ('"', "\\ud800", '"'),
    ("", "\u0660", "x"),
    ("http://", "a@", "b"),
    ("", "ä\u0301", ""),
]
"""Beginning, repeated piece and end, each of a kind that some way of reading has stumbled over somewhere."""


@pytest.mark.parametrize("name", READINGS)
def test_a_long_text_takes_no_more_than_its_length(name: str) -> None:
    slow = [growing for growing in GROWING if is_slow(READINGS[name], *growing)]

    assert slow == []
