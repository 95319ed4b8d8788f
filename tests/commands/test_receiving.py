"""Requests that come in pieces, slowly, or malformed."""

from __future__ import annotations

import pytest

from api.commands.receiving import MAX_HEAD_BYTES, Incoming
from api.http.problems import Problem

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
MAX_LINE, MAX_BODY = 200, 2000


@pytest.mark.parametrize(
    "sent",
    [
        GET,
        b"\r\n" + GET,  # as some clients end a body
        POST + b"Content-Length: 0\r\n\r\n",
        POST + b"Content-Length: 5\r\n\r\n12345",
        POST + b"content-length:5 \r\n\r\n\r\n\r\n1",
        CHUNKED + b"0\r\n\r\n",
        CHUNKED + b"5\r\n12345\r\nA;name=value\r\n\r\n\r\n\r\n1234\r\n0\r\n\r\n",
        CHUNKED + b"1\r\n1\r\n0\r\nTrailer: a\r\n\r\n",
        POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n12345",
    ],
)
def test_a_request_is_ready_with_its_last_byte(sent: bytes) -> None:
    incoming = Incoming(b"", MAX_LINE, MAX_BODY)
    for number, byte in enumerate(sent, 1):
        incoming.buffer.append(byte)
        assert incoming.is_ready() == (number == len(sent)), sent[:number]
    assert not incoming.is_streamed()
    assert Incoming(sent + GET, MAX_LINE, MAX_BODY).is_ready(), "with the next request behind it"


@pytest.mark.parametrize(
    ("sent", "is_streamed"),
    [
        (POST + b"Content-Length: 2001\r\n\r\n", True),
        (CHUNKED + b"FFFFFF\r\n" + b"x" * 2001, True),
        # gunicorn's parser refuses these, or finds no body in them
        (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", False),
        (POST + b"Content-Length: -5\r\n\r\n", False),
        (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", False),
        (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", False),
    ],
)
def test_a_request_is_ready_before_its_body(sent: bytes, is_streamed: bool) -> None:
    incoming = Incoming(sent, MAX_LINE, MAX_BODY)
    assert incoming.is_ready()
    assert incoming.is_streamed() == is_streamed


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (b"GET /" + b"x" * MAX_LINE, "url-too-long"),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * MAX_HEAD_BYTES, "header-too-large"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 30_000 + b"\r\n", "header-too-large"),
        (CHUNKED + b"x\r\n", "bad-request"),
        (CHUNKED + b"\r\n\r\n", "bad-request"),
        (CHUNKED + b"-1\r\n", "bad-request"),
        (CHUNKED + b"1\r\n123\r\n", "bad-request"),
        (CHUNKED + b"1" * 1025, "bad-request"),
        (CHUNKED + b"FFFFFFFFFFFFFFFFFFFF\r\n", "bad-request"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_malformed_requests_are_refused(sent: bytes, name: str) -> None:
    with pytest.raises(Problem) as raised:
        Incoming(sent, MAX_LINE, MAX_BODY).is_ready()
    assert raised.value.name_ == name


def test_asks_for_the_body_once() -> None:
    incoming = Incoming(POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", MAX_LINE, MAX_BODY)
    assert not incoming.is_ready()
    assert incoming.continues
    assert b"Expect" not in incoming.buffer
