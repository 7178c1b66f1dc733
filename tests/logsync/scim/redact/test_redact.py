"""Redaction: nothing secret is left, everything else is, on any input."""

import json
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.scim.redact import REDACTED, redact_body, redact_text, redact_value
from logsync.scim.redact.mask import LONGEST_MASKED
from logsync.scim.redact.prose import LONGEST_READ
from tests.examples import examples
from tests.logsync.scim.redact import redact_cases as cases
from tests.logsync.scim.redact.figures import mutations

SECRET = "hunter2secret"

CREATE_USER = (
    f'{{"schemas":["{cases.USER}"],"userName":"test.user@okta.local","name":{{"givenName":"Another"}},'
    f'"emails":[{{"primary":true,"value":"ada@example.com","type":"work"}}],"password":"{SECRET}","active":true}}'
)
SET_PASSWORD = f'{{"schemas":["{cases.PATCH}"],"Operations":[{{"op":"replace","path":"password","value":"{SECRET}"}}]}}'
SET_PASSWORD_BY_URN = (
    f'{{"Operations":[{{"op":"Add","value":[{{"value":"{SECRET}"}}],"path":"{cases.PASSWORD_URN}"}}]}}'
)
SET_PASSWORD_WITHOUT_PATH = f'{{"Operations":[{{"op":"Replace","value":{{"active":"True","password":"{SECRET}"}}}}]}}'
MUTATED_BODIES = {
    "create a user": CREATE_USER,
    "patch a path": SET_PASSWORD,
    "patch a URN": SET_PASSWORD_BY_URN,
    "patch without a path": SET_PASSWORD_WITHOUT_PATH,
    "a pair of name and value": f'{{"attributes":[{{"name":"password","value":"{SECRET}"}}]}}',
    "JSON in a string": json.dumps({"note": SET_PASSWORD_WITHOUT_PATH, "active": True}),
    "an operation in a string": json.dumps(SET_PASSWORD_BY_URN),
    "XML": f"<user><userName>ada</userName><password>{SECRET}</password></user>",
}

# Every word that makes a name hot wherever it stands in it, and those that are hot only as the whole name.
HOT_WORDS = [
    *["password", "passwd", "passphrase", "passcode", "secret", "private_key", "api_key", "access_key"],
    *["recovery_code", "security_answer", "challenge_answer", "credential", "shared_key", "otp_seed", "totp"],
    *["token", "pwd", "ssn", "pin_code"],
    *["pass", "pw", "pin", "otp", "social_security_number", "national_id", "national_identifier", "tax_id"],
    *["passport", "passport_number", "credit_card", "card_number", "cvv", "cvc", "authorization", "cookie"],
    *["hash", "salt", "mfa_key"],
]
WHOLE_WORDS = HOT_WORDS[HOT_WORDS.index("pass") :]

HOT_NAMES = ["password", "Password", "userPassword", "client_secret", "pin", "api-key", cases.PASSWORD_URN]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(st.sampled_from(["path", "value", "x", *HOT_NAMES]) | st.text(max_size=6), children)
    ),
    max_leaves=12,
)
fragments = st.lists(
    st.sampled_from(
        [
            *HOT_NAMES,
            *"{}[]:,=\"\\ .<>/'&\n\x00",
            "value",
            "{SSHA}abcd",
            "$2b$12$abc",
            "eyJabcdefgh",
            "Bearer ",
            '"password":"x"',
            "://a:b@c",
            "cookie:",
            " eq ",
            "<password>",
            REDACTED,
            "\\u0061",
            "\ud800",
        ],
    ),
    max_size=20,
).map("".join)
texts = st.text() | fragments | json_values.map(json.dumps) | json_values.map(json.dumps).map(json.dumps)


def names(table: Mapping[str, object]) -> list[str]:
    return list(table)


@pytest.mark.parametrize(("body", "expected"), cases.JSON_BODIES.values(), ids=names(cases.JSON_BODIES))
def test_json_body_loses_only_secrets(body: str, expected: str):
    assert redact_body(body) == expected


@pytest.mark.parametrize(("body", "expected"), cases.OTHER_BODIES.values(), ids=names(cases.OTHER_BODIES))
def test_non_json_body_masks_unknown_parts(body: str, expected: str):
    assert redact_body(body) == expected


@pytest.mark.parametrize("body", cases.UNCHANGED_BODIES.values(), ids=names(cases.UNCHANGED_BODIES))
def test_keeps_a_body_without_secrets(body: str):
    assert redact_body(body) == body


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("body", cases.DOCUMENTED_BODIES.values(), ids=names(cases.DOCUMENTED_BODIES))
def test_keeps_documented_bodies_byte_for_byte(body: object, indent: int | None):
    text = json.dumps(body, indent=indent)
    assert redact_body(text) == text


@pytest.mark.parametrize(("text", "expected"), cases.TEXTS.values(), ids=names(cases.TEXTS))
def test_redacts_sentences(text: str, expected: str):
    assert redact_text(text) == expected


@pytest.mark.parametrize("text", cases.UNCHANGED_TEXTS)
def test_keeps_sentences_without_secrets(text: str):
    assert redact_text(text) == text


@pytest.mark.parametrize("body", [body for body, _ in cases.JSON_BODIES.values()], ids=names(cases.JSON_BODIES))
def test_decoded_value_is_redacted_like_body(body: str):
    decoded = json.loads(body.removeprefix("\ufeff"))
    assert redact_value(decoded) == json.loads(redact_body(body).removeprefix("\ufeff"))


@pytest.mark.parametrize("name", HOT_WORDS)
def test_value_of_every_hot_word_goes(name: str):
    assert redact_body(json.dumps({name: SECRET})) == json.dumps({name: REDACTED})
    assert SECRET not in redact_body(f"{{'{name}': '{SECRET}'")
    assert redact_text(f"{name.replace('_', ' ')} = {SECRET}") == f"{name.replace('_', ' ')} = {REDACTED}"
    assert redact_text(f"<{name}>{SECRET}</{name}>") == f"<{name}>{REDACTED}</{name}>"


@pytest.mark.parametrize("name", [name for name in HOT_WORDS if name not in WHOLE_WORDS])
def test_hot_word_ends_longer_name(name: str):
    assert redact_body(json.dumps({f"my_{name}": SECRET})) == json.dumps({f"my_{name}": REDACTED})


@pytest.mark.parametrize("name", WHOLE_WORDS)
def test_word_hot_alone_is_plain_within(name: str):
    body = json.dumps({f"my{name}s": SECRET})
    assert redact_body(body) == body


@pytest.mark.parametrize("between", ["\0", "\ufffd", "\u200b", "\u2060", "\ufeff", "\u00ad", "\u202e"], ids=ascii)
@pytest.mark.parametrize("name", ["password", "client_secret", "api key", "pin"])
def test_invisible_characters_in_names_change_nothing(name: str, between: str):
    name = between.join(name)
    assert SECRET not in redact_text(f"{name}={SECRET}")
    assert SECRET not in redact_text(f'Attribute {name} with value "{SECRET}"')
    assert SECRET not in redact_text(f"{{'{name}': '{SECRET}'}}")
    assert SECRET not in redact_body(f'{{"{name}":"{SECRET}"')
    assert SECRET not in redact_body(json.dumps({name: SECRET}))
    assert SECRET not in redact_body(json.dumps({"note": f"{name}={SECRET}"}))


@pytest.mark.parametrize("value", ["value", "data", "display", "text", "$ref", "newValue", "unheardOf"])
@pytest.mark.parametrize("selector", ["key", "name", "type", "attribute", "attributeName", "field", "claim", "path"])
def test_every_value_beside_selector_goes(selector: str, value: str):
    body = {selector: "password", "value": SECRET, value: SECRET, "id": "7"}
    expected = {selector: "password", "value": REDACTED, value: REDACTED, "id": "7"}
    assert json.loads(redact_body(json.dumps(body))) == expected
    assert redact_value(body) == expected


@pytest.mark.parametrize("unit", ["a ", '{"a":1,', "password=x&", '"value":"work",'])
def test_long_broken_body_ends_with_one_mark(unit: str):
    body = f"password {unit * (2 * LONGEST_MASKED // len(unit))}"
    redacted = redact_body(body)
    assert redact_body(redacted) == redacted
    assert LONGEST_MASKED < len(redacted) < LONGEST_MASKED + 100
    assert redacted.endswith(REDACTED)


def test_prose_is_read_to_its_limit():
    start = "word " * (LONGEST_READ // 5)
    assert redact_text(start + "the end") == start + "the end"
    assert redact_text(f"{start}password {SECRET} rejected") == start + REDACTED


def test_redacts_a_copy():
    extra = {"detail": {"password": "x"}, "count": 1}
    assert redact_value(extra) == {"detail": {"password": REDACTED}, "count": 1}
    assert extra == {"detail": {"password": "x"}, "count": 1}


def test_fourth_level_of_json_is_masked():
    document: object = {"title": "CTO"}
    for _ in range(4):
        document = {"note": json.dumps(document)}
    inner = json.loads(redact_body(json.dumps(document)))
    for _ in range(3):
        inner = json.loads(inner["note"])
    assert inner == {"note": REDACTED}


@pytest.mark.parametrize("depth", [50, 101, 5_000, 100_000])
def test_leaves_no_secret_however_deep(depth: int):
    body = "[" * depth + '{"password":"' + SECRET + '"}' + "]" * depth
    assert SECRET not in redact_body(body)
    assert SECRET not in redact_text(body)


def test_too_deep_value_is_cut():
    value: object = {"password": SECRET}
    for _ in range(5_000):
        value = [value]
    assert SECRET not in str(redact_value(value))


@pytest.mark.parametrize(
    "value",
    [10**5_000, b"x", {1: {2: "x"}}, {None: 10**5_000}],
    ids=["a long number", "bytes", "numbers as keys", "null as a key"],
)
def test_keeps_what_json_does_not_know(value: object):
    assert redact_value(value) == value


def test_takes_numbers_that_equal_nothing():
    assert str(redact_value([float("nan"), {"pin": float("nan")}])) == f"[nan, {{'pin': '{REDACTED}'}}]"
    assert str(redact_value(float("nan"))) == "nan"


def test_takes_a_number_of_5000_digits():
    digits = "9" * 5_000
    assert redact_body(f'{{"pin":{digits},"id":{digits}}}') == f'{{"pin":"{REDACTED}","id":{digits}}}'


@given(texts)
@examples(200)
def test_redacting_text_is_idempotent(text: str):
    for redact in (redact_body, redact_text):
        once = redact(text)
        assert redact(once) == once


@given(json_values)
@examples(150)
def test_redacting_values_is_idempotent(value: object):
    once = redact_value(value)
    assert json.dumps(redact_value(once)) == json.dumps(once)


def in_list(value: object) -> object:
    return [1, value]


def in_object(value: object) -> object:
    return {"note": value, "active": True}


def in_string(value: object) -> object:
    return json.dumps(value)


def in_sentence(value: object) -> object:
    return f"got {json.dumps(value)} from ada"


WRAPPERS = [in_list, in_object, in_string, in_sentence]


@given(
    st.sampled_from(HOT_NAMES),
    st.sampled_from([SECRET, [SECRET], {"value": SECRET}, {"a": [{"b": SECRET}]}]),
    st.dictionaries(st.text(max_size=6).filter(lambda name: SECRET not in name), json_values, max_size=3),
    st.lists(st.sampled_from(WRAPPERS), max_size=6),
)
@examples(150)
def test_no_value_of_sensitive_name_remains(
    name: str, value: object, others: dict[str, object], wrappers: list[Callable[[object], object]]
):
    document: object = {**others, name: value}
    for wrap in wrappers:
        document = wrap(document)
    assert SECRET not in redact_body(json.dumps(document))
    assert SECRET not in redact_text(json.dumps(document))
    assert SECRET not in json.dumps(redact_value(document))


@pytest.mark.parametrize("body", MUTATED_BODIES.values(), ids=names(MUTATED_BODIES))
def test_damaged_body_keeps_no_password(body: str):
    leaks = [mutated for mutated in mutations(body) if SECRET in redact_body(mutated)]
    assert leaks == []
