"""What people do with their views: save one, rename it, share it, delete it."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from dashboard.saved.forms import HOW_TO_SHARE, SaveForm, ViewForm
from dashboard.saved.menus import by_name
from dashboard.saved.models import SavedView, signed_in_user
from dashboard.saved.pages import is_refused, names_of
from dashboard.saved.undo import called, changed_view, record_change
from dashboard.saved.words import ViewWords

MOST_VIEWS = 100
MOST_SHARED = 500


@dataclass(frozen=True, kw_only=True)
class ViewsContext:
    """The page of saved views."""

    # Your own views and those that others share, each with the name of its page and what it shows.
    own: list[tuple[SavedView, str, str]]
    shared: list[tuple[SavedView, str, str]]
    # The choices of whom a view is for, each with its words.
    how_to_share: Sequence[tuple[str, str]]


def views(request: HttpRequest) -> HttpResponse:
    """Your own views, to change, and those that others share, to open."""
    user = signed_in_user(request)
    open_to_user = SavedView.objects.open_to(user)
    names = names_of(open_to_user.order_by().values_list("page", flat=True).distinct())
    known = open_to_user.filter(page__in=names)
    own = by_name(known.filter(owner=user))
    shared = by_name(known.exclude(owner=user).order_by("-pk")[:MOST_SHARED])
    words = ViewWords(request)
    context = ViewsContext(
        own=[(view, names[view.page], words.of(view)) for view in own],
        shared=[(view, names[view.page], words.of(view)) for view in shared if not is_refused(view)],
        how_to_share=HOW_TO_SHARE,
    )
    return render(request, "saved/views.html", vars(context))


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Save a filtered list under a name, and go back to it. A view of that name is replaced."""
    form = SaveForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"The view was not saved. {form.sentences}")
        return _back(form)
    kept = form.cleaned_data
    user = signed_in_user(request)
    own = SavedView.objects.filter(owner=user)
    before = own.filter(page=kept["page"], name=kept["name"]).first()
    if before is None and own.count() >= MOST_VIEWS:
        messages.error(request, f"The view was not saved. You have {MOST_VIEWS} views; delete one first.")
        return _back(form)
    values = {"query": kept["query"], "is_shared": kept["is_shared"]}
    with transaction.atomic():
        view, _ = SavedView.objects.update_or_create(owner=user, page=kept["page"], name=kept["name"], defaults=values)
        record_change(request, view, "saved")
    if before is None:
        messages.success(request, format_html("{} saved, {}.", called(view.name), _for_whom(view)))
    else:
        words = format_html("{} now opens this list, {}.", called(view.name), _for_whom(view))
        changed_view(request, before, before.get_absolute_url(), words)
    return redirect(view)


@require_POST
def change(request: HttpRequest, view: int) -> HttpResponse:
    """Rename a view of your own, share it, or stop sharing it."""
    before = get_object_or_404(SavedView, pk=view, owner=signed_in_user(request))
    form = ViewForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"The view was not changed. {form.sentences}")
        return redirect("saved:views")
    after = copy(before)
    after.name, after.is_shared = form.cleaned_data["name"], form.cleaned_data["is_shared"]
    try:
        with transaction.atomic():
            after.save(update_fields=["name", "is_shared"])
            record_change(request, after, "changed")
    except IntegrityError:
        words = "The view was not changed. You already have one called {} here."
        messages.error(request, format_html(words, called(after.name)))
    else:
        words = format_html("{} saved, {}.", called(after.name), _for_whom(after))
        changed_view(request, before, reverse("saved:views"), words)
    return redirect("saved:views")


@require_POST
def delete(request: HttpRequest, view: int) -> HttpResponse:
    """Delete a view of your own."""
    before = get_object_or_404(SavedView, pk=view, owner=signed_in_user(request))
    with transaction.atomic():
        SavedView.objects.filter(pk=before.pk).delete()
        record_change(request, before, "deleted")
    changed_view(request, before, reverse("saved:views"), format_html("{} deleted.", called(before.name)))
    return redirect("saved:views")


def _for_whom(view: SavedView) -> str:
    return "for everyone here" if view.is_shared else "only for you"


def _back(form: SaveForm) -> HttpResponse:
    """Back to the address that was to be saved, as far as it could be read."""
    read = form.cleaned_data
    return redirect(f"{reverse(read['page'])}?{read.get('query', '')}" if "page" in read else "saved:views")
