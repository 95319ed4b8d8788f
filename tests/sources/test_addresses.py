"""Tell URLs and addresses that may be fetched from those that never are."""

from __future__ import annotations

import ipaddress

import pytest

from api.sources.addresses import NotFetched, embedded_ipv4, is_public, parse_web_url


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True),
        ("1.1.1.1", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("0.0.0.0", False),
        ("0.1.2.3", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),  # where clouds keep their machines' credentials
        ("100.64.0.1", False),
        ("100.100.100.200", False),
        ("192.0.0.1", False),
        ("198.18.0.1", False),
        ("192.0.2.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:1.1.1.1", True),
        ("::127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::101:101", True),
        ("64:ff9b:1::1", False),
        ("2002:7f00:1::", False),
        ("2001::1", False),
        ("2001:db8::1", False),
        ("fc00::1", False),
        ("fd00:ec2::254", False),
        ("fe80::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
    ],
)
def test_is_public(address: str, expected: bool) -> None:
    assert is_public(embedded_ipv4(ipaddress.ip_address(address))) is expected


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://news.example/a", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("//news.example/a", "only http and https"),
        ("", "only http and https"),
        ("http://", "no host"),
        ("http:///a", "no host"),
        ("http://user:secret@news.example/", "user or password"),
        ("http://news.example@127.0.0.1/", "user or password"),
        ("http://[fe80::1%25eth0]/", "no host"),
        ("http://[::1", "cannot be read"),
        ("http://news.example:99999/", "cannot be read"),
        ("http://news.example/" + "a" * 2000, "longer than 2000"),
    ],
)
def test_refuses_urls(url: str, says: str) -> None:
    with pytest.raises(NotFetched) as caught:
        parse_web_url(url)
    assert says in str(caught.value)
    assert caught.value.url_at_fault


def test_normalises_urls() -> None:
    assert parse_web_url("HTTP://News.Example:8080/a b?q=č#part").url == "http://news.example:8080/a%20b?q=%C4%8D"
    assert parse_web_url("https://news.example").request_uri == "/"
