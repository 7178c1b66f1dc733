"""The ticket card: Markdown that says what is known, and into which log text writes nothing of its own."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from tests.conftest import NOW
from tests.dashboard.people.conftest import ADA


@pytest.fixture
def ticket(signed_in):
    def read(email=ADA, **query):
        response = signed_in.get(reverse("people:ticket", args=[email]), query)
        assert response.status_code == 200
        assert response["Content-Type"] == "text/markdown; charset=utf-8"
        return response.content.decode()

    return read


@pytest.fixture
def denied(all_logins_known, all_updates_known, make_login):
    make_login(created_at=NOW - timedelta(hours=15), allowed=True)
    return make_login(created_at=NOW - timedelta(minutes=10), ray_id="9a47c89621af1fe6")


def test_ticket_states_verdict_with_references(denied, signed_in, ticket):
    signed_in.cookies["time_zone"] = "Europe/Berlin"
    text = ticket()
    assert "Access logins of `ada@meridian.example`, as of 19 Nov 2026 14:06:12 UTC (15:06:12 Berlin)" in text
    assert "Locked out of `Grafana` since 19 Nov 2026 13:56:12 UTC (14:56:12 Berlin): 1 attempt denied, none" in text
    assert "Last got in at 18 Nov 2026 23:06:12 UTC" in text
    assert "- Last denied: 19 Nov 2026 13:56:12 UTC (14:56:12 Berlin) at `Grafana`, Ray ID `9a47c89621af1fe6`" in text
    assert "- Why a login was denied: the logs have no reason, policy, group claim, device or MFA result." in text
    assert "Complete from 12 Nov 14:06" in text
    assert text.rstrip().endswith("<http://testserver/people/ada@meridian.example/>")


def test_local_time_names_different_day(denied, signed_in, ticket):
    signed_in.cookies["time_zone"] = "Pacific/Auckland"
    assert "19 Nov 2026 13:56:12 UTC (20 Nov 2026 02:56:12 Auckland) at `Grafana`" in ticket()


def test_ticket_states_unknown_time(make_stream, cover, make_login, ticket):
    cover(make_stream(), NOW - timedelta(days=20), NOW - timedelta(minutes=30))
    make_login(created_at=NOW - timedelta(minutes=40))
    make_login(created_at=NOW - timedelta(minutes=41), user_email="", person="")
    text = ticket()
    assert text.index("Never had access to") < text.index("- 1 denied attempt") < text.index("Login data ends at")
    assert "in the logs we have, which start" in text
    assert (
        "- 1 denied attempt without an e-mail came from the same IP address around that time. "
        "(close in time; the cause isn’t known)"
    ) in text


def test_page_copies_same_ticket(denied, person_page, ticket):
    page = person_page()
    [link] = [link for link in page.all("a") if "data-copy-ticket" in link.attrs]
    assert link.attrs["data-copy"] == ticket()
    assert link.href == "#ticket"
    assert page.link("Open as plain text") == "/people/ada@meridian.example/ticket.md?"


def test_a_ticket_holds_no_request_body(denied, make_update, ticket):
    make_update(request_body='{"password":"hunter2","userName":"ada@meridian.example"}')
    assert "hunter2" not in ticket()
    assert "password" not in ticket()


@pytest.mark.parametrize(
    "text",
    [
        "[click](http://evil.example)",
        "http://evil.example/login",
        "**bold** `code` ``more`` ~~gone~~",
        "@security please look at #1",
        "<script>alert(1)</script>",
        "![x](http://evil.example/x.png)",
        "line\n\n# A heading\n- a list",
        "`",
        "```",
        "\u202etxt.exe",
        "www.evil.example",
    ],
)
def test_log_text_cannot_forge_markdown(all_logins_known, make_login, ticket, text):
    fields = ("app_name", "connection", "ip_address", "country", "ray_id")
    make_login(app_uid=text, **dict.fromkeys(fields, text))
    outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", ticket(), flags=re.S)
    assert "evil" not in outside.replace("<http://testserver", "")
    assert not re.search(r"[*\[\]~#]|\u202e|^- a list", outside, flags=re.M)


def test_ticket_uses_range_of_page(denied, ticket):
    assert "No login attempts in" not in ticket()
    assert "range=30d>" in ticket(range="30d")


def test_invalid_query_makes_no_ticket(signed_in, denied):
    response = signed_in.get(reverse("people:ticket", args=[ADA]), {"range": "1y"})
    assert response.status_code == 400
    assert response.content.decode().startswith("There is no range")
