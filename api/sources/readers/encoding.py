"""Encodings: bytes as text."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import webencodings

from api.sources.readers.record import CHUNK_BYTES, Bad

META_BYTES = 4096  # of a page, in which a <meta> may name its encoding; browsers look at 1,024
_CHARSET = r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)"
_IN_TYPE = re.compile(_CHARSET, re.IGNORECASE)
_IN_META = re.compile(b"<meta[^>]+" + _CHARSET.encode(), re.IGNORECASE)
_UTF_16 = ("utf-16le", "utf-16be")
# Encodings that no page is decoded in. The replacement encoding stands for ones that browsers refuse; the other is a trick
# of scripts. UTF-8 has been tried before any label is looked at.
_REFUSED = ("replacement", "x-user-defined", "utf-8")


def decode_utf8(raw: bytes) -> str:
    """Return `raw` as text, without a byte order mark. Raise Bad if it is not UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Bad(f"not UTF-8 (byte {error.start + 1})") from None


def decode_page(raw: bytes, content_type: str = "") -> str:
    """Return the text of a web page, decoded as browsers do (WHATWG Encoding Standard); bytes that do not fit are U+FFFD.

    A byte order mark decides. Else bytes that are UTF-8 are taken for that, whatever labels say: nothing else looks like it
    by chance. Else the charset of the Content-Type decides, or that of a <meta>, or windows-1252.
    """
    with suppress(UnicodeDecodeError):
        return raw.decode("utf-8-sig")
    encoding = next(_named(raw, content_type), "windows-1252")
    text: str = webencodings.decode(raw, encoding)[0]  # a byte order mark goes before the name
    return text


def _named(raw: bytes, content_type: str) -> Iterator[str]:
    """Yield the encodings that the Content-Type and a <meta> name, if they are among those of the standard.

    The standard has no encoding that is slow to decode. Python has: punycode takes time that grows with the square of the
    length. So labels are never given to Python's own look-up.
    """
    if in_type := _IN_TYPE.search(content_type):
        encoding = webencodings.lookup(in_type[1])
        if encoding and encoding.name not in _REFUSED:
            yield encoding.name
    if in_meta := _IN_META.search(raw[:META_BYTES]):
        encoding = webencodings.lookup(in_meta[1].decode())
        if encoding and encoding.name not in (*_REFUSED, *_UTF_16):  # a <meta> that was read as ASCII is not UTF-16
            yield encoding.name


def utf16_as_utf8(stream: io.BufferedReader) -> io.BufferedReader:
    """Return the stream in UTF-8 if it is UTF-16, which spreadsheets call Unicode text, and else as it is."""
    start = stream.peek(4)[:4]
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif len(start) == 4 and start[1::2] == b"\0\0":
        encoding = "utf-16-le"
    elif len(start) == 4 and start[::2] == b"\0\0":
        encoding = "utf-16-be"
    else:
        return stream
    return io.BufferedReader(_Recoded(stream, encoding), CHUNK_BYTES)


class _Recoded(io.RawIOBase):
    """A stream in UTF-8. What cannot be decoded is U+FFFD."""

    def __init__(self, stream: io.BufferedReader, encoding: str) -> None:
        self.stream, self.left = stream, b""
        self.decoder = codecs.getincrementaldecoder(encoding)("replace")

    def readable(self) -> bool:
        """Return True: io.BufferedReader asks."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Put bytes into `buffer` and return how many."""
        while not self.left:
            chunk = self.stream.read1(CHUNK_BYTES)
            self.left = self.decoder.decode(chunk, final=not chunk).encode("utf-8", "replace")
            if not chunk:
                break
        piece, self.left = self.left[: len(buffer)], self.left[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)
