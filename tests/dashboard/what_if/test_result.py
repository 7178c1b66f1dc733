"""What an edit would do to whom: run at once or by a worker, shown, exported, cancelled, kept for an hour."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.audit_log.models import AuditEntry
from dashboard.exported.models import Export
from dashboard.permissions.account_limits import set_limit
from dashboard.permissions.role import Role
from dashboard.what_if import running
from logsync import tasks
from logsync.insight.explain.replayed import forget_old_replays
from logsync.models import AccessRequest, LastSeenIdentity, Replay, ReplayedPerson
from logsync.privacy.erase import erase
from tests.conftest import NOW
from tests.dashboard.what_if.conftest import ACCOUNT, EDIT, ENGINEERS, GRAFANA, REQUIRES_GERMANY, words_of


def outcomes():
    return {row.person.partition("@")[0]: row.outcome for row in ReplayedPerson.objects.all()}


@pytest.fixture
def queued(monkeypatch):
    """Have every replay wait for a worker; the keys of those that were queued."""
    keys: list[int] = []
    monkeypatch.setattr(running, "AT_ONCE", 0)
    monkeypatch.setattr(tasks.run_replay, "apply_async", lambda args, **options: keys.extend(args))
    return keys


def test_few_logins_are_tried_at_once(grafana, try_edit):
    html = words_of(try_edit())
    assert outcomes() == {"ada": "loses", "eve": "changes", "kim": "untold"}
    assert "1 person would lose access, 1 person would get in by other logins than now, for 1 person it" in html
    assert "Nothing changes for 1 person." in html
    assert "Of 5 logins that were allowed, the policies as read admit 5, don’t admit 0, and 0 can’t be told." in html
    assert "Engineers, require: added country is Germany (DE)" in html
    assert "1 lost of 2 logins" in html
    assert "not admitted" in html


def test_only_the_range_is_tried(grafana, try_edit):
    until = (NOW - timedelta(hours=2, minutes=30)).isoformat().replace("+00:00", "Z")
    try_edit(address=f"{EDIT}&until={until}&since=2026-11-01")
    assert outcomes() == {"eve": "changes", "kim": "untold"}
    assert Replay.objects.get().total == 3


def test_policy_is_tried_at_every_app(grafana, try_edit, read_policies, make_login):
    read_policies(ENGINEERS, id="wiki", name="Wiki")
    make_login(user_email="ada@meridian.example", app_uid="wiki", app_name="Wiki", country="NL")
    page = try_edit(address=f"/what-if/?account={ACCOUNT}&policy={ENGINEERS['id']}")
    assert {(row.person, row.app_uid) for row in ReplayedPerson.objects.filter(outcome="loses")} == {
        ("ada@meridian.example", GRAFANA),
        ("ada@meridian.example", "wiki"),
    }
    assert "Wiki" in words_of(page)


def test_table_is_narrowed_and_paged(grafana, signed_in, try_edit, monkeypatch):
    try_edit()
    address = f"/what-if/{Replay.objects.get().key.hex}/"
    assert "ada@" not in words_of(signed_in.get(address, {"outcome": "untold"}))
    assert "ada@" in words_of(signed_in.get(address, {"q": "ADA"}))
    monkeypatch.setattr("dashboard.what_if.result.PAGE_SIZE", 2)
    assert "kim@" not in words_of(signed_in.get(address))
    assert "3 to 3 of 3" in words_of(signed_in.get(address, {"page": "2"}))
    for wrong in ({"outcome": "wins"}, {"page": "0"}, {"page": "x"}, {"page": "9" * 40}):
        assert signed_in.get(address, wrong).status_code == 400


def test_export_has_all_and_is_recorded(grafana, signed_in, try_edit):
    try_edit()
    replay = Replay.objects.get()
    response = signed_in.get(f"/what-if/{replay.key.hex}/people.csv?outcome=loses")
    [line] = csv.DictReader(io.StringIO(response.getvalue().decode()))
    assert (line["user_email"], line["outcome"], line["lost"], line["edited"]) == (
        "ada@meridian.example", "loses", "1", "refused",
    )  # fmt: skip
    assert signed_in.get(f"/logins/{line['login']}/").status_code == 200
    assert Export.objects.get().list_name == "What if"
    rows = signed_in.get(f"/what-if/{replay.key.hex}/people.json").getvalue().decode()
    assert "kim@meridian.example" in rows


def test_start_is_written_down(grafana, try_edit):
    try_edit()
    entry = AuditEntry.objects.get(action="what_if_started")
    assert (entry.subject, entry.details["changed"]) == ("Grafana", {"policies": 1})
    assert "DE" not in str(entry.details)


def test_many_logins_wait_for_a_worker(grafana, signed_in, try_edit, queued):
    assert "Waiting for a worker" in words_of(try_edit())
    replay = Replay.objects.get()
    part = signed_in.get(f"/what-if/{replay.key.hex}/", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    [pk] = queued
    tasks.run_replay(pk)
    assert signed_in.get(f"/what-if/{replay.key.hex}/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    replay.refresh_from_db()
    assert (replay.state, replay.total, replay.judged, replay.lease_owner) == ("done", 5, 5, "")
    # A task that comes twice changes nothing.
    tasks.run_replay(pk)
    assert ReplayedPerson.objects.count() == 3


def test_one_at_a_time(grafana, signed_in, try_edit, queued):
    try_edit()
    assert "One of yours is still running" in words_of(try_edit())
    assert Replay.objects.count() == 1


def test_cancelled_replay_stays_so(grafana, signed_in, try_edit, queued, client):
    try_edit()
    replay = Replay.objects.get()
    signed_in.post(f"/what-if/{replay.key.hex}/cancel/")
    tasks.run_replay(queued[0])
    assert "Cancelled" in words_of(signed_in.get(f"/what-if/{replay.key.hex}/"))
    assert not ReplayedPerson.objects.exists()
    signed_in.post(f"/what-if/{replay.key.hex}/again/")
    tasks.run_replay(queued[1])
    assert outcomes() == {"ada": "loses", "eve": "changes", "kim": "untold"}


def test_cancelling_stops_the_worker(grafana, try_edit, queued, monkeypatch):
    monkeypatch.setattr("logsync.insight.explain.replay.PEOPLE_AT_ONCE", 1)
    try_edit()
    judged = []

    def note(asked, part, logins):
        judged.extend(part)
        Replay.objects.update(state="cancelled")
        return iter(())

    monkeypatch.setattr("logsync.insight.explain.replayed._rows", note)
    tasks.run_replay(queued[0])
    assert (len(judged), Replay.objects.get().state) == (1, "cancelled")


def test_lost_worker_is_told(grafana, signed_in, try_edit, queued):
    try_edit()
    replay = Replay.objects.get()
    Replay.objects.update(state="running", judged=2, total=5, lease_owner="gone", lease_expires_at=NOW)
    html = words_of(signed_in.get(f"/what-if/{replay.key.hex}/"))
    assert "The worker that was at this is gone, after 2 of 5 logins." in html
    signed_in.post(f"/what-if/{replay.key.hex}/again/")
    assert len(queued) == 2
    tasks.run_replay(queued[1])
    assert Replay.objects.get().state == "done"


def test_failure_is_told(grafana, signed_in, try_edit, queued, monkeypatch):
    try_edit()

    def fail(*args):
        raise ZeroDivisionError

    monkeypatch.setattr("logsync.insight.explain.replayed.alternatives", fail)
    tasks.run_replay(queued[0])
    html = words_of(signed_in.get(f"/what-if/{Replay.objects.get().key.hex}/"))
    assert "Gatehouse could not finish this." in html
    assert "Start again" in html


def test_results_go_after_an_hour(grafana, signed_in, try_edit, time_machine):
    try_edit()
    key = Replay.objects.get().key
    assert forget_old_replays() == 0
    time_machine.move_to(NOW + timedelta(minutes=61), tick=False)
    tasks.forget_replays()
    assert not ReplayedPerson.objects.exists()
    assert signed_in.get(f"/what-if/{key.hex}/").status_code == 404


@pytest.mark.parametrize("role", [Role.HELPDESK, Role.ANALYST])
def test_others_are_refused(role, grafana, make_user, try_edit):
    try_edit()
    key = Replay.objects.get().key
    client = Client()
    client.force_login(make_user("hal", role))
    for address in (EDIT, f"/what-if/{key.hex}/", f"/what-if/{key.hex}/people.csv"):
        response = client.get(address)
        assert response.status_code == 403
        assert "see Access policies rule by rule" in words_of(response)
    assert "/what-if/" not in client.get("/logins/").content.decode()


def test_others_cannot_cancel(grafana, make_user, try_edit, queued):
    try_edit()
    replay = Replay.objects.get()
    client = Client()
    client.force_login(make_user("sue", Role.SECURITY))
    assert client.get(f"/what-if/{replay.key.hex}/").status_code == 200
    assert client.post(f"/what-if/{replay.key.hex}/cancel/").status_code == 403
    assert client.post(f"/what-if/{replay.key.hex}/again/").status_code == 403


def test_queries_do_not_grow_with_people(grafana, try_edit, make_login):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            try_edit()
        return len(queries)

    before = count()
    for number in range(40):
        make_login(user_email=f"p{number}@meridian.example", country="NL")
    assert count() <= before


def test_erased_person_is_gone(grafana, try_edit):
    try_edit()
    erase("ada@meridian.example")
    assert outcomes() == {"eve": "changes", "kim": "untold"}
    try_edit(**REQUIRES_GERMANY, **{"p0-exclude-add-kind": "email", "p0-exclude-add-value": "eve@meridian.example"})
    erase("eve@meridian.example")
    assert Replay.objects.count() == 1


def test_other_accounts_are_not_found(grafana, make_user, try_edit, other_account):
    try_edit()
    key = Replay.objects.get().key.hex
    user = make_user("sue", Role.SECURITY)
    set_limit(user, [other_account])
    client = Client()
    client.force_login(user)
    for address in (EDIT, f"/what-if/{key}/", f"/what-if/{key}/people.csv"):
        assert client.get(address).status_code == 404
    assert client.post(EDIT, {"act": "run", **REQUIRES_GERMANY}).status_code == 404
    assert Replay.objects.count() == 1


def test_groups_are_those_last_seen(grafana, account, okta, try_edit):
    content = {"email": "ada@meridian.example", "idp": {"id": okta.idp_id, "type": "okta"}, "groups": ["eng-prod"]}
    LastSeenIdentity.objects.create(
        account=account,
        access_id="a1",
        user_id="",
        person="ada@meridian.example",
        seen_at=NOW - timedelta(days=2),
        first_read_at=NOW,
        last_read_at=NOW,
        content=content,
        digest="d1",
    )
    rule = {"p0": ENGINEERS["id"], "p0-require-add-kind": "okta"}
    try_edit(**rule, **{"p0-require-add-value": "eng-prod"})
    assert outcomes() == {"bob": "untold", "eve": "untold", "kim": "untold"}
    Replay.objects.all().delete()
    try_edit(**rule, **{"p0-require-add-value": "sales"})
    assert outcomes() == {"ada": "loses", "bob": "untold", "eve": "untold", "kim": "untold"}


def test_counts_are_those_of_the_database(grafana, try_edit, make_login):
    for number in range(30):
        country, email = ("NL", "DE", "FR")[number % 3], f"p{number % 7}@meridian.example"
        make_login(user_email=email, country=country, allowed=number % 2 == 0)
    try_edit()
    rows = AccessRequest.objects.filter(person__endswith="@meridian.example", country__gt="")
    assert Replay.objects.get().result["logins"]["lost"] == rows.exclude(country="DE").count()
    assert Replay.objects.get().result["allowed"]["admitted"] == AccessRequest.objects.filter(allowed=True).count()
