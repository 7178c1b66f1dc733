"""What users of Gatehouse wrote or exported that names an address: saved views, and the words of exports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.http import QueryDict

from dashboard.exported.manifest import is_signed, manifest_of, signature_of
from dashboard.exported.models import Export
from dashboard.saved.models import SavedView
from logsync.privacy.naming import without_addresses

IsErased = Callable[[str], bool]


def views_naming(person: str) -> Iterator[SavedView]:
    """Saved views whose name or filters have the address."""
    return (view for view in SavedView.objects.order_by("pk").iterator() if _replace_in_view(view, person))


def exports_naming(person: str) -> Iterator[Export]:
    """Exports whose filters have the address."""
    return (export for export in Export.objects.order_by("pk").iterator() if _replace_in_export(export, person))


def replace_in_views(person: str) -> int:
    """Put another address in its place; return how many views changed."""
    changed = list(views_naming(person))
    for view in changed:
        view.save(update_fields=["name", "query"])
    return len(changed)


def replace_in_exports(person: str) -> int:
    """The same in the words and the address of exports, which are signed again.

    A record that was changed by other means keeps its signature, which still shows that.
    """
    changed = list(exports_naming(person))
    for export in changed:
        if is_signed(manifest_of(Export.objects.get(pk=export.pk))):
            export.signature = signature_of(export)
        export.save(update_fields=["words", "path", "query", "page", "signature"])
    return len(changed)


def _replace_in_view(view: SavedView, person: str) -> bool:
    before = view.name, view.query
    view.name = without_addresses(view.name, person.__eq__)
    view.query = _without_in_query(view.query, person.__eq__)
    return (view.name, view.query) != before


def _replace_in_export(export: Export, person: str) -> bool:
    before = export.words, export.path, export.query, export.page
    export.words = without_addresses(export.words, person.__eq__)
    export.path = without_addresses(export.path, person.__eq__)
    export.query = _without_in_query(export.query, person.__eq__)
    path, mark, query = export.page.partition("?")
    export.page = without_addresses(path, person.__eq__) + mark + _without_in_query(query, person.__eq__)
    return (export.words, export.path, export.query, export.page) != before


def _without_in_query(query: str, is_erased: IsErased) -> str:
    """A query string whose values name nobody of these; as it was, to the letter, if they don't anyway."""
    given = QueryDict(query, mutable=True)
    before: Any = dict(given.lists())
    for name, values in before.items():
        given.setlist(name, [without_addresses(value, is_erased) for value in values])
    return query if dict(given.lists()) == before else given.urlencode()
