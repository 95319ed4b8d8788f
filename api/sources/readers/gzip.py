"""gzip: decompress streams, with bounds on how much may come out of them."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import Any

from api.sources.readers.record import CHUNK_BYTES, Bad, Stream

# Bytes that one byte of gzip may become. JSON of articles becomes 3 to 10, very uniform JSON 100; a bomb has 1,000.
MAX_RATIO = 200
RATIO_AFTER = 64 * 1024 * 1024  # bytes that may come out before the ratio is looked at


def gunzip(stream: Stream, max_bytes: int, ratio_after: int = RATIO_AFTER) -> io.BufferedReader:
    """Return the decompressed stream. Reading it raises Bad if the data are damaged, a bomb, or over `max_bytes`.

    A bomb is a stream out of which more than `ratio_after` bytes come, and more than MAX_RATIO times its own size.
    """
    return io.BufferedReader(_Gunzip(stream, max_bytes, ratio_after), CHUNK_BYTES)


class _Gunzip(io.RawIOBase):
    def __init__(self, stream: Stream, max_bytes: int, ratio_after: int) -> None:
        self.max_bytes, self.ratio_after = max_bytes, ratio_after
        self.packed, self.unpacked_bytes = _CountingStream(stream), 0
        self.gzip = gzip.GzipFile(fileobj=self.packed)  # type: ignore[call-overload]  # it declares more than it uses

    def readable(self) -> bool:
        """Return True: io.BufferedReader asks."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Put decompressed bytes into `buffer` and return how many. Raise Bad."""
        try:
            chunk = self.gzip.read1(len(buffer))
        except EOFError:
            raise Bad("the gzip data break off before their end") from None
        except gzip.BadGzipFile as error:
            raise Bad(f"not gzip: {error}") from None
        except zlib.error:
            raise Bad("the gzip data are damaged") from None
        self.unpacked_bytes += len(chunk)
        if self.unpacked_bytes > self.max_bytes:
            raise Bad(f"more than {self.max_bytes:,} bytes come out of the gzip data")
        if self.unpacked_bytes > max(self.ratio_after, MAX_RATIO * self.packed.read_bytes):
            raise Bad(f"the gzip data swell to more than {MAX_RATIO} times their size")
        buffer[: len(chunk)] = chunk
        return len(chunk)


class _CountingStream:
    """A stream as gzip reads it, which counts the bytes it has given."""

    def __init__(self, stream: Stream) -> None:
        self.stream, self.read_bytes = stream, 0

    def read(self, size: int) -> bytes:
        """Return some bytes, at most `size`."""
        chunk = self.stream.read1(size)
        self.read_bytes += len(chunk)
        return chunk
