"""Hold what is stored against what Cloudflare (here the simulator) holds, for the time that is settled.

Run with the installation's environment; prints one line of JSON.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
django.setup()

from logsync.coverage import State, spans_of  # noqa: E402
from logsync.ingest.store import row_keys  # noqa: E402
from logsync.ingest.tokens import connect_to  # noqa: E402
from logsync.models import AccessRequest, Log, ScimUpdate, Stream  # noqa: E402


def compare(stream: Stream) -> dict[str, int]:
    """How many rows of the settled time are missing, and how many are stored that Cloudflare does not hold."""
    (span,) = spans_of(stream, State.SETTLED)
    pages: Iterable[Any]
    stored: Any
    with connect_to(stream.account) as here:
        if stream.log == Log.ACCESS_REQUESTS:
            pages = list(here.access_requests(*span))
            stored = AccessRequest.objects.between(*span).filter(account=stream.account)
        else:
            pages = list(here.scim_updates(stream.idp_id, *span))
            stored = ScimUpdate.objects.between(*span).filter(account=stream.account, idp_id=stream.idp_id)
    theirs = {key for page in pages for key in row_keys(stream.account, stream.log, [row.identity for row in page])}
    ours = list(stored.values_list("key", flat=True))
    return {
        "rows": len(theirs),
        "missing": len(theirs - set(ours)),
        "unknown": len(set(ours) - theirs),
        "doubled": len(ours) - len(set(ours)),
    }


print(json.dumps({str(stream): compare(stream) for stream in Stream.objects.all()}))
