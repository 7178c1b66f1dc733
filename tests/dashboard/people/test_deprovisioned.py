"""The deprovision check as a page and as CSV."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.people import deprovisioned
from tests.conftest import NOW
from tests.dashboard.reading import page_of, problems_in, records_of

OFF = '{"Operations":[{"op":"replace","path":"active","value":false}]}'


@pytest.fixture
def let_in(all_logins_known, all_updates_known, make_login, make_update, okta):
    """Ada was set inactive 100 minutes ago, and let in 90 and 60 minutes ago."""
    okta.user_deprovision = True
    okta.save()
    update = make_update(
        logged_at=NOW - timedelta(minutes=100),
        status="SUCCESS",
        error_description="",
        request_method="PATCH",
        request_body=OFF,
    )
    logins = [make_login(created_at=NOW - timedelta(minutes=minutes), allowed=True) for minutes in (90, 60)]
    return update, *logins


def test_late_login_is_shown_with_proof(signed_in, let_in):
    update, first, last = let_in
    page = page_of(signed_in.get("/people/deprovisioned/"))
    assert page.rows[1] == [
        "ada@meridian.example",
        "off 19 Nov 12:26:12 set inactive by Okta",
        "19 Nov 12:36:12 Grafana",
        "last in 19 Nov 13:06:12 Grafana",
        "40 min later",
        "2",
        "on Ask for open sessions",
    ]
    assert (
        "1 of 1 person deprovisioned in this range logged in afterwards; time to the last successful login: "
        "median 40 min, longest 40 min" in page.text
    )
    assert page.link("19 Nov 12:26:12") == update.get_absolute_url()
    assert page.link("19 Nov 12:36:12") == first.get_absolute_url()
    assert page.link("19 Nov 13:06:12") == last.get_absolute_url()


def test_row_count_links_exactly_those(signed_in, let_in):
    page = page_of(signed_in.get("/people/deprovisioned/"))
    [href] = [link.href for link in page.all("a") if link.text == "2"]
    assert signed_in.get(href).context["timeline"].shown == 2


def test_row_count_includes_persons_other_addresses(signed_in, let_in, make_login, other_account):
    at = NOW - timedelta(minutes=80)
    make_login(created_at=at, allowed=True, account=other_account)
    make_login(created_at=at, allowed=True, user_email="a.l@meridian.example")
    page = page_of(signed_in.get("/people/deprovisioned/"))
    [href] = [link.href for link in page.all("a") if link.text == "3"]
    assert signed_in.get(href).context["timeline"].shown == 3


def test_range_filters_by_deprovisioning_time(signed_in, let_in):
    assert "Last 30 days" in page_of(signed_in.get("/people/deprovisioned/")).text
    page = page_of(signed_in.get("/people/deprovisioned/", {"range": "1h"}))
    assert "Nobody was deprovisioned in this range" in page.text


def test_zero_needs_known_time(signed_in, make_stream, make_update, cover):
    assert "Not synced yet" in page_of(signed_in.get("/people/deprovisioned/")).text
    stream = make_stream()
    cover(stream, NOW - timedelta(days=3), NOW)
    make_update(status="SUCCESS", request_method="PATCH", request_body=OFF)
    assert "part of this range is unknown" in page_of(signed_in.get("/people/deprovisioned/")).text


def test_csv_has_utc_row_per_person(signed_in, let_in):
    response = signed_in.get("/people/deprovisioned.csv")
    [record] = records_of(response)
    assert record["user_email"] == "ada@meridian.example"
    assert record["deprovisioned_at"] == "2026-11-19T12:26:12.000000Z"
    assert (record["minutes_to_first"], record["minutes_to_last"]) == ("10.0", "40.0")
    assert (record["allowed_rows"], record["user_deprovision"]) == ("2", "on")
    assert response["Coverage"].startswith("Complete from 20 Oct")
    assert response["Content-Disposition"].endswith('-complete.csv"')


def test_csv_contains_no_formulas(signed_in, let_in, make_login):
    make_login(created_at=NOW - timedelta(minutes=50), allowed=True, app_name='=HYPERLINK("http://evil.example")')
    [record] = records_of(signed_in.get("/people/deprovisioned.csv"))
    assert record["last_app_name"] == '\'=HYPERLINK("http://evil.example")'


@pytest.fixture
def further(make_login, make_update):
    """More people who were set inactive 100 minutes ago, and let in 80 minutes ago."""

    def make(*names):
        for name in names:
            who = {"resource_user_email": f"{name}@meridian.example", "idp_resource_id": name, "cf_resource_id": name}
            off = {"status": "SUCCESS", "error_description": "", "request_method": "PATCH", "request_body": OFF}
            make_update(logged_at=NOW - timedelta(minutes=100), **off, **who)
            at = NOW - timedelta(minutes=80)
            make_login(created_at=at, allowed=True, user_email=f"{name}@meridian.example", user_id=name)

    return make


def test_truncated_page_links_complete_csv(signed_in, let_in, further, monkeypatch):
    monkeypatch.setattr(deprovisioned.DeprovisionedView, "most", 1)
    further("bob", "cy")
    page = page_of(signed_in.get("/people/deprovisioned/"))
    assert [row[0] for row in page.rows[1:]] == ["ada@meridian.example"]
    assert "Longest times first: 1 shown, 2 more in the CSV." in page.text
    assert "3 of 3 people deprovisioned in this range logged in afterwards" in page.text
    assert "Export CSV, 3 rows" in page.text
    lines = records_of(signed_in.get("/people/deprovisioned.csv"))
    assert [line["user_email"][:3] for line in lines] == ["ada", "bob", "cy@"]


def test_complete_page_mentions_no_more(signed_in, let_in):
    assert "Longest times first:" not in page_of(signed_in.get("/people/deprovisioned/")).text


def test_user_created_again_is_not_listed(signed_in, let_in, make_update):
    ids = {"cf_resource_id": "new", "idp_resource_id": "new"}
    make_update(status="SUCCESS", error_description="", logged_at=NOW - timedelta(minutes=95), **ids)
    text = page_of(signed_in.get("/people/deprovisioned/")).text
    assert "0 of 1 person deprovisioned in this range are still inactive" in text
    assert "Not listed: 1 person activated or created again since." in text
    past = {"since": "2026-11-19T00:00:00Z", "until": "2026-11-19T12:31:00Z"}
    text = page_of(signed_in.get("/people/deprovisioned/", past)).text
    assert "1 of 1 person deprovisioned in this range is still inactive" in text
    assert "As of 19 Nov 2026 12:31:00 UTC, the end of the range; later logins and reactivations are left out." in text


@pytest.mark.parametrize("path", ["/people/deprovisioned/", "/people/deprovisioned.csv"])
def test_invalid_query_names_mistake(signed_in, db, path):
    response = signed_in.get(path, {"range": "1y"})
    assert response.status_code == 400
    assert "There is no range “1y”" in response.content.decode()
    if path.endswith("/"):
        assert len(problems_in(response)) == 1
