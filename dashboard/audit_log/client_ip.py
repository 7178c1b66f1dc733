"""From which address a request comes: for the audit log, limits on tries, and the list of sessions."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """The client's address in its usual form; blank if the server was not reached over IP.

    A client can send any header, so one counts only if the operator says that a proxy sets it (CLIENT_IP_HEADER). In
    X-Forwarded-For each proxy adds the address that it saw, so only the last one is the proxy's word.
    """
    said = request.headers.get(settings.CLIENT_IP_HEADER, "") if settings.CLIENT_IP_HEADER else ""
    return _address(said.rpartition(",")[2]) or _address(request.META.get("REMOTE_ADDR", ""))


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip()))[:45]
    except ValueError:
        return ""
