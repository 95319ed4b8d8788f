"""A worker of gunicorn that receives each request whole before one of its threads takes it.

gunicorn's own threaded worker gives a connection to a thread once its first byte is there. So 16 clients that send half a
request stop a server of two processes. Here one loop reads from all connections, and threads only work (decision 0033).
"""

from __future__ import annotations

import errno
import json
import re
import selectors
import socket
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.http import errors as gunicorn_errors
from gunicorn.workers.gthread import TConn, ThreadWorker

from api.commands.sending import STALL_SECONDS, ClientSocket
from api.http.problems import CONTENT_TYPE, PROBLEMS, Problem, details
from api.http.turns import MAX_BODY_BYTES

HEAD_SECONDS = 20  # until the request line and the headers must be there
# Until the body must be there, and how many bytes win another second: a telephone line of 40 kbit/s is fast enough.
BODY_SECONDS = 30
BYTES_PER_SECOND = 4096
LINGER_SECONDS = 2  # that a closed connection is read from, so that its client gets the whole answer
MAX_HEAD_BYTES = 128 * 1024  # of the request line and all headers
MAX_LINGER_BYTES = 64 * 1024
# Bytes that the unfinished requests and answers of a process may hold together. Above it the largest one is given up.
MAX_RECEIVED_BYTES = 64 * 1024 * 1024
_CHUNK = 64 * 1024
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*(?=\r\n)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked[ \t]*(?=\r\n)", re.IGNORECASE)
_EXPECT = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t -~]*)?")


class Incoming:
    """What has come of a request: `buffer`, and whether it is whole."""

    def __init__(self, begun: bytes, max_line: int, max_body: int) -> None:
        self.buffer = bytearray(begun)
        self.max_line, self.max_body = max_line, max_body
        self.searched = 0  # where the search for the end of the headers goes on
        self.body = 0  # where the body begins; 0 while the headers are not all there
        self.length: int | None = None  # of the body; None if it comes in chunks
        self.chunk = 0  # where the next chunk begins
        self.continues = False  # the client waits for 100 Continue before it sends the body

    def is_ready(self) -> bool:
        """Return whether a thread can take the request. Raise Problem for one that is malformed.

        It can take one that is whole, and one with a body that is too long to be held in memory.
        """
        return bool(self.body or self._has_head()) and (self.is_streamed() or self._has_body())

    def is_streamed(self) -> bool:
        """Return whether the body is too long to be received before a thread takes the request."""
        return self.body > 0 and ((self.length or 0) > self.max_body or len(self.buffer) - self.body > self.max_body)

    def _has_head(self) -> bool:
        end = self.buffer.find(b"\r\n\r\n", self.searched)
        self.searched = max(0, len(self.buffer) - 3)
        line_end = self.buffer.find(b"\r\n", 2)
        if line_end < 0 and len(self.buffer) > self.max_line + 2:
            raise Problem("url-too-long", f"Method, path and query are longer than {self.max_line:,} bytes.")
        if (end if end >= 0 else len(self.buffer)) > MAX_HEAD_BYTES:
            raise Problem("header-too-large", f"The headers are longer than {MAX_HEAD_BYTES:,} bytes.")
        if end < 0:
            return False
        head = bytes(self.buffer[: end + 2])
        self.body = self.chunk = end + 4
        lengths, chunked = _LENGTH.findall(head), bool(_CHUNKED.search(head))
        # Anything else about a body is malformed, and gunicorn's parser refuses it.
        self.length = None if chunked and not lengths else int(lengths[0]) if len(lengths) == 1 and not chunked else 0
        if self.length != 0 and not self.is_streamed() and _EXPECT.search(head):
            self.continues = True
            head = _EXPECT.sub(b"", head)  # answered here
            self.buffer[: end + 2] = head
            self.body = self.chunk = len(head) + 2
        return True

    def _has_body(self) -> bool:
        if self.length is not None:
            return len(self.buffer) >= self.body + self.length
        while (end := self.buffer.find(b"\r\n", self.chunk, self.chunk + 1024)) >= 0:
            size = _CHUNK_SIZE.fullmatch(bytes(self.buffer[self.chunk : end]))
            if size is None:
                raise Problem("bad-request", "The body has a malformed chunk.")
            after = end + 2 + int(size[1], 16)
            if after == end + 2:  # the last chunk; trailers follow, and an empty line
                return self.buffer.find(b"\r\n\r\n", end) >= 0
            if len(self.buffer) < after + 2:
                return False
            if self.buffer[after : after + 2] != b"\r\n":
                raise Problem("bad-request", "The body has a malformed chunk.")
            self.chunk = after + 2
        if len(self.buffer) - self.chunk > 1024:
            raise Problem("bad-request", "The body has a malformed chunk.")
        return False


class ReceivingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn carries no types
    """The worker. What gunicorn keeps in `pending_conns` and `keepalived_conns` is all in `receiving` here."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # Connections that wait for bytes, and the moment (time.monotonic) until which each may.
        self.receiving: dict[Any, float] = {}
        # Connections whose clients have not taken their answers yet, and the moment until which each may.
        self.sending: dict[Any, float] = {}
        self.next_check = 0.0

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection, and receive what has come of its first request. gunicorn's loop calls it."""
        try:
            accepted, address = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self.make_room()
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        client = ClientSocket(fileno=accepted.detach())
        conn = TConn(self.cfg, client, address, listener.getsockname())
        conn.data_ready = True
        self.nr_conns += 1
        self.expect(conn, b"", HEAD_SECONDS)
        self.receive(conn)
        while self.nr_conns >= self.worker_connections and (self.receiving or self.sending):
            self.make_room()

    def make_room(self) -> None:
        """Close the connection that has waited longest: else whoever opens many keeps all others out."""
        waiting = self.receiving or self.sending  # dictionaries keep the order in which the waiting began
        if waiting:
            self.drop(next(iter(waiting)))

    def expect(self, conn: Any, begun: bytes, seconds: float) -> None:
        """Wait for a request on a connection, of which `begun` has come."""
        conn.incoming = Incoming(begun, self.cfg.limit_request_line, MAX_BODY_BYTES)
        conn.lingers, conn.began = False, None
        conn.sock.setblocking(False)
        self.receiving[conn] = time.monotonic() + seconds
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.receive, conn))

    def receive(self, conn: Any, _file: Any = None) -> None:
        """Receive what has come on a connection, and give it to a thread if its request is ready."""
        try:
            chunk = conn.sock.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            chunk = b""
        if not chunk:
            self.drop(conn)
        elif conn.lingers:
            conn.drained += len(chunk)
            if conn.drained > MAX_LINGER_BYTES:
                self.drop(conn)
        else:
            conn.incoming.buffer += chunk
            self.advance(conn)

    def advance(self, conn: Any) -> None:
        """Give a connection to a thread if its request is ready; otherwise say until when the rest must come."""
        incoming = conn.incoming
        in_head = not incoming.body
        try:
            is_ready = incoming.is_ready()
        except Problem as problem:
            self.refuse(conn, problem)
            return
        if is_ready:
            self.forget(conn)
            conn.init()
            conn.parser.unreader.unread(bytes(incoming.buffer))
            # Of a whole request nothing is missing: its parser never waits for the client.
            conn.parser.unreader.sock = conn.sock if incoming.is_streamed() else Ended
            conn.incoming = None
            self.enqueue_req(conn)
            return
        if incoming.continues:
            incoming.continues = False
            with suppress(OSError):
                conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        now = time.monotonic()
        if conn.began is None:
            conn.began, self.receiving[conn] = now, now + HEAD_SECONDS
        if incoming.body:
            if in_head:
                conn.began = now
            self.receiving[conn] = conn.began + BODY_SECONDS + len(incoming.buffer) / BYTES_PER_SECOND
        if len(incoming.buffer) > _CHUNK:
            self.bound_memory()

    def bound_memory(self) -> None:
        """Give up the largest of the unfinished requests and answers while they hold too much together."""
        while True:
            sizes = {conn: len(conn.incoming.buffer) for conn in self.receiving if not conn.lingers}
            sizes |= {conn: len(conn.sock.unsent) for conn in self.sending}
            if sum(sizes.values()) <= MAX_RECEIVED_BYTES:
                return
            largest = max(sizes, key=sizes.__getitem__)
            if largest in self.sending:
                self.drop(largest)
            else:
                self.refuse(largest, Problem("unavailable", "Too much is being received; try again."))

    def finish_request(self, conn: Any, future: Future[Any]) -> None:
        """Send the rest of an answer to a client that has not taken it all. gunicorn's loop calls it after each answer."""
        try:
            keeps = bool(future.result()) and not future.cancelled()
        except Exception:  # gunicorn has logged it
            keeps = False
        if not conn.sock.unsent:
            self.go_on(conn, keeps=keeps)
            return
        try:
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, selectors.EVENT_WRITE, partial(self.send_rest, conn, keeps))
        except (OSError, ValueError):
            self.drop(conn)
            return
        self.sending[conn] = time.monotonic() + STALL_SECONDS + len(conn.sock.unsent) / BYTES_PER_SECOND
        self.bound_memory()

    def send_rest(self, conn: Any, keeps: bool, _file: Any = None) -> None:
        """Send what a client takes now."""
        try:
            if not conn.sock.flush():
                return
        except OSError:
            self.drop(conn)
            return
        self.forget(conn)
        self.go_on(conn, keeps=keeps)

    def go_on(self, conn: Any, *, keeps: bool) -> None:
        """Wait for the next request on a connection, or close it."""
        if not keeps:
            self.linger(conn)
            return
        seconds = self.cfg.keepalive if self.alive else LINGER_SECONDS
        begun = conn.parser.unreader.take_buffered()
        self.expect(conn, begun, HEAD_SECONDS if begun else seconds)
        if begun:
            self.advance(conn)

    def linger(self, conn: Any) -> None:
        """Close our side of a connection, and read on for a moment: else its client may lose the end of the answer.

        After RFC 9112, section 9.6. gunicorn waits for that in its loop, which one client can so hold up.
        """
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            self.expect(conn, b"", LINGER_SECONDS)
            conn.lingers, conn.drained = True, 0
        except (OSError, ValueError):
            self.drop(conn)

    def refuse(self, conn: Any, problem: Problem) -> None:
        """Answer a request with a problem, and close its connection."""
        self.forget(conn)
        self.log.debug("Refused a request from %s: %s", conn.client[0] if conn.client else "-", problem.description)
        send_problem(conn.sock, problem)
        self.linger(conn)

    def forget(self, conn: Any) -> None:
        """Stop waiting for bytes on a connection, or for its client to take some."""
        if self.receiving.pop(conn, None) is not None or self.sending.pop(conn, None) is not None:
            self.poller.unregister(conn.sock)

    def drop(self, conn: Any) -> None:
        """Close a connection."""
        self.forget(conn)
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """End what has waited too long, once a second. gunicorn's loop calls it, with this name, after each event."""
        now = time.monotonic()
        if now < self.next_check:
            return
        self.next_check = now + 1
        for conn in [conn for conn, until in self.sending.items() if until < now]:
            self.drop(conn)
        for conn in [conn for conn, until in self.receiving.items() if until < now]:
            if conn.lingers or not conn.incoming.buffer:
                self.drop(conn)
            else:
                self.refuse(conn, Problem("request-timeout", "The request did not come whole in time."))

    def murder_keepalived(self, force: bool = False) -> None:
        """Close all connections if `force`. gunicorn's loop calls it, with this name, when it ends."""
        for conn in [*self.receiving, *self.sending] if force else []:
            self.drop(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        """Close idle connections by `deadline`. gunicorn calls it when the worker is told to stop."""
        for conn, until in self.receiving.items():
            if conn.lingers or not conn.incoming.buffer:
                self.receiving[conn] = min(until, deadline)

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """Return whether a connection can be used for another request: not if a body is still under way."""
        return keepalive and conn.parser.unreader.sock is Ended and super()._keepalive_after(conn, keepalive)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:  # noqa: ARG002 - gunicorn's
        """Answer with a problem what gunicorn could not parse."""
        if isinstance(exc, gunicorn_errors.ParseException):
            name = next((name for kind, name in _REFUSED.items() if isinstance(exc, kind)), "bad-request")
            self.log.debug("Refused a request from %s: %s", addr[0] if addr else "-", exc)
            send_problem(client, Problem(name, PROBLEMS[name][1] + "."))
        else:
            self.log.error("Error handling a request", exc_info=exc)
            send_problem(client, Problem("internal", "The error has been logged; the same request may work later."))


_REFUSED = {
    gunicorn_errors.LimitRequestLine: "url-too-long",
    gunicorn_errors.LimitRequestHeaders: "header-too-large",
}


class Ended:
    """In place of the socket of a request that has come whole: nothing more is read."""

    @staticmethod
    def recv(_size: int) -> bytes:
        """Return nothing: the end."""
        return b""


def send_problem(client: socket.socket, problem: Problem) -> None:
    """Send a problem, as far as the client takes it."""
    body = json.dumps(details(problem), ensure_ascii=False).encode() + b"\n"
    status, title = PROBLEMS[problem.name_]
    head = f"HTTP/1.1 {status} {title}\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: {len(body)}\r\n"
    with suppress(OSError):
        client.sendall(f"{head}Cache-Control: no-store\r\nConnection: close\r\n\r\n".encode() + body)
