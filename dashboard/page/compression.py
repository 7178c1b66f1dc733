"""Pages are compressed; streams, such as a CSV, are sent as they are made."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressedPages(GZipMiddleware):
    """Django's compression for whole responses only.

    The length of a compressed page could tell a stranger whether a guess they brought into the page is also
    elsewhere in it (BREACH). So Django masks the CSRF token anew in each page, and adds up to a hundred random bytes
    to each compressed response. A stream is left alone: compressing it would hold lines back, and take the time of
    a worker for each of millions of them.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return response if response.streaming else super().process_response(request, response)
