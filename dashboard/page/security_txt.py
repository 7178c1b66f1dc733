"""Where to report a security problem, as RFC 9116 has it."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from logsync.words import rfc3339

# The contact is as current as the configuration; RFC 9116 wants a date less than a year ahead.
GOOD_FOR = timedelta(days=30)


def security_txt(request: HttpRequest) -> HttpResponse:
    """The contact that the operator gave. Raises Http404 if there is none."""
    if not settings.SECURITY_CONTACT:
        raise Http404("No contact for security reports is configured here (SECURITY_CONTACT).")
    until = (timezone.now() + GOOD_FOR).replace(microsecond=0)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {rfc3339(until)}",
        "Preferred-Languages: en",
        f"Canonical: {request.build_absolute_uri(request.path)}",
    ]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
