"""How much redaction misses, and how much it takes that is none: `python -m tests.logsync.scim.redact.figures`.

Prose is made from forms, names and random secrets. Bodies are those that Okta and Microsoft document and the error
bodies of Cloudflare, with a secret put in, and then damaged. The same seed makes the same texts.
"""

import json
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from logsync.scim.redact import redact_body, redact_text
from logsync.scim.redact.plain_words import is_english
from tests.logsync.scim.redact import prose_cases

SECRET = "hunter2secret"
INSERTED = "\"\\{}[],:' x0\x00\ufeff"
TESTS = Path(__file__).parents[3]
REQUESTS = TESTS / "logsync/scim/samples/request_bodies.json"
ERRORS = TESTS / "logsync/cloudflare/samples/error_bodies.json"

SMALL = "abcdefghijklmnopqrstuvwxyz"
LETTERS = SMALL + SMALL.upper()
DIGITS = "0123456789"
SYMBOLS = "!#$%*+-_~^@."


class Figures(NamedTuple):
    """How many texts were redacted, and those that kept a secret, or lost what is none."""

    texts: int
    leaks: list[str]
    false_redactions: list[str]

    def __str__(self) -> str:
        return f"{self.texts:,} texts, {len(self.leaks)} leaks, {len(self.false_redactions)} false redactions"


def of_prose(number: int, seed: int = 0) -> Figures:
    """So many random sentences with a secret, in every form in turn."""
    chance = random.Random(seed)
    leaks = []
    for count in range(number):
        form, is_quoted = prose_cases.FORMS[count % len(prose_cases.FORMS)]
        secret = _secret(chance, is_quoted=is_quoted)
        text = form.replace("NAME", chance.choice(prose_cases.NAMES)).replace("SECRET", secret)
        if secret in redact_text(text) or secret in redact_body(json.dumps({"note": text})):
            leaks.append(text)
    return Figures(number, leaks, [])


def of_diagnoses() -> Figures:
    """Sentences that say what is wrong with something secret, and hold none."""
    texts = [
        form.replace("NAME", name).replace("WRONG", wrong)
        for form in prose_cases.DIAGNOSES
        for name in prose_cases.NAMES
        for wrong in prose_cases.WRONG
    ]
    texts += prose_cases.UNCHANGED
    return Figures(len(texts), [], [text for text in texts if redact_text(text) != text])


def of_documented_bodies() -> Figures:
    """Bodies as they are documented, which hold no secret."""
    texts = [json.dumps(body) for body in [*_requests(), *_errors()]]
    changed = [text for text in texts for redact in (redact_body, redact_text) if redact(text) != text]
    return Figures(len(texts), [], changed)


def of_mutated_bodies(number: int, seed: int = 0) -> Figures:
    """So many damaged bodies, out of all that one change of one character makes."""
    chance = random.Random(seed)
    texts = [text for body in _with_secrets() for text in mutations(body)]
    texts = chance.sample(texts, min(number, len(texts)))
    return Figures(len(texts), [text for text in texts if SECRET in redact_body(text)], [])


def mutations(body: str) -> Iterator[str]:
    """The body with one spot damaged, other than the secret and the words that say where it is."""
    protected = {place for word in re.finditer(f"password|path|{SECRET}", body) for place in range(*word.span())}
    for place in set(range(len(body))) - protected:
        before, character, after = body[:place], body[place], body[place + 1 :]
        yield before + after
        yield before + character + character + after
        yield from (before + inserted + character + after for inserted in INSERTED)
        if place + 1 not in protected:
            yield before + after[:1] + character + after[1:]
        if place > max(protected):
            yield before
        if place < min(protected):
            yield character + after


def _with_secrets() -> Iterator[str]:
    for body in _requests():
        if "Operations" in body:
            operation = {"op": "replace", "path": "password", "value": SECRET}
            yield json.dumps({**body, "Operations": [*body["Operations"], operation]})
        else:
            yield json.dumps({**body, "password": SECRET})
    for body in _errors():
        yield json.dumps(body).replace('"message": "', f'"message": "password \\"{SECRET}\\" refused. ')


def _requests() -> list[dict[str, Any]]:
    samples = json.loads(REQUESTS.read_text())
    bodies = [body for vendor in samples.values() for body in vendor.values() if isinstance(body, dict)]
    return [body for body in bodies if "schemas" in body]


def _errors() -> list[dict[str, Any]]:
    samples = [sample for sample in json.loads(ERRORS.read_text()).values() if isinstance(sample, dict)]
    bodies = [sample.get("body", sample) for sample in samples]
    return [body for body in bodies if "errors" in body]


def _secret(chance: random.Random, *, is_quoted: bool) -> str:
    while True:
        secret = chance.choice(_KINDS)(chance)
        if is_quoted and chance.random() < 0.2:
            secret = f"{secret} {_small(chance)}"
        # A word of the language is told from a secret only by quotation marks.
        if is_quoted or not is_english(secret):
            return secret


def _of(chance: random.Random, characters: str, least: int, most: int) -> str:
    return "".join(chance.choices(characters, k=chance.randint(least, most)))


def _small(chance: random.Random) -> str:
    return _of(chance, SMALL, 5, 12)


def _mixed(chance: random.Random) -> str:
    return _of(chance, LETTERS, 4, 8) + _of(chance, DIGITS, 1, 4)


def _with_symbols(chance: random.Random) -> str:
    return _of(chance, LETTERS, 3, 5) + _of(chance, SYMBOLS, 1, 2) + _of(chance, LETTERS + DIGITS, 3, 6)


def _digest(chance: random.Random) -> str:
    return _of(chance, "0123456789abcdef", 32, 40)


_KINDS: Sequence[Callable[[random.Random], str]] = (_small, _mixed, _with_symbols, _digest)


def main() -> int:
    figures = {
        "Random prose": of_prose(20_000),
        "Diagnoses": of_diagnoses(),
        "Documented bodies": of_documented_bodies(),
        "Mutated bodies": of_mutated_bodies(100_000),
    }
    for name, figure in figures.items():
        print(f"{name}: {figure}")
    for figure in figures.values():
        for text in [*figure.leaks, *figure.false_redactions][:20]:
            print(" ", ascii(text), file=sys.stderr)
    return any(figure.leaks or figure.false_redactions for figure in figures.values())


if __name__ == "__main__":
    sys.exit(main())
