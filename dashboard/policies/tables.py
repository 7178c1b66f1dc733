"""The table of what Access is set up to do: its page, CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from dashboard.lists.grouped_tables import CsvColumn, GroupColumn, GroupedTable
from dashboard.page import cells
from dashboard.page.links import object_href
from dashboard.policies.rows import ObjectRow
from dashboard.policies.wording import decision_badge, decision_word, finding_badge, rule_counts, use_words
from logsync.models import AccessObject
from logsync.words import counted

Kind = AccessObject.Kind
# How many policies of an application, and findings, a row names.
MOST_NAMED = 3
# What has nothing to say in a column of the page has no such column, by the kind that the list is of.
_WITHOUT = {
    Kind.APP: ("used_by", "kind"),
    Kind.POLICY: ("kind",),
    Kind.GROUP: ("kind",),
    Kind.LIST: ("kind", "findings"),
    Kind.SERVICE_TOKEN: ("kind", "findings"),
    Kind.PROVIDER: ("kind", "findings", "what"),
}


class ObjectTable(GroupedTable):
    """One row for each object. `items` is how many items each list has, by the primary key of its object."""

    default_sort = "name"
    caption = "What Access is set up to do"
    classes = "gh-policies"

    account = GroupColumn(
        verbose_name="Account", cls="fit", accessor="account_name", order_by=("account_name", "sort_name")
    )
    name = GroupColumn(verbose_name="Name", cls="cut who m1", order_by=("sort_name", "object_id"))
    kind = GroupColumn(verbose_name="Kind", cls="fit", accessor="kind", order_by=("kind", "sort_name"))
    object_id = CsvColumn()
    what = GroupColumn(verbose_name="What it has", cls="gh-what m3", orderable=False)
    decisions = CsvColumn()
    used_by = GroupColumn(verbose_name="Used by", cls="fit", accessor="use_count", order_by=("use_count", "sort_name"))
    findings = GroupColumn(verbose_name="Findings", cls="fit gh-found m4", order_by=("finding_count", "sort_name"))
    finding_sentences = CsvColumn()
    changed_at = GroupColumn(verbose_name="Last changed", cls="fit num m2", order_by=("changed_at", "sort_name"))
    expires_at = CsvColumn()
    first_seen_at = CsvColumn("thing__first_seen_at")
    last_seen_at = CsvColumn()
    gone_at = CsvColumn("thing__gone_at")

    def __init__(
        self, rows: Iterable[ObjectRow], *, kind: str, has_accounts: bool, items: dict[int, int], **kwargs: Any
    ) -> None:
        self.items = items
        exclude = (*_WITHOUT.get(Kind(kind), ()),) if kind else ()
        super().__init__(rows, exclude=exclude if has_accounts else (*exclude, "account"), **kwargs)

    # The page

    def render_account(self, record: ObjectRow) -> SafeString:
        return cells.text(record.account_name)

    def render_name(self, record: ObjectRow) -> SafeString:
        name = cells.text(record.name)
        href = object_href(record.configured.account, record.thing.kind, record.thing.object_id)
        shown = format_html('<a class="gh-plain fw-medium" href="{}">{}</a>', href, name) if href else name
        gone = cells.badge("Gone", "square-rounded-x") if record.thing.gone_at else ""
        return format_html("{} {}", shown, gone) if gone else shown

    def render_kind(self, record: ObjectRow) -> SafeString:
        return format_html('<span class="dim">{}</span>', record.kind_word)

    def render_what(self, record: ObjectRow) -> SafeString:
        kind = record.thing.kind
        if kind == Kind.APP and record.policies:
            shown = [(decision_badge(one.decision), cells.text(one.name)) for one in record.policies[:MOST_NAMED]]
            named = format_html_join(mark_safe('<span class="dim">, </span>'), "{} {}", shown)
            return format_html("{}{}", named, _more(len(record.policies)))
        if kind == Kind.POLICY and record.policies:
            words = rule_counts(record.policies[0].rules)
            return format_html('{} <span class="dim">{}</span>', decision_badge(record.policies[0].decision), words)
        if record.expires_at:
            word, css = ("Expired", "warn-text") if record.is_expired else ("Expires", "dim")
            return format_html('<span class="{}">{} {}</span>', css, word, self._clock(record.expires_at))
        words = self._words(record)
        return format_html('<span class="dim">{}</span>', words) if words else cells.EMPTY

    def _words(self, record: ObjectRow) -> str:
        thing = record.thing
        if thing.kind == Kind.APP:
            return "" if record.thing.gone_at else "No policies" if record.has_no_policies else "Policies not read"
        if thing.kind == Kind.GROUP:
            return rule_counts(record.rules)
        if thing.kind == Kind.LIST:
            return counted(self.items[thing.pk], "item") if thing.pk in self.items else "Items not read"
        return ""

    def render_used_by(self, record: ObjectRow) -> SafeString:
        words = use_words(user.kind for user in record.users)
        return cells.text(words) if words else cells.EMPTY

    def render_findings(self, record: ObjectRow) -> SafeString:
        kinds = list(dict.fromkeys(finding.kind for finding in record.findings))
        if not kinds:
            return cells.EMPTY
        named = format_html_join(" ", "{}", ((finding_badge(kind),) for kind in kinds[:MOST_NAMED]))
        return format_html("{}{}", named, _more(len(kinds)))

    def render_changed_at(self, value: datetime | None) -> SafeString:
        return self._clock(value)

    def _clock(self, value: datetime | None) -> SafeString:
        return cells.clock(value, self.viewer, with_day=True, seconds=False) if value else cells.EMPTY

    # The CSV

    def value_account(self, record: ObjectRow) -> str:
        return record.configured.account.account_id

    def value_what(self, record: ObjectRow) -> str:
        kind = record.thing.kind
        if kind == Kind.APP and record.policies:
            return "; ".join(f"{decision_word(one.decision)} {one.name}" for one in record.policies)
        return rule_counts(record.policies[0].rules) if kind == Kind.POLICY and record.policies else self._words(record)

    def value_decisions(self, record: ObjectRow) -> str:
        return "; ".join(record.decisions)

    def value_findings(self, record: ObjectRow) -> str:
        return "; ".join(dict.fromkeys(finding.kind for finding in record.findings))

    def value_finding_sentences(self, record: ObjectRow) -> str:
        return " ".join(record.sentences)


def _more(count: int) -> SafeString | str:
    return format_html(' <span class="dim">and {} more</span>', count - MOST_NAMED) if count > MOST_NAMED else ""
