"""Decode pages as browsers do."""

from __future__ import annotations

import pytest

from api.sources.readers.encoding import decode_page

CAFE = "<p>“Café”, said Zoë Kříž</p>"
ENCODINGS: list[tuple[bytes, str, str]] = [
    (CAFE.encode(), "text/html; charset=utf-8", CAFE),
    (CAFE.encode(), "text/html; charset=iso-8859-1", CAFE),
    (CAFE.encode(), "text/html; charset=no-such", CAFE),
    (b"\xef\xbb\xbf" + CAFE.encode(), "text/html", CAFE),
    (CAFE.encode("utf-16"), "text/html; charset=utf-8", CAFE),
    ("“Café”".encode("windows-1252"), "text/html; charset=iso-8859-1", "“Café”"),
    ("“Café”".encode("windows-1252"), "text/html; charset=US-ASCII", "“Café”"),
    ("“Café”".encode("windows-1252"), "", "“Café”"),
    ("“Café”".encode("windows-1252"), "text/html; charset=utf-8", "“Café”"),
    (b"<meta charset=windows-1252>" + "“Café”".encode("windows-1252"), "", "<meta charset=windows-1252>“Café”"),
    (b"<meta charset='iso-8859-2'>" + "Kříž".encode("iso-8859-2"), "text/html", "<meta charset='iso-8859-2'>Kříž"),
    ("Zoë".encode("koi8-r", "replace") + b"\xff", "text/html; charset='koi8-r'", "Zo?Ъ"),
    (b"caf\xe9", "text/html; charset=punycode", "café"),
    (b"caf\xe9", "text/html; charset=unicode_escape", "café"),
    (b"caf\xe9", "text/html; charset=hex", "café"),
    (b"", "", ""),
    # Labels are those of the WHATWG standard, and nothing else is an encoding.
    ("“Öğür”".encode("windows-1254"), "text/html; charset=iso-8859-9", "“Öğür”"),
    ("“Öğür”".encode("windows-1254"), "text/html; charset=LATIN5", "“Öğür”"),
    ("Правда".encode("cp1251"), "text/html; charset=x-cp1251", "Правда"),
    ("日本".encode("cp932"), "text/html; charset=Shift_JIS", "日本"),
    ("日本".encode("iso-2022-jp"), "text/html; charset=iso-2022-jp", "\x1b$BF|K\\\x1b(B"),  # it is ASCII, and so UTF-8
    ("中国".encode("gb18030"), "text/html; charset=gb2312", "中国"),
    ("Kříž“".encode("utf-16-le"), "text/html; charset=utf-16", "Kříž“"),
    (b"<meta charset=utf-16>caf\xe9", "", "<meta charset=utf-16>café"),
    (b"<meta charset=iso-8859-2>K\xf8\xed\xbe", "text/html; charset=iso-2022-kr", "<meta charset=iso-8859-2>Kříž"),
    (b"caf\xe9", "text/html; charset=x-user-defined", "café"),
    (b"caf\xe9", "text/html; charset=rot13", "café"),
    (b"\xef\xbb\xbfcaf\xe9", "text/html; charset=iso-8859-2", "caf\ufffd"),
    (b"\xfe\xff\x00a", "", "a"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "content_type", "expected"), ENCODINGS)
def test_decode_page(raw: bytes, content_type: str, expected: str) -> None:
    assert decode_page(raw, content_type).removeprefix("\ufeff") == expected
