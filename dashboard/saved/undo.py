"""The last change of a person's views or layouts can be taken back: what there was before is kept in the session."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from dashboard.audit_log.actions import Action
from dashboard.audit_log.record import record
from dashboard.saved.models import Layout, SavedView, signed_in_user

KEPT = "undo"
# A message of this tag gets a button that takes the change back.
TAG = "undo"


def called(name: str) -> SafeString:
    """A name within a sentence, isolated so that its writing direction changes nothing else."""
    return format_html("“<bdi>{}</bdi>”", name)


def changed_view(request: HttpRequest, before: SavedView, back: str, words: str) -> None:
    """Say that a view was changed or deleted, and keep what it was; `back` is where the page goes now."""
    fields = {name: getattr(before, name) for name in ("pk", "page", "name", "query", "is_shared")}
    _say(request, {"view": fields, "back": back}, words)


def record_change(request: HttpRequest, view: SavedView, change: str) -> None:
    """Write down what somebody does with a view; `change` says what became of it."""
    shared = "everyone" if view.is_shared else "nobody else"
    record(
        request,
        Action.SETTINGS_CHANGED,
        view.name,
        saved_view=change,
        list=view.page,
        filters=view.query,
        shared_with=shared,
    )


def changed_layout(request: HttpRequest, page: str, before: dict[str, str] | None, back: str, words: str) -> None:
    """Say that a layout was changed, and keep what it was; None if there was none."""
    _say(request, {"layout": before, "page": page, "back": back}, words)


def _say(request: HttpRequest, kept: dict[str, Any], words: str) -> None:
    request.session[KEPT] = kept
    messages.success(request, words, extra_tags=TAG)


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take the last change back."""
    kept = request.session.pop(KEPT, None)
    if kept is None:
        messages.error(request, "There is nothing left to undo.")
        return redirect("saved:views")
    user = signed_in_user(request)
    if "view" in kept:
        fields = kept["view"]
        try:
            with transaction.atomic():
                view, _ = SavedView.objects.update_or_create(owner=user, pk=fields["pk"], defaults=fields)
                record_change(request, view, "restored")
        except IntegrityError:
            words = "You have another view called {} now. Rename it first."
            messages.error(request, format_html(words, called(fields["name"])))
            return redirect(kept["back"])
    elif kept["layout"] is None:
        Layout.objects.filter(user=user, page=kept["page"]).delete()
    else:
        Layout.objects.update_or_create(user=user, page=kept["page"], defaults=kept["layout"])
    messages.success(request, "Undone.")
    return redirect(kept["back"])
