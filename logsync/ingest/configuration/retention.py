"""Delete what is kept of policies and users once no event of its time is kept."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from logsync.models import (
    AccessObject,
    AuditLogChange,
    CloudflareUser,
    LastSeenIdentity,
    PersonAddress,
    Snapshot,
    UserReading,
)


def forget_configuration_before(moment: datetime) -> None:
    """Delete changes from before `moment`, forms that something no longer had then, and users without events.

    A form stays as long as there are events of its time: until another was seen before `moment`, or the object was
    gone by then. What was last read of a user before `moment` goes too, as does all of a user whom no row is about.
    """
    AuditLogChange.objects.filter(changed_at__lt=moment).delete()
    AccessObject.objects.filter(gone_at__lt=moment).delete()
    later = Q(first_seen_at__gt=OuterRef("first_seen_at")) | Q(
        first_seen_at=OuterRef("first_seen_at"), pk__gt=OuterRef("pk")
    )
    successors = Snapshot.objects.filter(later, object=OuterRef("object"), first_seen_at__lte=moment)
    Snapshot.objects.filter(Exists(successors)).delete()
    on_record = Exists(PersonAddress.objects.filter(account=OuterRef("account"), person=OuterRef("person")))
    CloudflareUser.objects.filter(Q(read_at__lt=moment) | ~on_record).delete()
    LastSeenIdentity.objects.filter(Q(last_read_at__lt=moment) | ~on_record).delete()
    UserReading.objects.filter(Q(wanted_at__lt=moment) | ~on_record).delete()
