"""Which runs: those of every stream, or of one."""

from __future__ import annotations

import django_filters

from logsync.health.stream_state import stream_name
from logsync.models import IdentityProvider, Stream, SyncRun


class RunFilter(django_filters.FilterSet):
    """Runs, of one stream if the address names one."""

    stream = django_filters.ChoiceFilter(
        label="Stream", field_name="stream_id", choices=lambda: stream_options(), empty_label="every stream"
    )

    class Meta:
        model = SyncRun
        fields: list[str] = []


def stream_options() -> list[tuple[str, str]]:
    """Streams with their names, for menus."""
    names = IdentityProvider.objects.names_beside_account()
    return [(str(stream.pk), stream_name(stream, names)) for stream in Stream.objects.select_related("account")]
