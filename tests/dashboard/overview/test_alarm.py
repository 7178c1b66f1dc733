"""The alarm above the numbers: people who were let in after SCIM had deprovisioned them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.html import strip_tags

from tests.conftest import NOW
from tests.dashboard.reading import page_of

HOUR = timedelta(hours=1)
OFF = '{"Operations":[{"op":"replace","path":"active","value":false}]}'


@pytest.fixture
def let_in(both_known, make_login, make_update):
    """Somebody is set inactive, and let in later, so many hours ago."""

    def make(off, login, name="theo", **values):
        address = f"{name}@meridian.example"
        update = make_update(
            logged_at=NOW - off * HOUR,
            status="SUCCESS",
            error_description="",
            request_method="PATCH",
            request_body=OFF,
            resource_user_email=address,
            cf_resource_id=f"cf-{name}",
            idp_resource_id=f"idp-{name}",
        )
        values = {"user_email": address, "user_id": name, "allowed": True} | values
        return update, make_login(created_at=NOW - login * HOUR, **values)

    return make


@pytest.fixture
def alarm(overview):
    return lambda query="": overview(query).context["overview"].alarm


def test_login_after_deprovisioning_raises_alarm(let_in, overview, signed_in):
    update, login = let_in(300, 1)
    response = overview()
    page = page_of(response)
    assert "In the last 24 hours, 1 person logged in after being deprovisioned." in page.text
    assert "logged in to Grafana at 19 Nov 13:06:12" in page.text
    assert "12 days after being deactivated through Okta" in page.text
    [one] = response.context["overview"].alarm.people
    assert (one.login_href, one.update_href) == (login.get_absolute_url(), update.get_absolute_url())
    named = {section.attrs.get("aria-label"): section.attrs.get("class") for section in page.all("section")}
    assert named["Logins after deprovisioning"] == "gh-say bad"
    everyone = signed_in.get(response.context["overview"].alarm.way.href)
    assert everyone.context["count"] == 1


def test_login_outside_range_raises_none(let_in, alarm):
    let_in(60, 40)
    assert alarm() is None
    assert alarm("?range=7d").title == "In the last 7 days, 1 person logged in after being deprovisioned."


def test_past_range_knows_nothing_later(let_in, make_update, alarm, signed_in):
    let_in(60, 40)
    make_update(
        logged_at=NOW - 20 * HOUR,
        status="SUCCESS",
        error_description="",
        request_method="PATCH",
        request_body=OFF.replace("false", "true"),
        resource_user_email="theo@meridian.example",
        cf_resource_id="cf-theo",
        idp_resource_id="idp-theo",
    )
    assert alarm("?range=7d") is None
    past = alarm("?since=2026-11-17T00:00:00Z&until=2026-11-18T00:00:00Z")
    assert past.title == "In this range, 1 person logged in after being deprovisioned."
    assert signed_in.get(past.way.href).context["count"] == 1


def test_newest_logins_are_named_first(let_in, alarm, overview):
    for hours, name in enumerate(("theo", "bob", "cleo", "dan", "eve"), start=1):
        let_in(30, hours, name)
    found = alarm()
    assert [strip_tags(one.name).partition("@")[0] for one in found.people] == ["theo", "bob", "cleo"]
    assert found.more == 2
    assert "And 2 more." in page_of(overview()).text


def test_calm_page_has_no_alarm(both_known, make_login, alarm):
    make_login(allowed=True)
    assert alarm() is None


def test_hostile_name_stays_text(let_in, overview):
    let_in(3, 1, app_name="<script>alert(1)</script>")
    page = page_of(overview())
    assert "<script>alert(1)</script>" in page.text
    assert not page.misplaced
