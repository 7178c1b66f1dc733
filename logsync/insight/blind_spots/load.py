"""Read from the database what Access is set up to do now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from logsync.cloudflare.policies import BYPASS, AppSettings, Policy, RuleGroup, time_of
from logsync.cloudflare.references import APP, GROUP, POLICY, Reference
from logsync.insight.blind_spots.proof import MOST_STEPS, Budget, Prover
from logsync.insight.blind_spots.setup import App, Setup, Token
from logsync.models import AccessObject, Account, Reading, Snapshot

Kind = AccessObject.Kind
# Which reading brings all of a kind. A policy of a single application comes with the application.
_READ_BY = {
    APP: (Reading.Part.APPS,),
    POLICY: (Reading.Part.APPS, Reading.Part.POLICIES),
    GROUP: (Reading.Part.GROUPS,),
}


def setup_of(account: Account) -> Setup:
    """What an account is set up to do, as it was last read."""
    things = AccessObject.objects.filter(account=account)
    here = things.filter(gone_at=None)
    # The items of lists can be many, and nothing here needs them.
    contents = {Reference(kind, id): content for kind, id, content in _contents(here.exclude(kind=Kind.LIST))}
    of = {kind: {thing.object_id: one for thing, one in contents.items() if thing.kind == kind} for kind in Kind}
    gone = things.exclude(gone_at=None).values_list("kind", "object_id")
    return Setup(
        apps={id: App(AppSettings.from_json(one), str(one.get("type", ""))) for id, one in of[Kind.APP].items()},
        policies={id: Policy.from_json(one) for id, one in of[Kind.POLICY].items()},
        still_there=_still_there(account, here),
        groups={id: RuleGroup.from_json(one) for id, one in of[Kind.GROUP].items()},
        tokens={
            id: Token(str(one.get("name", "")), time_of(one, "expires_at"))
            for id, one in of[Kind.SERVICE_TOKEN].items()
        },
        lists=dict(here.filter(kind=Kind.LIST).values_list("object_id", "name")),
        providers=_providers(account),
        gone=frozenset(Reference(kind, id) for kind, id in gone),
        is_read=_is_read(account),
    )


def bypass_policies_of(app_uid: str, account_ids: Collection[str] = ()) -> list[Policy]:
    """The policies of an application that let requests bypass Access, as they were last read.

    Those of any account that has an application of this id, unless some accounts are named.
    """
    things = AccessObject.objects.filter(gone_at=None)
    apps = things.filter(kind=Kind.APP, object_id=app_uid) if app_uid else things.none()
    if account_ids:
        apps = apps.filter(account__account_id__in=account_ids)
    found = []
    for account in apps.values_list("account_id", flat=True):
        for _, _, app in _contents(apps.filter(account=account)):
            ids = [policy_id for policy_id, _ in AppSettings.from_json(app).policies or ()]
            policies = things.filter(account=account, kind=Kind.POLICY, object_id__in=ids)
            found += [Policy.from_json(content) for _, _, content in _contents(policies)]
    prover = Prover({}, Budget(MOST_STEPS))
    return [one for one in found if one.decision == BYPASS and not prover.nobody_meets(one.rules)]


def _contents(things: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The kind and id of each of these objects, with its newest content."""
    newest = Snapshot.objects.filter(object=OuterRef("pk")).newest_first().values("pk")[:1]
    keys = things.order_by().annotate(newest=Subquery(newest)).values("newest")
    rows = Snapshot.objects.filter(pk__in=keys).order_by("object__name", "object__object_id")
    yield from rows.values_list("object__kind", "object__object_id", "content")


def _still_there(account: Account, here: QuerySet[AccessObject]) -> frozenset[str]:
    """The policies that the newest reading showed; one that was taken from its only application isn't among them."""
    read_at = Reading.objects.filter(account=account, part=Reading.Part.POLICIES).values("read_at")
    seen = here.filter(kind=Kind.POLICY, last_seen_at__gte=Subquery(read_at))
    return frozenset(seen.values_list("object_id", flat=True))


def _token(content: dict[str, Any]) -> Token:
    return Token(str(content.get("name", "")), time_of(content, "expires_at"))


def _providers(account: Account) -> dict[str, str] | None:
    """The identity providers by name. An empty list proves nothing: it comes without the permission, too."""
    if account.providers_error:
        return None
    return {idp.idp_id: str(idp) for idp in account.identity_providers.filter(vanished_at=None)} or None


def _is_read(account: Account) -> frozenset[str]:
    readings = Reading.objects.filter(account=account, error="").exclude(read_at=None)
    read: Iterable[str] = set(readings.values_list("part", flat=True))
    return frozenset(kind for kind, parts in _READ_BY.items() if set(parts) <= set(read))
