"""Fixtures for every test: an account with its streams, rows made by hand, and a client that is signed in."""

from __future__ import annotations

import gc
import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import stamina
from django.contrib.auth.models import Group, User
from django.core.management.commands import flush
from django.db import connections
from django.utils import timezone
from hypothesis import settings

from dashboard.audit_log import triggers
from dashboard.permissions.roles import Role
from dashboard.users.last_seen import NOTED
from logsync.ingest.snapshots import keep_snapshot
from logsync.ingest.store import save_logins, save_updates
from logsync.models import (
    AccessObject,
    AccessRequest,
    Account,
    CoveredRange,
    IdentityProvider,
    Log,
    Reading,
    ScimUpdate,
    Stream,
    person_of,
)
from tests.examples import IN_EVERY_RUN

NOW = datetime(2026, 11, 19, 14, 6, 12, tzinfo=UTC)  # a Thursday

# Only tests with one of these, or with the mark of pytest-django, can use the database.
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}

settings.load_profile(IN_EVERY_RUN)


def pytest_collection_finish() -> None:
    """Keep the garbage collector from walking thousands of tests over and over."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many worlds were looked at, and how many claims of their pages were checked (`tests/worlds`).

    Then say how many hostile values were sent through the pages, how many logins were judged like the reference does,
    and print what tests recorded as figures.
    """
    reports = [report for found in terminalreporter.stats.values() for report in found]
    counted = [dict(report.user_properties) for report in reports if getattr(report, "when", "") == "call"]
    worlds, claims = (sum(int(counts.get(name, 0)) for counts in counted) for name in ("worlds", "claims"))
    if worlds:
        terminalreporter.write_line(f"{worlds:,} worlds looked at, {claims:,} claims of their pages checked")
    # Each example of a test adds its own.
    properties = [
        found for report in reports if getattr(report, "when", "") == "call" for found in report.user_properties
    ]
    fuzzed = Counter[str]()
    for name, number in properties:
        if name.startswith("fuzzed "):
            fuzzed[name.removeprefix("fuzzed ")] += int(number)
    if fuzzed:
        of_each = ", ".join(f"{number:,} {name}" for name, number in fuzzed.items())
        terminalreporter.write_line(
            f"{fuzzed.total():,} hostile values looked for in an output, each value and output once: {of_each}"
        )
    judged = sum(int(counts.get("judged", 0)) for counts in counted)
    if judged:
        terminalreporter.write_line(f"{judged:,} logins judged by random policies, all as by the reference")
    for figures in filter(None, (counts.get("figures") for counts in counted)):
        terminalreporter.write_line(str(figures))


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark tests that use the database: they run on PostgreSQL, too."""
    if item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
        item.add_marker("database")


@pytest.fixture(autouse=True, scope="session")
def _no_waiting():
    """Retry without waiting."""
    stamina.set_testing(True, attempts=4, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture(autouse=True, scope="session")
def _audit_log_can_be_flushed():
    """Let the database be emptied after a test that commits: the audit log's triggers would refuse that.

    Django makes them again after each flush, as after each migration.
    """
    handle = flush.Command.handle

    def without_triggers(self, **options):
        triggers.drop(connections[options["database"]])
        handle(self, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush.Command, "handle", without_triggers)
        yield


@pytest.fixture
def now(time_machine):
    """Stop the clock at NOW."""
    time_machine.move_to(NOW, tick=False)
    return NOW


@pytest.fixture
def account(db):
    return Account.objects.create(account_id="0123456789abcdef0123456789abcdef", name="Meridian")


@pytest.fixture
def okta(account):
    return IdentityProvider.objects.create(
        account=account, idp_id="411d2f50-92ce-442f-a163-866113f28168", name="Okta", type="okta", scim_enabled=True
    )


@pytest.fixture
def make_stream(account):
    """Make a stream whose backfill goes back 30 days."""

    def make(log=Log.ACCESS_REQUESTS, idp_id="", **values):
        values.setdefault("backfill_since", NOW - timedelta(days=30))
        return Stream.objects.create(account=account, log=log, idp_id=idp_id, **values)

    return make


@pytest.fixture
def cover():
    """Note that a stream was read from `since` to `until`; settled by default."""

    def note(stream, since, until, is_settled=True, state=""):
        state = state or ("settled" if is_settled else "provisional")
        return CoveredRange.objects.create(stream=stream, since=since, until=until, state=state)

    return note


@pytest.fixture
def make_login(account):
    """Store a login with everything derived from it: by default ada was denied at Grafana an hour ago."""
    serial = itertools.count(1)

    def make(**values):
        number = next(serial)
        row = {
            "account": account,
            "arrived_at": NOW,
            "created_at": NOW - timedelta(hours=1),
            "user_email": "ada@meridian.example",
            "user_id": "57171132-e453-4ee8-b2a5-8cbaad333207",
            "app_name": "Grafana",
            "app_uid": "13d976ec-915a-4e59-afab-cef6291764b8",
            "app_domain": "grafana.meridian.example/login",
            "app_type": "self_hosted",
            "action": "login",
            "connection": "okta",
            "allowed": False,
            "ip_address": "192.0.2.7",
            "country": "NL",
            "ray_id": f"{number:016x}",
        }
        row |= values
        row["person"] = person_of(row["user_email"])
        [login] = save_logins(row["account"], [AccessRequest(**row)])
        return login

    return make


@pytest.fixture
def make_update(account):
    """Store a SCIM update with everything derived from it: by default Okta failed to create a user an hour ago."""

    def make(**values):
        row = {
            "account": account,
            "arrived_at": NOW,
            "logged_at": NOW - timedelta(hours=1),
            "status": "FAILURE",
            "error_description": 'userName "ada@meridian.example" already exists',
            "request_method": "POST",
            "resource_type": "USER",
            "resource_user_email": "ada@meridian.example",
            "idp_id": "411d2f50-92ce-442f-a163-866113f28168",
            "idp_resource_id": "00u1ab2cd3EF4gh5i6j7",
            "cf_resource_id": "bd97ef8d-7986-43e3-9ee0-c25dda33e4b0",
            "request_body": '{"userName":"ada@meridian.example","active":true}',
        }
        row |= values
        row["person"] = person_of(row["resource_user_email"])
        [update] = save_updates(row["account"], [ScimUpdate(**row)])
        return update

    return make


@pytest.fixture
def read_policies(account):
    """Have an application with these policies, each as Cloudflare's JSON, read from `at` until `until`.

    Call it again with a later `at` to have something changed. By default the application is that of `make_login`.
    """

    def read(*policies, groups=(), at=NOW - timedelta(days=30), until=NOW, of=account, **app):
        app = {"id": "13d976ec-915a-4e59-afab-cef6291764b8", "name": "Grafana", "type": "self_hosted"} | app
        app["policies"] = [{"id": policy["id"], "precedence": place} for place, policy in enumerate(policies, start=1)]
        contents = [(AccessObject.Kind.APP, app)]
        contents += [(AccessObject.Kind.POLICY, policy) for policy in policies]
        contents += [(AccessObject.Kind.GROUP, group) for group in groups]
        for moment in dict.fromkeys((at, until)):
            for kind, content in contents:
                keep_snapshot(of, kind, content["id"], content, moment)
        for part in (Reading.Part.APPS, Reading.Part.POLICIES, Reading.Part.GROUPS):
            times = {"attempted_at": until, "read_at": until, "error": ""}
            Reading.objects.update_or_create(account=of, part=part, defaults=times)

    return read


@pytest.fixture
def make_user(db):
    """Make a user with a role, or with None; an admin may do everything."""

    def make(name="sam", role=Role.ADMIN, **values):
        user = User.objects.create_user(name, **{"password": "a long enough password"} | values)
        if role:
            user.groups.add(Group.objects.get(name=role))
        return user

    return make


@pytest.fixture
def signed_in(client, make_user):
    """A browser without JavaScript, signed in as an admin."""
    client.force_login(make_user())
    # The first visit would note that somebody is here, by queries that no other visit makes.
    session = client.session
    session[NOTED] = int(timezone.now().timestamp())
    session.save()
    return client
