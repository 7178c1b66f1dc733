"""The rules of a policy as a card shows them: so many as a page can hold, rules that are alike in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.utils.safestring import SafeString

from dashboard.why.marks import WORDS, Mark, rule_mark
from logsync.cloudflare.policies import Rule
from logsync.insight.why.answer import Result, RuleAnswer
from logsync.insight.why.wording import merged
from logsync.words import counted

# So much of very long policies is on a card; what is left out is counted.
MOST_LINES = 12
MOST_ALIKE = 50
MOST_IN_ALL = 200
DEEPEST = 4
# From so many rules on that differ in one value alone, they are one line.
FEWEST_ALIKE = 4
# What is said above a list of one rule, and of several.
_TITLES = {
    "include": ("This must be met", "One of these must be met"),
    "require": ("This must be met", "All of these must be met"),
    "exclude": ("This must not be met", "None of these may be met"),
}
# Which rules of a list are shown rather than others, if not all can be.
_TELLING = {
    "include": (Result.MET, Result.UNKNOWN, Result.NOT_MET),
    "require": (Result.NOT_MET, Result.UNKNOWN, Result.MET),
    "exclude": (Result.MET, Result.UNKNOWN, Result.NOT_MET),
}


@dataclass(frozen=True, slots=True)
class ShownRule:
    """One line: a rule, or several that differ in one value alone, which `alike` names one by one.

    `seen` is the value that was compared, and where it comes from; blank if there was none. `reason` says why it can't
    be told. `inside` are the lists of a rule group, those of groups within it after the line of each.
    """

    mark: Mark
    words: SafeString
    seen: SafeString | str = ""
    reason: str = ""
    count: int = 1
    alike: Sequence[SafeString] = ()
    inside: Sequence[ShownList] = ()

    @property
    def more_alike(self) -> int:
        return self.count - len(self.alike) if self.alike else 0


@dataclass(frozen=True, slots=True)
class ShownList:
    """Lines of one list; `more` says in words what is not shown of it. `depth` is that of the group it is in."""

    title: str
    rules: Sequence[ShownRule]
    more: str = ""
    depth: int = 0


@dataclass(slots=True)
class RuleLines:
    """Lays out the rules of one card. `words` and `seen` say what a rule asks for, and what was compared."""

    words: Callable[[Rule], SafeString]
    seen: Callable[[RuleAnswer], SafeString | str]
    left: int = MOST_IN_ALL

    def lists(self, rules: Sequence[RuleAnswer], *, lets_in: bool) -> list[ShownList]:
        """The lists of a policy, each of its groups folded into the line of its rule."""
        found: list[ShownList] = []
        for name, listed in _by_list(rules):
            chosen = self._chosen(name, listed, lets_in)
            lines = tuple(
                replace(line, inside=tuple(self._inside(rule.parts, lets_in != (name == "exclude"), 1)))
                for line, rule in chosen
            )
            found.append(ShownList(_title(name, len(listed), bool(found)), lines, _more(listed, lines)))
        return found

    def _inside(self, rules: Sequence[RuleAnswer], lets_in: bool, depth: int) -> Iterator[ShownList]:
        """The lists of a group; those of a group within it follow its line, one level deeper."""
        is_further = False
        for name, listed in _by_list(rules):
            chosen = self._chosen(name, listed, lets_in)
            title = _title(name, len(listed), is_further)
            for line, rule in chosen:
                yield ShownList(title, (line,), depth=depth)
                title, is_further = "", True
                if rule.parts and depth < DEEPEST:
                    yield from self._inside(rule.parts, lets_in != (name == "exclude"), depth + 1)
                elif rule.parts:
                    yield ShownList("", (), "The rules of this group are not shown here.", depth)
            if more := _more(listed, [line for line, _ in chosen]):
                yield ShownList(title, (), more, depth)

    def _chosen(self, name: str, listed: Sequence[RuleAnswer], lets_in: bool) -> list[tuple[ShownRule, RuleAnswer]]:
        """The lines to show of a list, each with its first rule, in the order of the rules."""
        groups = list(_alike(name, listed))
        ranked = sorted(range(len(groups)), key=lambda place: _TELLING[name].index(groups[place][0].result))
        shown = [groups[place] for place in sorted(ranked[: min(MOST_LINES, self.left)])]
        self.left -= len(shown)
        needs = lets_in != (name == "exclude")
        is_enough = name == "include" and any(rule.result is Result.MET for rule in listed)
        return [
            (self._line(rules, needs, matters=not is_enough or rules[0].result is Result.MET), rules[0])
            for rules in shown
        ]

    def _line(self, rules: Sequence[RuleAnswer], lets_in: bool, *, matters: bool) -> ShownRule:
        first = rules[0]
        all_words = list(dict.fromkeys(self.words(rule.rule) for rule in rules[:MOST_ALIKE]))
        is_one = len(all_words) == 1
        return ShownRule(
            mark=rule_mark(first.result, lets_in=lets_in, matters=matters),
            words=all_words[0] if is_one else self.words(next(merged(rule.rule for rule in rules))),
            seen=self.seen(first),
            reason=first.reason,
            count=len(rules),
            alike=() if is_one else tuple(all_words),
        )


def _by_list(rules: Sequence[RuleAnswer]) -> Iterator[tuple[str, list[RuleAnswer]]]:
    for name in _TITLES:
        if listed := [rule for rule in rules if rule.list == name]:
            yield name, listed


def _alike(name: str, rules: Sequence[RuleAnswer]) -> Iterator[list[RuleAnswer]]:
    """Rules together that differ in one value alone, and of which the same was found; required rules stay apart."""
    found: dict[object, list[RuleAnswer]] = {}
    for place, rule in enumerate(rules):
        alike = (rule.rule.kind, rule.result, rule.source, rule.seen, rule.reason)
        found.setdefault(place if name == "require" or rule.parts else alike, []).append(rule)
    for group in found.values():
        is_one = len(group) >= FEWEST_ALIKE and len(list(merged(rule.rule for rule in group))) == 1
        yield from [group] if is_one else [[rule] for rule in group]


def _title(name: str, rules: int, is_further: bool) -> str:
    title = _TITLES[name][rules > 1]
    return f"And {title[0].lower()}{title[1:]}" if is_further else title


def _more(listed: Sequence[RuleAnswer], lines: Sequence[ShownRule]) -> str:
    """How many more rules there are, by their result: "488 more rules: 480 not met, 8 can’t be told"."""
    left = Counter(WORDS[rule.result][0].lower() for rule in listed)
    for line in lines:
        left[line.mark.word.lower()] -= line.count
    parts = [f"{number:,} {word}" for word, number in left.items() if number]
    return f"{counted(left.total(), 'more rule')}: {', '.join(parts)}" if parts else ""
