"""What a first visit to a list weighs as it is sent. Fonts are not counted, as no text waits for them."""

from __future__ import annotations

import gzip
import re
import zlib
from datetime import timedelta
from pathlib import Path

import pytest

from tests.dashboard.reading import Page

STATIC = Path(__file__).resolve().parents[3] / "static"
# What a server may send before it has to wait for the browser's first acknowledgement.
FIRST_FLIGHT = 14 * 1024
ASKED = {"accept-encoding": "gzip"}


@pytest.fixture
def sent(signed_in, now, make_login, all_logins_known):
    """The bytes of /logins/ with a full page of different rows, as they are sent."""
    for number in range(60):
        make_login(
            created_at=now - timedelta(minutes=number),
            user_email=f"person{number}@meridian.example",
            app_name=f"App {number % 14}",
            app_uid=f"{number % 14:036x}",
            ray_id=f"{number * 7919:016x}",
            ip_address=f"198.51.100.{number}",
        )
    return signed_in.get("/logins/", headers=ASKED).content


def files_of(sent, kind):
    return re.findall(rf'(?:href|src)="/static/([^"#]+\.{kind})"', gzip.decompress(sent).decode())


def weight(paths):
    return sum(len(gzip.compress((STATIC / path).read_bytes())) for path in paths)


def test_what_is_needed_to_read_is_small(sent):
    assert len(sent) + weight(["gatehouse.css", "tabler.css"]) < 40 * 1024


def test_first_row_is_in_first_flight(sent):
    beginning = zlib.decompressobj(wbits=31).decompress(sent[:FIRST_FLIGHT]).decode(errors="ignore")
    [row, *_] = re.findall(r'<tr[^>]*id="row-.*?</tr>', beginning, re.DOTALL)
    assert "person0@meridian.example" in Page(row).text.replace(" ", "")


def test_one_stylesheet_blocks_first_paint(sent):
    page = Page(gzip.decompress(sent).decode())
    assert len(files_of(sent, "css")) == 1
    scripts = [script for script in page.all("script") if "src" in script.attrs]
    assert scripts
    assert all("defer" in script.attrs for script in scripts)


def test_scripts_are_small(sent):
    assert weight(files_of(sent, "js")) < 36_000
