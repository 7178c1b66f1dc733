"""Pages are compressed for browsers that can read it; streams are not."""

from __future__ import annotations

import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse

from dashboard.page.compression import CompressedPages

ASKED = {"accept-encoding": "gzip, deflate, br"}


@pytest.fixture
def sent(rf):
    """Send a response through the compression."""
    return lambda response, headers=ASKED: CompressedPages(lambda _: response)(rf.get("/", headers=headers))


def test_pages_are_compressed(client, signed_in):
    page = client.get("/logins/", headers=ASKED)
    assert page["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page["Vary"]
    assert b"<h1>" in gzip.decompress(page.content)


def test_pages_stay_plain_for_others(client, signed_in):
    page = client.get("/logins/")
    assert not page.has_header("Content-Encoding")
    assert b"<h1>" in page.content


def test_csv_is_streamed_as_it_is(client, signed_in, make_login):
    make_login()
    export = client.get("/logins.csv", headers=ASKED)
    assert not export.has_header("Content-Encoding")
    assert next(iter(export.streaming_content)).startswith(b"created_at,")


def test_stream_is_not_read_ahead(sent):
    def lines():
        yield b"first"
        raise AssertionError("nobody asked for the second line")

    stream = sent(StreamingHttpResponse(lines()))
    assert next(iter(stream.streaming_content)) == b"first"


def test_equal_pages_differ_in_length(sent):
    lengths = {len(sent(HttpResponse("a page " * 1000)).content) for _ in range(40)}
    assert len(lengths) > 1
