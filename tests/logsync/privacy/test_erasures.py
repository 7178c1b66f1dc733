"""Rows that arrive again for somebody who was erased: those from before are not kept, those from after are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Count, Q

from logsync.cloudflare.records import UnreadableRow
from logsync.coverage import ask_for, missing_spans
from logsync.derived import recount
from logsync.ingest.directory import sync_directory
from logsync.ingest.sync import sync_stream
from logsync.models import (
    AccessRequest,
    ErasedIdentity,
    Installation,
    PersonAddress,
    ScimUpdate,
    SetAsideRow,
    Stream,
    SyncRun,
)
from logsync.privacy.erase import erase
from logsync.privacy.erasures import Erasures, forget_before
from logsync.spans import Span
from tests.logsync.privacy.conftest import ADA, BOB
from tests.logsync.privacy.test_erase import tables_naming

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def sync(cloudflare, settings, db):
    """Read all logs of a simulated company for a day back; all streams are complete then."""
    settings.BACKFILL = DAY
    small = {"logins_per_day": 60, "scim_per_day": 12}

    def sync(again=None):
        sync_directory(lambda _: cloudflare(**small))
        for stream in Stream.objects.all():
            if again:
                ask_for(stream, again, again=True, asked_by="sam")
            assert sync_stream(stream, cloudflare(**small))
        return Stream.objects.all()

    return sync


def keys(rows):
    return set(rows.values_list("key", flat=True))


@pytest.fixture
def person(sync):
    """Somebody with rows of both logs."""
    sync()
    both = PersonAddress.objects.exclude(update_at=None).exclude(login_at=None).values("person")
    logins = AccessRequest.objects.filter(person__in=both).values_list("person").annotate(n=Count("pk"))
    return logins.order_by("-n", "person").values_list("person", flat=True)[0]


def test_rows_from_before_are_not_kept(sync, person, now):
    logins, updates = keys(AccessRequest.objects.all()), keys(ScimUpdate.objects.all())
    about = keys(AccessRequest.objects.filter(person=person)), keys(ScimUpdate.objects.filter(person=person))
    done = erase(person)
    assert (done.logins, done.updates >= len(about[1])) == (len(about[0]), True)
    left = keys(ScimUpdate.objects.all())
    SyncRun.objects.all().delete()
    streams = sync(again=Span(now - DAY, now))
    # Everybody else's rows are there once, and the whole time is known.
    assert keys(AccessRequest.objects.all()) == logins - about[0]
    assert keys(ScimUpdate.objects.all()) == left
    assert left <= updates - about[1]
    assert [missing_spans(stream, now - HOUR) for stream in streams] == [[]] * len(streams)
    assert tables_naming(person) == []
    assert recount.differences() == []
    again = SyncRun.objects.filter(is_backfill=True)
    assert sum(again.values_list("erased", flat=True)) >= done.logins + done.updates - 5
    assert not again.filter(Q(fetched=0) & Q(erased__gt=0)).exists()


def test_rows_from_after_are_kept(sync, person, now, time_machine):
    erase(person)
    time_machine.move_to(now + DAY, tick=False)
    sync()
    new = AccessRequest.objects.filter(person=person)
    assert new.exists()
    assert not new.filter(created_at__lt=now).exists()
    assert recount.differences() == []


def test_erasure_is_known_only_by_hash(everything):
    digest = erase(ADA).digest
    assert ErasedIdentity.objects.filter(digest=digest).exists()
    assert ADA not in str(ErasedIdentity.objects.values())
    # Without the key, which is in no table, nobody can try addresses.
    assert ADA not in repr(Erasures.load())
    assert repr(Installation.identity_key()) not in repr(Erasures.load())


def test_second_erasure_moves_its_moment(everything, now, time_machine):
    first = erase(ADA)
    time_machine.move_to(now + DAY, tick=False)
    second = erase(ADA)
    assert second.digest == first.digest
    assert ErasedIdentity.objects.get(digest=first.digest).erased_at == now + DAY


def test_erasures_end_with_retention(everything, now):
    erase(ADA)
    forget_before(now)
    assert ErasedIdentity.objects.exists()
    forget_before(now + timedelta(microseconds=1))
    assert not ErasedIdentity.objects.exists()


def test_unreadable_rows_lose_address(everything):
    SetAsideRow.objects.all().delete()
    erase(ADA)
    erasures = Erasures.load()
    rows = [UnreadableRow("Odd.", value, "x") for value in ({"user_email": ADA}, [ADA], {"user_email": BOB})]
    before = ErasedIdentity.objects.earliest("erased_at").erased_at - timedelta(seconds=1)
    assert [row.value for row in erasures.keep_unreadable(rows, before)] == [
        ["erased@erased.invalid"],
        {"user_email": BOB},
    ]
    assert erasures.keep_unreadable(rows, before + DAY) == rows
