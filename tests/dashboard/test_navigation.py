"""Every page says where one is, how fresh the data is, and whether the rows are made up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from logsync.models import Log
from tests.conftest import NOW
from tests.dashboard.reading import page_of


@pytest.fixture
def words(signed_in):
    return lambda path="/logins/": page_of(signed_in.get(path)).text


def test_a_page_says_how_long_ago_the_slowest_stream_was_read(make_stream, words):
    make_stream(succeeded_at=NOW - timedelta(seconds=38))
    assert "Synced 38 s ago" in words()
    make_stream(Log.SCIM_UPDATES, "okta", succeeded_at=NOW - timedelta(hours=3))
    assert "Synced 3 h ago" in words()


def test_a_stream_that_was_never_read_makes_the_whole_not_fully_synced(make_stream, words):
    make_stream(succeeded_at=NOW)
    make_stream(Log.SCIM_UPDATES, "okta")
    assert "Not fully synced yet" in words()


def test_without_a_stream_nothing_is_synced(account, words):
    assert "Not fully synced yet" in words()


def test_a_stream_that_is_no_longer_read_makes_nothing_stale(make_stream, words):
    make_stream(succeeded_at=NOW)
    make_stream(Log.SCIM_UPDATES, "okta", is_active=False, error="gone", error_since=NOW)
    assert "Synced 0 s ago" in words()
    assert "failing" not in words()


@pytest.mark.parametrize(("count", "sentence"), [(1, "1 stream failing"), (2, "2 streams failing")])
def test_streams_that_fail_are_counted_on_every_page(count, sentence, make_stream, words):
    for number in range(count):
        make_stream(Log.SCIM_UPDATES, f"idp-{number}", error="refused", error_since=NOW)
    for path in ("/logins/", "/logins/by-app/", "/scim/", "/sync/"):
        assert sentence in words(path)


@pytest.mark.parametrize(
    "path", ["/", "/logins/", "/logins/by-app/", "/scim/", "/scim/problems/", "/people/", "/sync/"]
)
def test_a_page_is_marked_among_the_rooms(path, account, signed_in):
    current = {link.href for link in page_of(signed_in.get(path)).all("a") if "aria-current" in link.attrs}
    assert path in current
    assert not current & {"/logins/", "/logins/by-app/", "/scim/", "/sync/"} - {path}


def test_the_denials_of_24_hours_are_counted_on_every_page(make_login, words):
    assert "Failed by app SCIM" in words("/sync/")
    make_login()
    make_login(created_at=NOW - timedelta(hours=24))
    make_login(created_at=NOW - timedelta(hours=24, microseconds=1))
    make_login(allowed=True)
    make_login(allowed=None)
    for path in ("/", "/logins/", "/scim/", "/sync/"):
        assert "Failed by app 2 SCIM" in words(path)


def test_more_denials_than_are_counted_are_said_to_be_more(make_login, words, monkeypatch):
    monkeypatch.setattr("dashboard.lists.paging.COUNT_CAP", 1)
    make_login()
    make_login()
    assert "Failed by app 1+ SCIM" in words()


def test_the_problems_that_are_open_are_counted_on_every_page(make_update, words):
    assert "Problems People" in words()
    open_one = make_update()
    make_update(cf_resource_id="another", idp_resource_id="another")
    assert "Problems 1 open People" in words()
    make_update(error_description="something else")
    assert "Problems 2 open People" in words()
    open_one.problem.is_ignored = True
    open_one.problem.save()
    assert "Problems 1 open People" in words()
    make_update(status="SUCCESS", error_description="", logged_at=NOW)
    assert "Problems People" in words()


def test_made_up_rows_are_said_to_be(account, signed_in, words, settings):
    settings.SIMULATED = True
    assert "every row is made up by the bundled simulator" in words()
    settings.SIMULATED = False
    assert "simulator" not in words()


def test_the_person_is_named_and_can_sign_out(account, signed_in, django_user_model):
    django_user_model.objects.update(first_name="Sam", last_name="<b>Ortega</b>")
    page = page_of(signed_in.get("/logins/"))
    assert "Sam <b>Ortega</b>" in page.text
    assert {form.attrs.get("action") for form in page.all("form")} >= {"/sign-out/", "/preferences/"}


def test_nothing_of_the_data_is_on_a_page_for_strangers(make_stream, client):
    make_stream(error="refused", error_since=NOW)
    assert "failing" not in client.get("/sign-in/").content.decode()
    assert "synced_at" not in client.get("/sign-in/").context


@pytest.mark.parametrize("path", ["/", "/logins/", "/scim/", "/logins/by-app/", "/people/", "/sync/"])
def test_the_box_at_the_top_takes_anything_by_post_so_that_no_log_keeps_it(path, account, signed_in):
    [form] = [form for form in page_of(signed_in.get(path)).forms if form.attrs.get("action") == reverse("search:page")]
    assert (form.attrs["role"], form.attrs["method"]) == ("search", "post")
    assert signed_in.post(form.attrs["action"], dict(form.fields) | {"q": "x"}).status_code == 200


def test_a_request_for_another_host_is_refused_with_a_page(signed_in):
    response = signed_in.get("/logins/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert "evil" not in page_of(response).text
