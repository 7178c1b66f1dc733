"""What is kept. One file per subject: directory (tokens and names), events (the two logs), bookkeeping (streams and
runs), ranges (which time is known, wanted, being read), summaries (sums of the events), people and scim (who and
what the events are about), configuration (apps, policies and groups of Access, and how they changed), replays (what an
edit of them would do), mentions (texts by which events are found), set_aside (rows that could not be read), erased
(whose rows are not kept). What of it whoever looks may see: sight, masking."""

from logsync.models import lookups as lookups  # registers them
from logsync.models.bookkeeping import Installation, Log, Stream, SyncRun, WrongIdentityKeyError
from logsync.models.configuration import (
    AccessObject,
    AuditLogChange,
    CloudflareUser,
    LastSeenIdentity,
    Reading,
    Snapshot,
    UserReading,
)
from logsync.models.directory import Account, ApiToken, Application, IdentityProvider
from logsync.models.erased import ErasedIdentity
from logsync.models.events import AccessRequest, ScimUpdate
from logsync.models.mentions import Mention
from logsync.models.people import PersonAddress, PersonAtApp, UserId, person_of
from logsync.models.ranges import AskedRange, Claim, CoveredRange, FailedRange
from logsync.models.replays import Replay, ReplayedPerson
from logsync.models.scim import ProblemNote, ScimIdentifier, ScimMember, ScimProblem, ScimProblemStatus, ScimResource
from logsync.models.set_aside import SetAsideRow
from logsync.models.summaries import DailyCount, HourlyCount, LatenessCount

__all__ = [
    "AccessObject",
    "AccessRequest",
    "Account",
    "ApiToken",
    "Application",
    "AskedRange",
    "AuditLogChange",
    "Claim",
    "CloudflareUser",
    "CoveredRange",
    "DailyCount",
    "ErasedIdentity",
    "FailedRange",
    "HourlyCount",
    "IdentityProvider",
    "Installation",
    "LastSeenIdentity",
    "LatenessCount",
    "Log",
    "Mention",
    "PersonAddress",
    "PersonAtApp",
    "ProblemNote",
    "Reading",
    "Replay",
    "ReplayedPerson",
    "ScimIdentifier",
    "ScimMember",
    "ScimProblem",
    "ScimProblemStatus",
    "ScimResource",
    "ScimUpdate",
    "SetAsideRow",
    "Snapshot",
    "Stream",
    "SyncRun",
    "UserId",
    "UserReading",
    "WrongIdentityKeyError",
    "person_of",
]
