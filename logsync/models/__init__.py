"""What is kept. One file per subject: directory (names), events (the two logs), bookkeeping (what was read when)."""

from logsync.models import lookups as lookups  # registers them
from logsync.models.bookkeeping import CoveredRange, Installation, Log, Stream, SyncRun
from logsync.models.directory import Account, Application, IdentityProvider
from logsync.models.events import AccessRequest, ScimUpdate

__all__ = [
    "AccessRequest",
    "Account",
    "Application",
    "CoveredRange",
    "IdentityProvider",
    "Installation",
    "Log",
    "ScimUpdate",
    "Stream",
    "SyncRun",
]
