"""Which runs: those of every stream, or of one."""

from __future__ import annotations

import django_filters

from logsync.models import Stream, SyncRun


class RunFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Runs, narrowed to a stream where the address names one."""

    stream = django_filters.ModelChoiceFilter(label="Stream", queryset=Stream.objects.all(), empty_label="every stream")

    class Meta:
        model = SyncRun
        fields = ["stream"]
