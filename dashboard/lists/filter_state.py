"""What an address says of one filter, and the addresses that say something else of it."""

from __future__ import annotations

from dashboard.lists.filters import ANY, NOT, EventFilterSet, TextFilter
from dashboard.page.links import LONGEST_VALUE


class Choice:
    """The values that a filter asks for and excludes, by their keys: the form in which the filter compares them."""

    def __init__(self, filterset: EventFilterSet, name: str) -> None:
        self.filterset, self.name = filterset, name
        self.is_by_part = isinstance(filterset.filters[name], TextFilter)
        self.is_default = filterset.is_default_in_force and name == filterset.default[0]
        self.asked = {self.key(value): value for value in filterset.asked(name) if value.strip() != ANY}
        self.excluded = {self.key(value): value for value in filterset.asked(NOT + name)}

    def key(self, value: str) -> str:
        """The form in which the filter compares a value."""
        key: str = self.filterset.filters[self.name].key(value.strip())
        return key

    def value_for(self, value: str) -> str:
        """The value as an address asks for it, the beginning of a long text; blank if no address can."""
        if self.is_by_part:
            return value[:LONGEST_VALUE].strip()
        return value if value == self.key(value) and len(value) <= LONGEST_VALUE else ""

    def is_chosen(self, key: str) -> bool:
        return key in (self.filterset.default_values if self.is_default else self.asked)

    def toggled(self, key: str, value: str) -> str:
        """The address that asks for the value as well, or no longer. A choice takes the default restriction's place."""
        if key in self.excluded:
            return self._address(self.asked, self._less(self.excluded, key))
        if self.is_default and self.is_chosen(key):
            return self._address({ANY: ANY}, self.excluded)
        asked = self._less(self.asked, key) if key in self.asked else {**self.asked, key: value}
        return self._address(asked, self.excluded)

    def excluding(self, key: str, value: str) -> str:
        """The address that shows the rows without the value."""
        return self._address(self._less(self.asked, key), {**self.excluded, key: value})

    def lifted(self) -> str:
        """The address that says nothing of this filter."""
        return self._address({}, {})

    def _address(self, asked: dict[str, str], excluded: dict[str, str]) -> str:
        values = {self.name: list(asked.values()), NOT + self.name: list(excluded.values())}
        return self.filterset.query_string.replacing(**{name: found or None for name, found in values.items()})

    @staticmethod
    def _less(values: dict[str, str], key: str) -> dict[str, str]:
        return {other: value for other, value in values.items() if other != key}
