"""Ask for what a list left out, by its id, before it is called gone.

A list proves nothing: Cloudflare leaves out what the token is not permitted to see, without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from logsync.cloudflare.configuration import ConfigurationClient, Part
from logsync.cloudflare.errors import CloudflareError, PausedError, printable
from logsync.cloudflare.kept_content import group_content, list_content, policy_content, service_token_content
from logsync.cloudflare.policies import AppSettings
from logsync.ingest.configuration.apps import Apps
from logsync.ingest.snapshots import Seen, newest_contents
from logsync.models import AccessObject, Account, Snapshot

Kind = AccessObject.Kind
# So many objects of a kind are asked for in one round.
MOST_LOOKED_FOR = 20


def look_for(
    client: ConfigurationClient,
    account: Account,
    kind: AccessObject.Kind,
    started: datetime,
    keep: Callable[[Iterable[Seen]], None],
    apps: Apps | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> str:
    """Ask for the objects of a kind that the round since `started` has not shown, those first that it is longest since.

    What is still there is kept as it is now; what Cloudflare does not know any more is gone from now on. Returns why
    that is not known of the others; blank if it is.
    """
    missing = AccessObject.objects.filter(account=account, kind=kind, gone_at=None, last_seen_at__lt=started)
    if kind == Kind.POLICY and apps and apps.left_out:
        # The policies of an application that was not asked for this time are missing for that reason alone.
        missing = missing.exclude(object_id__in=_policies_of(account, apps.left_out))
    rows = list(missing.order_by("last_seen_at", "pk")[:MOST_LOOKED_FOR])
    owners = _owners(account) if rows and kind == Kind.POLICY else {}
    for row in rows:
        if should_stop():
            break
        try:
            found = _find(client, kind, row.object_id, owners.get(row.object_id, ""))
            seen = [] if found is None else _seen(client, kind, found, apps)
        except PausedError:
            raise
        except CloudflareError as error:
            # The others would hardly fare better.
            name = f"{row.get_kind_display()} {printable(str(row))}"
            return f"Cloudflare no longer lists the {name}, and cannot say whether it is gone: {error}"
        if found is None:
            AccessObject.objects.filter(pk=row.pk).update(gone_at=timezone.now())
        else:
            keep(seen)
    return ""


def _find(client: ConfigurationClient, kind: AccessObject.Kind, object_id: str, owner: str) -> dict[str, Any] | None:
    """The object; a policy may be one of an application, or reusable."""
    found = client.one(Part(kind), object_id, owner) if owner else None
    return found or client.one(Part(kind), object_id)


def _seen(client: ConfigurationClient, kind: AccessObject.Kind, found: dict[str, Any], apps: Apps | None) -> list[Seen]:
    if kind == Kind.APP and apps:
        return apps.of(found)
    if kind == Kind.LIST:
        return [Seen(kind, found["id"], list_content(found, list(client.items_of(found["id"]))))]
    content_of = {
        Kind.POLICY: policy_content,
        Kind.GROUP: group_content,
        Kind.SERVICE_TOKEN: service_token_content,
    }[kind]
    return [Seen(kind, found["id"], content_of(found))]


def _owners(account: Account) -> dict[str, str]:
    """The application that had each policy last, by the policy's id."""
    apps = Snapshot.objects.filter(object__account=account, object__kind=Kind.APP)
    rows = apps.order_by("first_seen_at", "pk").values_list("object__object_id", "content")
    return {
        policy_id: app_id for app_id, content in rows for policy_id, _ in AppSettings.from_json(content).policies or ()
    }


def _policies_of(account: Account, app_ids: list[str]) -> set[str]:
    """The policies that these applications had when they were last read."""
    contents = newest_contents(account, Kind.APP, app_ids).values()
    return {policy_id for content in contents for policy_id, _ in AppSettings.from_json(content).policies or ()}
