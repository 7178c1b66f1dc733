"""What an address says about one filter, and the addresses that would change it."""

from __future__ import annotations

from dashboard.lists.filters import ANY, NOT, EventFilterSet, TextFilter
from dashboard.lists.phrases import quoted, words_of
from dashboard.page.links import LONGEST_VALUE
from logsync.models.lookups import fold


class FilterState:
    """The values that a filter chooses and excludes, each by its key: the form in which the filter compares it."""

    def __init__(self, filterset: EventFilterSet, name: str, kept: dict[str, str] | None = None) -> None:
        """`kept` are parameters that every address keeps."""
        self.filterset, self.name, self.kept = filterset, name, kept or {}
        self.is_by_part = isinstance(filterset.filters[name], TextFilter)
        self.is_default = filterset.is_default_in_force and name == filterset.default[0]
        self.chosen = {self.key(value): value for value in filterset.values_of(name) if value.strip() != ANY}
        self.excluded = {self.key(value): value for value in filterset.values_of(NOT + name)}

    def key(self, value: str) -> str:
        """The form in which the filter compares a value of the address."""
        return self.key_of_row(" ".join(words_of(value.strip())) if self.is_by_part else value)

    def key_of_row(self, value: str) -> str:
        """The same for a value of a row, where no quotes are left out."""
        key: str = self.filterset.filters[self.name].key(value.strip())
        return key

    def holds(self, key: str, value: str) -> bool:
        """Whether a text of the rows, by its key, contains all words of a value of the address."""
        return all(fold(word) in key for word in words_of(value))

    def given(self, key: str) -> str:
        """The text that the address gives for a key; blank if it gives none, or no text."""
        return (self.chosen.get(key) or self.excluded.get(key) or "") if self.is_by_part else ""

    def value_for(self, value: str) -> str:
        """The value as an address can give it, a long text cut; blank if no address can."""
        if self.is_by_part:
            return quoted(value[:LONGEST_VALUE].strip())
        return value if value == self.key(value) and len(value) <= LONGEST_VALUE else ""

    def is_chosen(self, key: str) -> bool:
        return key in (self.filterset.default_values if self.is_default else self.chosen)

    def toggled(self, key: str, value: str) -> str:
        """The address that adds this value, or drops it. Any choice replaces the default restriction."""
        if key in self.excluded:
            return self._address(self.chosen, self._less(self.excluded, key))
        if self.is_default and self.is_chosen(key):
            return self._address({ANY: ANY}, self.excluded)
        chosen = self._less(self.chosen, key) if key in self.chosen else {**self.chosen, key: value}
        return self._address(chosen, self.excluded)

    def excluding(self, key: str, value: str) -> str:
        """The address that excludes the value."""
        return self._address(self._less(self.chosen, key), {**self.excluded, key: value})

    def showing(self, key: str) -> str:
        """The address that shows what the filter hides: without it, or of these rows alone if it would come back."""
        has_default = self.name == self.filterset.default[0]
        return self._address({key: key} if has_default else {}, {})

    def _address(self, chosen: dict[str, str], excluded: dict[str, str]) -> str:
        return self.filterset.query_string.replacing(**self.parameters(self.name, chosen, excluded), **self.kept)

    @staticmethod
    def parameters(name: str, chosen: dict[str, str], excluded: dict[str, str]) -> dict[str, list[str] | None]:
        """The parameters of the filter of this name, for these values by their keys."""
        return {name: list(chosen.values()) or None, NOT + name: list(excluded.values()) or None}

    @staticmethod
    def _less(values: dict[str, str], key: str) -> dict[str, str]:
        return {other: value for other, value in values.items() if other != key}
