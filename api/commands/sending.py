"""Send answers: what a client does not take at once waits in memory, so that clients that read slowly hold no thread."""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from typing import Any

STALL_SECONDS = 120  # that a thread waits for a client to take a piece of an answer, or to send a piece of an import
# Bytes of an answer that wait for its client while no thread does. Only exports are longer, and articles of a million
# characters with their quotes.
MAX_UNSENT_BYTES = 8 * 1024 * 1024
_PIECE = 256 * 1024


class ClientSocket(socket.socket):
    """A connection to a client. It never blocks to send, and `unsent` is what the client has not taken yet.

    Where it blocks to receive, it does so for STALL_SECONDS at most, and then counts as broken.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.unsent = bytearray()

    def setblocking(self, flag: bool, /) -> None:
        """Let calls wait, or not."""
        self.settimeout(STALL_SECONDS if flag else 0)

    def sendall(self, data: Any, *_flags: int) -> None:
        """Send bytes, and keep what the client does not take now: MAX_UNSENT_BYTES at most, or wait until that is all.

        Raise BrokenPipeError if the client is too slow even for that.
        """
        self.unsent += data
        if self.flush() or len(self.unsent) <= MAX_UNSENT_BYTES:
            return
        ready = select.poll()
        ready.register(self, select.POLLOUT)
        end = time.monotonic() + STALL_SECONDS
        while not self.flush() and len(self.unsent) > MAX_UNSENT_BYTES // 2:
            left = end - time.monotonic()
            if left <= 0 or not ready.poll(1000 * left):
                self.unsent.clear()
                raise BrokenPipeError(errno.EPIPE, "the client is too slow")

    def flush(self) -> bool:
        """Send what the client takes now. Return whether nothing is left. Raise OSError where the connection is broken."""
        while self.unsent:
            try:
                with memoryview(self.unsent) as unsent, unsent[:_PIECE] as piece:
                    sent = os.write(self.fileno(), piece)  # this socket's own send would wait
            except BlockingIOError:
                return False
            except OSError:
                self.unsent.clear()
                raise
            del self.unsent[:sent]
        return True

    def recv(self, *arguments: Any) -> bytes:
        """Return some bytes. Raise BrokenPipeError if the client sends none for too long."""
        try:
            return super().recv(*arguments)
        except TimeoutError:
            raise BrokenPipeError(errno.EPIPE, "the client is too slow") from None
