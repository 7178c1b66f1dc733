"""Each export is recorded while it is sent: who, what, how much of it, its digest, and how it ended."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from dashboard import __version__
from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry
from dashboard.exported import recording
from dashboard.exported.manifest import is_signed, manifest_of
from dashboard.exported.models import LONGEST, Export, State
from dashboard.lists.csv import cell
from tests.conftest import NOW

ADDRESS = "/logins.csv?country=NL&columns=ray_id"


@pytest.fixture
def logins(all_logins_known, make_login):
    """Five denied logins, the newest first."""
    return [make_login(created_at=NOW - timedelta(minutes=number)) for number in range(1, 6)]


@pytest.fixture
def fail_after(monkeypatch):
    """Have the database fail when so many cells were written."""

    def begin(count):
        left = iter(range(count))

        def failing(value):
            if next(left, None) is None:
                raise DatabaseError("The connection was lost.")
            return cell(value)

        monkeypatch.setattr("dashboard.lists.csv.cell", failing)

    return begin


def the_export():
    [export] = Export.objects.all()
    return export


def ending(export):
    return export.state, export.rows, export.size, export.sha256


def of_bytes(body):
    return len(body), hashlib.sha256(body).hexdigest()


# What is recorded


def test_record_says_what_was_taken(logins, signed_in):
    body = b"".join(signed_in.get(ADDRESS))
    export = the_export()
    assert (export.username, export.user) == ("sam", User.objects.get())
    assert (export.list_name, export.words) == ("Logins", "Result: denied · Country: NL")
    assert (export.path, export.query, export.page) == ("/logins.csv", "country=NL&columns=ray_id", "/logins/")
    assert (export.since, export.until, export.as_of) == (NOW - timedelta(hours=24), None, NOW)
    assert (export.format, export.version) == ("csv", __version__)
    assert (export.started_at, export.finished_at) == (NOW, NOW)
    assert ending(export) == (State.COMPLETE, 5, *of_bytes(body))


def test_coverage_names_holes_of_each_log(make_stream, cover, signed_in):
    stream = make_stream()
    cover(stream, NOW - timedelta(hours=30), NOW - timedelta(hours=9))
    cover(stream, NOW - timedelta(hours=8), NOW)
    list(signed_in.get("/logins.csv"))
    coverage = the_export().coverage
    assert coverage["kind"] == "partial"
    [log] = coverage["logs"]
    assert log["name"] == "Logins"
    hole = {"since": "2026-11-19T05:06:12.000000Z", "until": "2026-11-19T06:06:12.000000Z", "reason": "waiting"}
    assert log["unknown"] == [hole]


def test_json_is_recorded_without_its_frame(logins, signed_in):
    response = signed_in.get("/logins.json?per_page=25")
    body = b"".join(response)
    assert ending(the_export()) == (State.COMPLETE, 5, *of_bytes(body))
    assert the_export().has_more is False
    assert response["Content-Disposition"].endswith(f'-export-{the_export().pk}-complete.json"')
    assert json.loads(body)["coverage"] == the_export().coverage


def test_json_with_next_has_more(logins, signed_in, monkeypatch):
    monkeypatch.setattr("dashboard.lists.views.MOST_ROWS", 3)
    assert json.loads(b"".join(signed_in.get("/logins.json")))["next"]
    assert (the_export().rows, the_export().has_more) == (3, True)


def test_audit_log_has_each_export(logins, signed_in):
    list(signed_in.get(ADDRESS))
    entry = AuditEntry.objects.get(action=Action.EXPORTED)
    assert (entry.username, entry.subject) == ("sam", "Logins")
    export = the_export()
    asked = {"filters": export.words, "address": ADDRESS, "format": "csv"}
    assert entry.details == {"export": export.pk, **asked}


def test_deleted_user_is_still_named(logins, signed_in):
    list(signed_in.get(ADDRESS))
    User.objects.all().delete()
    assert (the_export().user, the_export().username) == (None, "sam")


@pytest.mark.parametrize("address", ["/logins.csv?country=NL&allowed=perhaps", "/logins.json?after=x"])
def test_refused_address_is_no_export(address, logins, signed_in):
    assert signed_in.get(address).status_code == 400
    assert not Export.objects.exists()


def test_head_request_is_no_export(logins, signed_in):
    response = signed_in.head(ADDRESS)
    assert response["Content-Disposition"].endswith('-complete.csv"')
    assert b"".join(response) == b""
    assert not Export.objects.exists()


# How it ends


def test_running_until_last_byte(logins, signed_in):
    response = signed_in.get(ADDRESS)
    body = iter(response.streaming_content)
    next(body)
    assert (the_export().state, the_export().sha256) == (State.RUNNING, "")
    list(body)
    assert the_export().state == State.COMPLETE


def test_closed_early_is_cut_off(logins, signed_in, hang_up):
    response = signed_in.get(ADDRESS)
    body = iter(response.streaming_content)
    sent = b"".join(next(body) for _ in range(3))
    hang_up(response)
    assert ending(the_export()) == (State.CUT_OFF, 2, *of_bytes(sent))


def test_closed_before_first_byte_is_cut_off(logins, signed_in, hang_up):
    hang_up(signed_in.get(ADDRESS))
    assert ending(the_export()) == (State.CUT_OFF, 0, *of_bytes(b""))


def test_closing_after_the_end_changes_nothing(logins, signed_in, hang_up):
    response = signed_in.get(ADDRESS)
    list(response)
    hang_up(response)
    assert the_export().state == State.COMPLETE


def test_error_in_stream_is_failed(logins, fail_after, signed_in):
    fail_after(2)
    body = iter(signed_in.get(ADDRESS).streaming_content)
    sent = next(body) + next(body) + next(body)
    with pytest.raises(DatabaseError):
        next(body)
    assert ending(the_export()) == (State.FAILED, 2, *of_bytes(sent))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["complete", "cut_off", "failed"])
def test_ending_is_recorded_outside_of_transaction(how, logins, fail_after, signed_in, hang_up, monkeypatch):
    monkeypatch.setattr("dashboard.lists.export.CHUNK_ROWS", 2)
    written_in_transaction = []
    save = Export.save

    def saving(export, **options):
        written_in_transaction.append(connection.in_atomic_block)
        save(export, **options)

    monkeypatch.setattr(Export, "save", saving)
    if how == "failed":
        fail_after(2)
    response = signed_in.get(ADDRESS)
    written_in_transaction.clear()
    body = iter(response.streaming_content)
    next(body), next(body)
    if how == "cut_off":
        hang_up(response)
    elif how == "complete":
        list(body)
    else:
        next(body)
        with pytest.raises(DatabaseError):
            next(body)
    assert (the_export().state, written_in_transaction) == (how, [False])
    assert connection.in_atomic_block is False


def test_slow_reader_is_cut_off(logins, signed_in, monkeypatch):
    monkeypatch.setattr(recording, "LONGEST", timedelta(seconds=-1))
    body = iter(signed_in.get(ADDRESS).streaming_content)
    sent = next(body)
    with pytest.raises(recording.ExportTooSlowError):
        next(body)
    assert ending(the_export()) == (State.CUT_OFF, 0, *of_bytes(sent))


def test_killed_process_leaves_cut_off(logins, signed_in, time_machine):
    signed_in.get(ADDRESS)
    assert the_export().state_now == State.RUNNING
    time_machine.move_to(NOW + LONGEST, tick=False)
    assert the_export().state_now == State.CUT_OFF
    for now, state in ((NOW + LONGEST, State.CUT_OFF), (NOW + LONGEST / 2, State.RUNNING)):
        assert vars(Export.objects.with_state(now).get())["state_then"] == state


def test_unrecorded_ending_disturbs_nobody(logins, signed_in, monkeypatch, caplog):
    response = signed_in.get(ADDRESS)

    def lose_connection(*args, **kwargs):
        raise DatabaseError("The connection was lost.")

    monkeypatch.setattr(Export, "save", lose_connection)
    assert len(list(response)) == 6
    assert the_export().state == State.RUNNING
    assert "ended as complete, and this could not be recorded" in caplog.text


def test_words_erased_meanwhile_are_signed(logins, signed_in):
    response = signed_in.get("/logins.csv?user_email=ada")
    Export.objects.update(words="Person: erased", query="user_email=erased")
    list(response)
    assert (the_export().words, the_export().query) == ("Person: erased", "user_email=erased")
    assert is_signed(manifest_of(the_export()))


def test_record_deleted_meanwhile_disturbs_nobody(logins, signed_in, caplog):
    response = signed_in.get(ADDRESS)
    Export.objects.all().delete()
    assert len(list(response)) == 6
    assert "could not be recorded" in caplog.text


# How many at once


@pytest.mark.parametrize(("address", "type"), [("/logins.csv", "text/plain"), ("/logins.json", "application/json")])
def test_third_export_at_once_waits(address, type, logins, signed_in, settings):
    settings.EXPORTS_AT_ONCE = 2
    first, _ = signed_in.get(ADDRESS), signed_in.get(ADDRESS)
    refused = signed_in.get(address)
    assert (refused.status_code, refused["Retry-After"]) == (429, "30")
    assert refused["Content-Type"].startswith(type)
    assert "You have 2 exports running, and one person may have 2 at once." in refused.content.decode()
    list(first)
    assert signed_in.get(address).status_code == 200
    assert Export.objects.count() == 3


def test_others_exports_are_not_counted(logins, signed_in, make_user, settings):
    settings.EXPORTS_AT_ONCE = 1
    signed_in.get(ADDRESS)
    signed_in.force_login(make_user("kim"))
    assert signed_in.get(ADDRESS).status_code == 200


def test_dead_export_blocks_nobody_for_long(logins, signed_in, settings, time_machine):
    settings.EXPORTS_AT_ONCE = 1
    signed_in.get(ADDRESS)
    assert signed_in.get(ADDRESS).status_code == 429
    time_machine.move_to(NOW + LONGEST, tick=False)
    assert signed_in.get(ADDRESS).status_code == 200


# What it costs


def test_record_costs_three_writes(logins, signed_in):
    # The first request of a user is noted, too.
    list(signed_in.get(ADDRESS))
    with CaptureQueriesContext(connection) as queries:
        list(signed_in.get(ADDRESS))
    written = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert len(written) == 3
