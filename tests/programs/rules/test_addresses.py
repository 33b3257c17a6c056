"""Where news may go: every way to write an address of our own network is refused."""

from __future__ import annotations

import pytest

from programs.errors import WebhookAddressRefused
from programs.rules.addresses import check_url, is_public

INTERNAL = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
    "2002:7f00:1::", "2002:a00:1::", "2001:0:53aa:64c:0:0:80ff:fffe", "not an address", "",
]  # fmt: skip
PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", INTERNAL)
def test_an_internal_address_is_refused_however_it_is_written(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_not(address: str):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "https://", "https://user@example.com/",
        "https://user:pw@example.com/", "https://example.com:22/", "https://example.com:99999/", "gopher://x:70/",
        "https://example.com/#part", "https://exa mple.com/", "https://example.com/\r\nX: y", "//example.com/", "",
        "https://[::1", "https://example.com:6379/",
    ],
)  # fmt: skip
def test_what_is_no_https_address_is_refused(url: str):
    with pytest.raises(WebhookAddressRefused):
        check_url(url, ports={443, 8443})


def test_the_parts_of_an_address():
    assert check_url("https://Example.com/a?b=c", ports={443}) == ("https", "example.com", 443, "/a?b=c")
    assert check_url("https://bücher.example:8443", ports={8443})[1:3] == ("xn--bcher-kva.example", 8443)
