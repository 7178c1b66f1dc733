"""Cloudflare's logs: one entry for each, with all that differs between them.

What reads, checks, counts or lists "the rows of a log" looks them up here and needs no branch of its own. A further log
is a record, a model, an entry here, and a function that stores it (`STORES` in `logsync.ingest.store`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from logsync.cloudflare import records
from logsync.cloudflare.client import CloudflareClient
from logsync.models import AccessRequest, Log, ScimUpdate, Stream
from logsync.models.events import FAILED_STATUSES, IS_LOGIN, AccessRequestQuerySet, ScimUpdateQuerySet

Page = Sequence[records.AccessRequest | records.UnreadableRow] | Sequence[records.ScimUpdate | records.UnreadableRow]


@dataclass(frozen=True, slots=True)
class Dataset:
    """One log: its rows, and how Cloudflare is asked for them.

    `time_field` is when a row happened, `failed` which rows were denied or failed, `words` what a person calls the
    log within a sentence. Where `is_per_provider`, each identity provider of an account has a stream of its own, and
    the rows have an `idp_id`; otherwise the account has one stream, and the `idp_id` below is blank and not used.

    `pages` yields what happened in [since, until), oldest first; `oldest` is when the oldest row in there happened,
    None if there is none; `check` returns if the token may read the log. All three raise CloudflareError.
    """

    log: Log
    model: type[AccessRequest] | type[ScimUpdate]
    record: type[records.AccessRequest] | type[records.ScimUpdate]
    time_field: str
    failed: Q
    words: str
    is_per_provider: bool
    pages: Callable[[CloudflareClient, str, datetime, datetime], Iterator[Page]]
    oldest: Callable[[CloudflareClient, str, datetime, datetime], datetime | None]
    check: Callable[[CloudflareClient, str], None]

    def rows_of(self, stream: Stream) -> AccessRequestQuerySet | ScimUpdateQuerySet:
        """The stored rows of a stream of this log."""
        provider = {"idp_id": stream.idp_id} if self.is_per_provider else {}
        return self.model.objects.filter(account=stream.account_id, **provider)


DATASETS: dict[str, Dataset] = {
    dataset.log: dataset
    for dataset in (
        Dataset(
            log=Log.ACCESS_REQUESTS,
            model=AccessRequest,
            record=records.AccessRequest,
            time_field="created_at",
            failed=IS_LOGIN & Q(allowed=False),
            words="logins",
            is_per_provider=False,
            pages=lambda client, _, since, until: client.access_requests(since, until),
            oldest=lambda client, _, since, until: client.oldest_access_request(since, until),
            check=lambda client, _: client.check_access_requests(),
        ),
        Dataset(
            log=Log.SCIM_UPDATES,
            model=ScimUpdate,
            record=records.ScimUpdate,
            time_field="logged_at",
            failed=Q(status__in=FAILED_STATUSES),
            words="SCIM",
            is_per_provider=True,
            pages=lambda client, idp_id, since, until: client.scim_updates(idp_id, since, until),
            oldest=lambda client, idp_id, since, until: client.oldest_scim_update(idp_id, since, until),
            check=lambda client, idp_id: client.check_scim_updates(idp_id),
        ),
    )
}


def dataset_of(stream: Stream) -> Dataset:
    """The log that a stream is a part of."""
    return DATASETS[stream.log]
