"""Changes found from snapshots and audit entries, and the applications that they touch."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.ingest.snapshots import keep_snapshot
from logsync.insight.policy_changes.change import Origin
from logsync.insight.policy_changes.load import (
    Sources,
    change_named,
    changes_before,
    changes_in,
    changes_touching,
    contents_of,
    references_of,
    references_of_apps,
    with_entries,
)
from logsync.models import AccessObject, AuditLogChange
from logsync.models.sight import Sight, seeing
from logsync.spans import BEGINNING, END, Span
from tests.conftest import NOW

Kind = AccessObject.Kind
APP = "13d976ec-915a-4e59-afab-cef6291764b8"
GROUP = {"id": "g1", "name": "Engineers", "include": [{"okta": {"name": "eng"}}]}
NESTING = {"id": "g2", "name": "Staff", "include": [{"group": {"id": "g1"}}]}
POLICY = {"id": "p1", "name": "Engineering", "decision": "allow", "include": [{"group": {"id": "g2"}}]}
HOUR = timedelta(hours=1)
DAY = Span(NOW - timedelta(days=1), NOW)
ALWAYS = Span(BEGINNING, END)


class SightOfNothing(Sight):
    accounts = frozenset()


@pytest.fixture
def make_entry(account):
    """An entry of Cloudflare's audit log."""

    def make(object_id, at, kind=Kind.GROUP, actor="nora@meridian.example", action="update"):
        count = AuditLogChange.objects.count()
        fields = {"account": account, "entry_id": f"e{count}", "changed_at": at, "action": action}
        return AuditLogChange.objects.create(kind=kind, object_id=object_id, actor_email=actor, **fields)

    return make


@pytest.fixture
def changed_group(read_policies):
    """A rule group, nested in another, that a policy mentions; changed between readings at 8:00 and 9:00."""
    read_policies(POLICY, groups=[GROUP, NESTING], until=NOW - 6 * HOUR)
    read_policies(POLICY, groups=[GROUP | {"include": [{"okta": {"name": "eng-prod"}}]}, NESTING], at=NOW - 5 * HOUR)


def test_first_readings_are_no_changes(account, read_policies):
    read_policies(POLICY, groups=[GROUP, NESTING])
    assert changes_in([account.pk], ALWAYS) == []


def test_change_lies_between_readings(account, changed_group):
    [change] = changes_in([account.pk], DAY)
    assert (change.origin, change.key, change.name) == (Origin.SNAPSHOT, ("group", "g1"), "Engineers")
    assert (change.after, change.by, change.at) == (NOW - 6 * HOUR, NOW - 5 * HOUR, None)
    before, after = contents_of(change)
    assert before is not None
    assert after is not None
    assert (before["include"], after["include"]) == ([{"okta": {"name": "eng"}}], [{"okta": {"name": "eng-prod"}}])


@pytest.mark.parametrize(("minutes", "is_taken"), [(30, True), (0, True), (61, False), (-1, False)])
def test_time_of_cloudflare_within_readings(account, minutes, is_taken):
    said = NOW - timedelta(minutes=minutes)
    keep_snapshot(account, Kind.GROUP, "g1", GROUP, NOW - HOUR)
    keep_snapshot(account, Kind.GROUP, "g1", GROUP | {"updated_at": said.isoformat()}, NOW)
    [change] = changes_in([account.pk], ALWAYS)
    assert change.at == (said if is_taken else None)


def test_gone_and_back(account, changed_group):
    group = AccessObject.objects.get(object_id="g1")
    group.last_seen_at, group.gone_at = NOW - 2 * HOUR, NOW - HOUR
    group.save()
    gone, _ = changes_in([account.pk], DAY)
    assert (gone.origin, gone.key, gone.after, gone.by) == (Origin.GONE, ("group", "g1"), NOW - 2 * HOUR, NOW - HOUR)
    assert contents_of(gone)[1] is None
    keep_snapshot(account, Kind.GROUP, "g1", GROUP, NOW)
    assert [change.origin for change in changes_in([account.pk], Span(DAY.since, END))] == [Origin.SNAPSHOT] * 2


def test_entry_says_who_and_when(account, changed_group, make_entry):
    made = make_entry("g1", NOW - timedelta(hours=5, minutes=20))
    [change] = with_entries(changes_in([account.pk], DAY))
    assert (change.origin, change.actors, change.at) == (Origin.SNAPSHOT, ("nora@meridian.example",), made.changed_at)


def test_entry_without_readings_is_change(account, changed_group, make_entry):
    early = make_entry("g1", NOW - timedelta(days=60))
    other = make_entry("p9", NOW - HOUR, kind=Kind.POLICY)
    assert [(change.origin, change.number) for change in changes_in([account.pk], ALWAYS)] == [
        (Origin.ENTRY, other.pk),
        (Origin.SNAPSHOT, changes_in([account.pk], DAY)[1].number),
        (Origin.ENTRY, early.pk),
    ]
    found = change_named(Origin.ENTRY, early.pk)
    assert found is not None
    assert (found.at, found.actors, contents_of(found)) == (early.changed_at, ("nora@meridian.example",), (None, None))


def test_made_object_shows_its_first_form(account, make_entry):
    made = make_entry("g1", NOW - HOUR, action="create")
    keep_snapshot(account, Kind.GROUP, "g1", GROUP, NOW)
    found = change_named(Origin.ENTRY, made.pk)
    assert found is not None
    assert contents_of(found) == (None, GROUP)


def test_nested_group_touches_app(account, changed_group):
    [change] = changes_touching(account.pk, APP, DAY)
    assert change.key == ("group", "g1")
    assert references_of(account.pk).apps_touched(change.key, change.span) == {APP}
    assert changes_touching(account.pk, "another app", DAY) == []


def test_circle_of_groups_ends(account, read_policies):
    circle = GROUP | {"include": [{"group": {"id": "g2"}}]}
    read_policies(POLICY, groups=[circle, NESTING])
    assert references_of(account.pk).apps_touched(("group", "g1"), Span(NOW, NOW)) == {APP}


def test_former_policy_touches_nothing(account, read_policies):
    read_policies(POLICY, groups=[GROUP, NESTING], until=NOW - 6 * HOUR)
    read_policies(groups=[GROUP, NESTING], at=NOW - 5 * HOUR, until=NOW - 4 * HOUR)
    keep_snapshot(account, Kind.GROUP, "g1", GROUP | {"include": []}, NOW - HOUR)
    assert [change.key for change in changes_touching(account.pk, APP, DAY)] == [("app", APP)]


@pytest.mark.parametrize(
    "rule", [{"group": None}, {"group": {"id": 7}}, {"group": ["g1"]}, "group", None, {"group": {"id": "g1"}, "x": 1}]
)
def test_values_of_other_types_mention_nothing(account, read_policies, rule):
    read_policies(POLICY | {"include": [rule], "require": 7, "exclude": {"group": {}}}, groups=[GROUP])
    assert references_of(account.pk).apps_touched(("group", "g1"), Span(NOW, NOW)) == set()


def test_changes_before_a_denial(account, changed_group, make_entry):
    make_entry("g1", NOW - timedelta(hours=5, minutes=20))
    [change] = changes_before(account.pk, APP, NOW - timedelta(hours=5, minutes=10), timedelta(hours=24))
    assert change.actors == ("nora@meridian.example",)
    assert changes_before(account.pk, APP, NOW - timedelta(hours=5, minutes=10), timedelta(minutes=5)) == []
    assert changes_before(account.pk, APP, NOW - timedelta(hours=5, minutes=30), timedelta(hours=24)) == []


def test_unclear_order_is_not_told(account, changed_group):
    assert changes_before(account.pk, APP, NOW - timedelta(hours=5, minutes=30), timedelta(hours=24)) == []
    assert len(changes_before(account.pk, APP, NOW - 4 * HOUR, timedelta(hours=24))) == 1


def test_pages_cover_all_changes(account, changed_group, make_entry):
    for hours in (5, 5, 9):
        make_entry("p1", NOW - hours * HOUR, kind=Kind.POLICY)
    everything = changes_in([account.pk], ALWAYS)
    assert len(everything) == Sources.all().count(10) == 4
    for place, change in enumerate(everything):
        assert Sources.all().beyond(change.place, older=True).read(9) == everything[place + 1 :]
        newer = Sources.all().beyond(change.place, older=False).read(9, oldest_first=True)
        assert newer[::-1] == everything[:place]


def test_account_out_of_sight(account, changed_group):
    with seeing(SightOfNothing()):
        assert changes_in([account.pk], ALWAYS) == []


def test_list_is_ordered_by_moments_told(account):
    """What a first reading finds out of the past happened when Cloudflare says, not when it was read."""
    for number, hours in ((1, 30), (2, 50), (3, 40)):
        told = {"id": f"g{number}", "name": f"Group {number}", "updated_at": (NOW - hours * HOUR).isoformat()}
        keep_snapshot(account, Kind.GROUP, f"g{number}", GROUP, NOW - 60 * HOUR)
        keep_snapshot(account, Kind.GROUP, f"g{number}", told, NOW - HOUR)
    assert [change.object_id for change in changes_in([account.pk], ALWAYS)] == ["g1", "g3", "g2"]
    assert changes_in([account.pk], DAY) == []
    first, *others = Sources.all().read(9)
    assert Sources.all().beyond(first.place, older=True).read(9) == others


def test_entry_of_form_before_is_another_change(account, make_entry):
    """A form that the audit log told of has its own entry, which says nothing of the change after it."""
    told = keep_snapshot(account, Kind.GROUP, "g1", GROUP, NOW - 6 * HOUR)
    first = make_entry("g1", told.first_seen_at, actor="first@meridian.example")
    changed = GROUP | {"name": "Engineers 2", "updated_at": (NOW - 5 * HOUR).isoformat()}
    keep_snapshot(account, Kind.GROUP, "g1", changed, NOW - HOUR)
    make_entry("g1", NOW - 5 * HOUR, actor="second@meridian.example")
    later, earlier = with_entries(changes_in([account.pk], ALWAYS))
    assert (later.origin, later.actors) == (Origin.SNAPSHOT, ("second@meridian.example",))
    assert (earlier.origin, earlier.number, earlier.actors) == (Origin.ENTRY, first.pk, ("first@meridian.example",))


def test_nested_groups_are_followed(account, read_policies, django_assert_max_num_queries):
    groups = [
        {"id": f"n{number}", "name": "Nested", "include": [{"group": {"id": f"n{number + 1}"}}]} for number in range(50)
    ]
    read_policies(POLICY | {"include": [{"group": {"id": "n0"}}]}, groups=groups)
    with django_assert_max_num_queries(53):
        found = references_of_apps(account.pk, [APP])
    whole = references_of(account.pk)
    ends = Span(NOW, NOW)
    assert found.borne_on_by(APP, ends) == whole.borne_on_by(APP, ends)
    assert found.apps_touched(("group", "n49"), ends) == whole.apps_touched(("group", "n49"), ends) == {APP}
