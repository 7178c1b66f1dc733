"""The client's address is that of the connection, unless the operator names a header that a proxy sets."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from dashboard.audit_log.client_ip import client_ip


@pytest.mark.parametrize(
    ("header", "sent", "address"),
    [
        ("", {"X-Forwarded-For": "192.0.2.1", "CF-Connecting-IP": "192.0.2.2"}, "198.51.100.9"),
        ("X-Forwarded-For", {"X-Forwarded-For": "192.0.2.1, 192.0.2.2"}, "192.0.2.2"),
        ("CF-Connecting-IP", {"CF-Connecting-IP": "2001:DB8::1", "X-Forwarded-For": "192.0.2.1"}, "2001:db8::1"),
        ("CF-Connecting-IP", {"CF-Connecting-IP": "<script>"}, "198.51.100.9"),
        ("CF-Connecting-IP", {}, "198.51.100.9"),
    ],
)
def test_only_the_named_header_counts(header, sent, address, settings):
    settings.CLIENT_IP_HEADER = header
    assert client_ip(RequestFactory(REMOTE_ADDR="198.51.100.9").get("/", headers=sent)) == address


def test_socket_file_has_no_address():
    assert client_ip(RequestFactory(REMOTE_ADDR="").get("/")) == ""
