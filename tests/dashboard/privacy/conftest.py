"""The person of both logs, and what users wrote about them."""

from __future__ import annotations

import pytest

from dashboard.exported.manifest import signature_of
from dashboard.exported.models import Export, State
from dashboard.saved.models import SavedView
from tests.conftest import NOW
from tests.logsync.privacy.conftest import ADA, arrive, everything

__all__ = ["arrive", "everything"]


@pytest.fixture
def written(everything, django_user_model):
    """A saved view and an export that name the person, and one of each that do not."""
    sam = django_user_model.objects.create_user("robin")
    SavedView.objects.create(
        owner=sam, name=f"Ask {ADA}", page="logins:list", query="user_email=ada%40meridian.example&allowed=any"
    )
    SavedView.objects.create(owner=sam, name="NL", page="logins:list", query="country=NL&q=a+b%20c")
    for words, query in ((f"user_email {ADA}", "user_email=ada%40meridian.example"), ("country NL", "country=NL")):
        export = Export.objects.create(
            user=sam,
            username="robin",
            list_name="logins",
            words=words,
            path="/logins.csv",
            query=query,
            page=f"/logins/?{query}",
            as_of=NOW,
            started_at=NOW,
            state=State.COMPLETE,
        )
        export.signature = signature_of(export)
        export.save()
    return everything
