"""Compare what is stored with what Cloudflare (here the simulator) has, for the time that is settled.

Run this in the installation's environment; it prints one line of JSON.
"""

from __future__ import annotations

import json
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
django.setup()

from logsync.coverage import State, spans_of  # noqa: E402
from logsync.datasets import dataset_of  # noqa: E402
from logsync.ingest.store import row_keys  # noqa: E402
from logsync.ingest.tokens import Connections  # noqa: E402
from logsync.models import Stream  # noqa: E402


def compare(stream: Stream) -> dict[str, int]:
    """How many rows of the settled time are missing, and how many are stored that Cloudflare does not have."""
    (span,) = spans_of(stream, State.SETTLED)
    dataset = dataset_of(stream)
    with Connections().connect_to(stream.account) as here:
        pages = list(dataset.pages(here, stream.idp_id, *span))
    stored = dataset.rows_of(stream).between(*span)
    theirs = {key for page in pages for key in row_keys(stream.account, stream.log, [row.identity for row in page])}
    ours = list(stored.values_list("key", flat=True))
    return {
        "rows": len(theirs),
        "missing": len(theirs - set(ours)),
        "unknown": len(set(ours) - theirs),
        "doubled": len(ours) - len(set(ours)),
    }


print(json.dumps({str(stream): compare(stream) for stream in Stream.objects.all()}))
