"""Log lines: one JSON object each, whatever is logged, and never an address that names a person."""

from __future__ import annotations

import io
import json
import logging

import pytest

from dashboard.page.log_lines import json_lines

HOSTILE = "Meridian\n2026-11-19 WARNING forged: all is well\r\x1b[2J\u202e\u2028\x85\x0b"


@pytest.fixture
def lines():
    """What is written of whatever is logged, each line read as JSON."""
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii", newline="\n")
    handler = logging.StreamHandler(file)
    handler.setFormatter(json_lines())
    root, access = logging.getLogger(), logging.getLogger("dashboard.access")
    before = access.level
    root.addHandler(handler)
    access.setLevel(logging.INFO)

    def read():
        file.seek(0)
        return [json.loads(line) for line in file.read().splitlines()]

    yield read
    access.setLevel(before)
    root.removeHandler(handler)


def test_settings_write_every_line_so(settings):
    assert settings.LOGGING["root"]["handlers"] == ["console"]
    assert settings.LOGGING["handlers"]["console"]["formatter"] == "json"
    assert list(settings.LOGGING["formatters"]) == ["json"]


def test_nothing_logged_can_forge_line(lines):
    logging.getLogger("logsync.ingest.sync").warning("%s: %s", HOSTILE, "no")
    [line] = lines()
    assert line["event"] == f"{HOSTILE}: no"
    assert (line["level"], line["logger"]) == ("warning", "logsync.ingest.sync")


def test_half_a_character_is_written():
    assert json_lines().format(logging.makeLogRecord({"msg": "a\ud800"})).isascii()


def test_exception_stays_in_its_line(lines):
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        logging.getLogger("dashboard").exception("It failed")
    [line] = lines()
    assert "Traceback" in line["exception"]
    assert "forged" in line["exception"]


@pytest.mark.parametrize(
    ("address", "route"),
    [
        ("/people/ada@meridian.example/?q=secret", "people/<address:email>/"),
        ("/logins/?user_email=ada@meridian.example", "logins/"),
        ("/ada@meridian.example/?user_email=secret", ""),
        ("/people/ada%0a%1b@meridian.example/?page=x", "people/<address:email>/"),
    ],
)
def test_no_line_holds_an_address(address, route, account, signed_in, lines):
    signed_in.get(address)
    written = lines()
    assert "meridian.example" not in str(written)
    assert "secret" not in str(written)
    [request] = [line for line in written if line["logger"] == "dashboard.access"]
    assert (request["method"], request["route"]) == ("GET", route)
    assert request["milliseconds"] >= 0


def test_failure_is_logged_without_address(account, signed_in, lines, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("a bug")

    monkeypatch.setattr("dashboard.people.views.PersonView.get", fail)
    signed_in.raise_request_exception = False
    signed_in.get("/people/ada@meridian.example/")
    written = lines()
    assert "ada@meridian.example" not in str(written)
    failure = next(line for line in written if line["logger"] == "django.request")
    assert failure["event"] == "Internal Server Error: /people/<address:email>/"
    assert "RuntimeError: a bug" in failure["exception"]
