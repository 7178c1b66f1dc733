"""Reading the stored text of a SCIM request as JSON: leniently in its names, strictly in its syntax."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from logsync.scim.hidden_body import HiddenBody
from logsync.scim.json_spans import MAX_DEPTH
from logsync.words import counted

# A body that was encoded as a JSON string, perhaps twice, is still read.
MAX_STRINGS = 2


class JsonObject(dict[str, Any]):
    """A JSON object under its names in lower case, as SCIM compares them (RFC 7643 section 2.1).

    Where a name occurs more than once its last value counts.
    """

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__((name.lower(), value) for name, value in pairs)
        self._pairs = pairs

    def as_written(self) -> Iterator[tuple[str, Any]]:
        """Every member once, under its name in the case in which it came."""
        spelling = {name.lower(): name for name, _ in self._pairs}
        return ((spelling[key], value) for key, value in self.items())

    def repeated(self) -> Iterator[str]:
        """The names in lower case, once for every time that they were given again."""
        if len(self) == len(self._pairs):
            return iter(())
        return (Counter(name.lower() for name, _ in self._pairs) - Counter(self.keys())).elements()


@dataclass(frozen=True, slots=True)
class Body:
    """What was read: an object, or the reason in words why there is none.

    `flaw` is "" where there is an object, and where the text is blank. `repeated` are the names that one object
    has more than once, in lower case, once for every time that they were given again.
    """

    document: JsonObject | None = None
    flaw: str = ""
    repeated: tuple[str, ...] = ()


def read_body(text: str) -> Body:
    """The JSON object that the text holds. Numbers stay text, however long. Raises nothing.

    Of a hidden body you get what may be said of it.
    """
    if isinstance(text, HiddenBody):
        whole = read_body(text.whole)
        return read_body(text.readable) if whole.document is not None else whole
    if not text.strip("\ufeff \t\r\n"):
        return Body()
    repeated: list[str] = []
    try:
        value = _decode(text, repeated)
        _refuse_depth(value)
    except ValueError:
        return Body(flaw=f"not JSON, {counted(len(text), 'character')}")
    except RecursionError:
        return Body(flaw=f"nested too deeply, {counted(len(text), 'character')}")
    if isinstance(value, JsonObject):
        return Body(value, repeated=tuple(repeated))
    if isinstance(value, list):
        return Body(flaw=f"a JSON list of {counted(len(value), 'item')}, not an object")
    return Body(flaw="a JSON value, not an object")


def _decode(text: str, repeated: list[str]) -> Any:
    def read_object(pairs: list[tuple[str, Any]]) -> JsonObject:
        result = JsonObject(pairs)
        repeated.extend(result.repeated())
        return result

    decoder = json.JSONDecoder(
        object_pairs_hook=read_object, parse_int=str, parse_float=str, parse_constant=_refuse_constant
    )
    value = decoder.decode(text.removeprefix("\ufeff"))
    for _ in range(MAX_STRINGS):
        if not isinstance(value, str) or not value.lstrip().startswith(('"', "{", "[")):
            break
        value = decoder.decode(value)
    return value


def _refuse_depth(value: Any) -> None:
    """Raise RecursionError long before Python does, whose limit depends on who calls."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    raise RecursionError


def _children(node: Any) -> Iterable[Any]:
    if isinstance(node, JsonObject):
        return node.values()
    return node if isinstance(node, list) else ()


def _refuse_constant(name: str) -> NoReturn:
    # Python's decoder knows NaN and Infinity, JSON does not (RFC 8259 section 6).
    raise ValueError(name)
