"""SCIM requests and their intent in words: method, type, body, expected phrase, and what was known before."""

import json
from typing import Any, NamedTuple

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

NAMES = {"23a35c27": "ada@example.com", "89bb1940": "bob@example.com"}
ADA = {"userName": "ada@example.com", "active": True}
ENG = {"displayName": "eng", "members": ["89bb1940"]}


class Case(NamedTuple):
    """One request, and what it asks for in words."""

    method: str
    resource_type: str
    body: str
    phrase: str
    known: dict[str, Any] | None = None


def patch(operations: str) -> str:
    return f'{{"schemas":["{PATCH_OP}"],"Operations":[{operations}]}}'


def user(operations: str, phrase: str) -> Case:
    return Case("PATCH", "USER", patch(operations), phrase)


def group(operations: str, phrase: str, known: dict[str, Any] | None = None) -> Case:
    return Case("PATCH", "GROUP", patch(operations), phrase, known)


CREATED = {
    "a user with a password": Case(
        "POST",
        "USER",
        '{"userName":"ada@example.com","active":true,"emails":[{"primary":true,"value":"ada@example.com"}],'
        '"password":"1mz050nq","groups":[]}',
        "create user ada@example.com, active, with a password (hidden)",
    ),
    "a user whose e-mail address is another name": Case(
        "POST",
        "USER",
        '{"userName":"ada","emails":[{"value":"ada@example.com","type":"work"}],"active":"True"}',
        "create user ada <ada@example.com>, active",
    ),
    "a user with an unknown schema": Case(
        "POST",
        "USER",
        '{"schemas":["urn:acme:1.0:Badge"],"userName":"ada@example.com"}',
        "create user ada@example.com, active not given, with 1 unknown schema",
    ),
    "an empty group": Case(
        "POST", "GROUP", '{"displayName":"eng prod","members":[]}', 'create group "eng prod" with no members'
    ),
    "a group without a list": Case("POST", "GROUP", '{"displayName":"eng"}', "create group eng with no member list"),
    "a group of five": Case(
        "POST",
        "GROUP",
        '{"displayName":"eng","members":[{"value":"23a35c27"},{"value":"89bb1940"},{"value":"x1"},{"value":"x2"},'
        '{"value":"x3"}]}',
        "create group eng with 5 members: ada@example.com, bob@example.com, id x1 and 2 more",
    ),
    "a user that is switched off": Case(
        "POST", "USER", '{"USERNAME":"ada","Active":"false"}', "create user ada, inactive"
    ),
    "a user that is on or off": Case(
        "POST", "USER", '{"userName":"ada","active":"yes"}', "create user ada, active unreadable (yes)"
    ),
    "a user without a password": Case(
        "POST", "USER", '{"userName":"ada","active":true,"password":null}', "create user ada, active"
    ),
    "a user known by the e-mail address": Case(
        "POST", "USER", '{"emails":["ada@x.org"],"displayName":"Ada","active":true}', "create user ada@x.org, active"
    ),
    "a user known by the display name": Case(
        "POST", "USER", '{"displayName":"Ada King","active":true}', 'create user "Ada King", active'
    ),
    "a user without a name": Case("POST", "USER", "{}", "create a user, active not given"),
    "a group without a name": Case("POST", "GROUP", '{"members":null}', "create a group with no members"),
    "a group in a string": Case(
        "POST", "GROUP", json.dumps('{"displayName":"eng"}'), "create group eng with no member list"
    ),
    "two unknown schemas, one given twice": Case(
        "POST",
        "USER",
        f'{{"schemas":["{CORE}","{ENTERPRISE}","urn:a:b","URN:A:B"],"userName":"ada","active":true,"urn:c:d":{{}}}}',
        "create user ada, active, with 2 unknown schemas",
    ),
    "a resource of an unknown type": Case("POST", "", '{"displayName":"x"}', "create resource x"),
    "nothing": Case("POST", "USER", "", "create a user with an empty body"),
}

REPLACED = {
    "a user that is switched off": Case(
        "PUT",
        "USER",
        '{"userName":"ada@example.com","active":false}',
        "replace user ada@example.com: deactivate the user",
        ADA,
    ),
    "the same user": Case(
        "PUT",
        "USER",
        '{"userName":"ada@example.com","active":true}',
        "replace user ada@example.com: no visible change",
        ADA,
    ),
    "one member by another": Case(
        "PUT",
        "GROUP",
        '{"displayName":"eng","members":[{"value":"23a35c27"}]}',
        "replace group eng: add 1 member: ada@example.com; remove 1 member: bob@example.com",
        ENG,
    ),
    "a group without a list": Case(
        "PUT", "GROUP", '{"displayName":"eng"}', "replace group eng with no member list", ENG
    ),
    "nothing": Case("PUT", "USER", "", "replace the user with an empty body"),
    "nothing but blanks": Case("PUT", "GROUP", " \n", "replace the group with an empty body", ENG),
    "a user who was unknown": Case(
        "PUT",
        "USER",
        '{"userName":"ada@example.com","active":false,"password":"[redacted]"}',
        "replace user ada@example.com, inactive, with a password (hidden) (unknown before)",
    ),
    "a group that was unknown": Case(
        "PUT",
        "GROUP",
        '{"displayName":"eng","members":[{"value":"23a35c27"}]}',
        "replace group eng with 1 member: ada@example.com (unknown before)",
    ),
    "a user whose state was unknown": Case(
        "PUT",
        "USER",
        '{"userName":"ada@example.com","active":false}',
        "replace user ada@example.com: deactivate the user (unknown before)",
        {"userName": "ada@example.com", "active": None},
    ),
    "a group whose list was unknown": Case(
        "PUT",
        "GROUP",
        '{"displayName":"eng","members":[]}',
        "replace group eng: empty the member list (unknown before)",
        {"displayName": "eng"},
    ),
    "a user without what it had": Case(
        "PUT",
        "USER",
        '{"userName":"ada@example.com"}',
        "replace user ada@example.com: active not given any more; title not given any more",
        {**ADA, "title": "CTO"},
    ),
    "e-mail addresses": Case(
        "PUT",
        "USER",
        '{"userName":"ada@example.com","active":true,"emails":[{"value":"new@example.com"}]}',
        "replace user ada@example.com <new@example.com>: change emails from ada@example.com to new@example.com",
        {**ADA, "emails": [{"value": "ada@example.com"}]},
    ),
    "names": Case(
        "PUT",
        "USER",
        '{"userName":"ada.king@example.com","active":"True","title":null,"name":{"givenName":"Ada"}}',
        "replace user ada.king@example.com: change userName from ada@example.com to ada.king@example.com; "
        "clear title; change name",
        {**ADA, "title": "CTO", "name": {"givenName": "A."}},
    ),
    "the same names": Case(
        "PUT",
        "USER",
        '{"userName":"ada@example.com","active":true,"number":7,"name":{"GivenName":"Ada"}}',
        "replace user ada@example.com: no visible change",
        {**ADA, "number": 7, "name": {"givenname": "Ada"}},
    ),
    "a user of whom little was known": Case(
        "PUT",
        "USER",
        '{"userName":"ada@example.com","active":true,"title":"CTO","emails":[],"groups":[],"schemas":[],"id":"7"}',
        "replace user ada@example.com: no visible change (2 attributes unknown before)",
        ADA,
    ),
    "the same attributes of extensions": Case(
        "PUT",
        "USER",
        f'{{"userName":"ada@example.com","active":true,"{ENTERPRISE}":{{"costCenter":"7"}},"urn:a:2.0:User:x":1}}',
        "replace user ada@example.com: no visible change",
        {**ADA, "costCenter": "7", "urn:a:2.0:User:x": 1},
    ),
    "attributes of extensions": Case(
        "PUT",
        "USER",
        f'{{"userName":"ada@example.com","active":true,"{ENTERPRISE}":{{"costCenter":"8"}},"urn:a:2.0:User:x":2}}',
        "replace user ada@example.com: change costCenter from 7 to 8; change x (schema urn:a:2.0:User) from 1 to 2",
        {**ADA, "costCenter": "7", "urn:a:2.0:User:x": 1},
    ),
    "a part of an attribute": Case(
        "PUT",
        "USER",
        '{"userName":"ada@example.com","active":true,"name.givenName":"Ada"}',
        "replace user ada@example.com: no visible change (1 attribute unknown before)",
        {**ADA, "name": {"givenName": "Ada"}},
    ),
    "a word that is true": Case(
        "PUT",
        "USER",
        '{"userName":"ada@example.com","active":"TRUE","vip":"yes","title":"TRUE"}',
        "replace user ada@example.com: change vip from true to yes; change title from true to TRUE",
        {**ADA, "vip": True, "title": "true"},
    ),
    "empty values": Case(
        "PUT",
        "USER",
        '{"userName":"ada@example.com","active":true,"title":"CTO","photos":null,"nickName":""}',
        'replace user ada@example.com: set title to CTO; change nickName from A to ""',
        {**ADA, "title": "", "emails": [], "photos": [], "nickName": "A"},
    ),
    "a user with a password": Case(
        "PUT",
        "USER",
        '{"userName":"ada@example.com","active":true,"password":"x"}',
        "replace user ada@example.com: set a password (hidden)",
        ADA,
    ),
    "the name and the list of a group": Case(
        "PUT",
        "GROUP",
        '{"displayName":"eng two","members":["89bb1940","89bb1940","23a35c27"]}',
        'replace group "eng two": rename the group from eng to "eng two"; add 1 member: ada@example.com',
        ENG,
    ),
    "the name of a group without a list": Case(
        "PUT",
        "GROUP",
        '{"displayName":"ops"}',
        "replace group ops with no member list: rename the group from eng to ops",
        ENG,
    ),
}

SWITCHED = {
    "no path": user('{"op":"replace","value":{"active":false}}', "deactivate the user"),
    "a text": user('{"op":"Replace","path":"active","value":"False"}', "deactivate the user"),
    "a wrapped text": user(
        '{"op":"Replace","path":"active","value":[{"$ref":null,"value":"False"}]}', "deactivate the user"
    ),
    "a word": user('{"op":"replace","path":"active","value":"maybe"}', "set active to an unreadable value (maybe)"),
    "any case": Case(
        "PATCH",
        "USER",
        '{"operations":[{"OP":"REPLACE","Path":"Active","Value":false}]}',
        "deactivate the user",
    ),
    "no operations": Case("PATCH", "USER", '{"active":false}', "deactivate the user (patch without operations)"),
    "twice": user(
        '{"op":"replace","value":{"active":true,"active":false}}',
        "deactivate the user (unsure: active given twice, last value read)",
    ),
    "three times, in two cases": user(
        '{"op":"replace","value":{"active":true,"Active":false,"active":true}}',
        "activate the user (unsure: active given more than once, last value read)",
    ),
    "the URN": user(f'{{"op":"replace","path":"{CORE}:active","value":true}}', "activate the user"),
    "the URN, with a full stop": user(f'{{"op":"replace","path":"{CORE}.active","value":true}}', "activate the user"),
    "null": user('{"op":"replace","path":"active","value":null}', "clear active"),
    "removed": user('{"op":"remove","path":"active"}', "remove active"),
    "in two operations": user(
        '{"op":"replace","path":"active","value":true},{"op":"replace","path":"active","value":false}',
        "activate the user; deactivate the user",
    ),
    "a list": user(
        '{"op":"replace","path":"active","value":[true,false]}', "set active to an unreadable value (2 values)"
    ),
}

ATTRIBUTES = {
    "an e-mail address and a name": user(
        r'{"op":"Replace","path":"emails[type eq \"work\"].value","value":"a2@example.com"},'
        '{"op":"Replace","path":"name.familyName","value":"King Lovelace"}',
        'set work e-mail to a2@example.com; set name.familyName to "King Lovelace"',
    ),
    "no path": user(
        f'{{"op":"replace","value":{{"displayName":"Bjfe","name.givenName":"Kkom","{ENTERPRISE}:employeeNumber":"Aklq"}}}}',
        "set displayName to Bjfe; set name.givenName to Kkom; set employeeNumber to Aklq",
    ),
    "a manager": user(
        '{"op":"Add","path":"manager","value":[{"$ref":"http://x/Users/23a35c27","value":"23a35c27"}]}',
        "set the manager to ada@example.com",
    ),
    "an enterprise object": user(
        f'{{"op":"replace","path":"{ENTERPRISE}","value":{{"costCenter":"7"}}}}', "set costCenter to 7"
    ),
    "a password": user('{"op":"replace","path":"password","value":"hunter2"}', "set a password (hidden)"),
    "a filter": user(
        r'{"op":"Add","path":"roles[primary eq \"True\"].value","value":"admin"}',
        'set roles[primary eq "True"].value to admin',
    ),
    "removed": user('{"op":"Remove","path":"title"}', "remove title"),
    "a foreign name and a phone number": user(
        '{"op":"replace","path":"urn:acme:2.0:User:badge","value":7},'
        r'{"op":"add","path":"phoneNumbers[type eq \"mobile\"].value","value":"+1 234"}',
        'set badge (schema urn:acme:2.0:User) to 7; set mobile phone number to "+1 234"',
    ),
    "a foreign name after a full stop": user(
        '{"op":"replace","path":"urn:acme:2.0:User.badge.colour","value":"red"}',
        "set badge.colour (schema urn:acme:2.0:User) to red",
    ),
    "a foreign object": user(
        '{"op":"add","value":{"urn:acme:2.0:User":{"badge":7,"level":8}}}',
        "set badge (schema urn:acme:2.0:User) to 7; set level (schema urn:acme:2.0:User) to 8",
    ),
    "a manager by URN": user(
        f'{{"op":"add","path":"{ENTERPRISE}:manager","value":{{"value":"zzzzzzzzzz","displayName":"Cy Young"}}}}',
        'set the manager to "Cy Young"',
    ),
    "a manager as a text": user(
        '{"op":"add","path":"manager","value":"89bb1940"}', "set the manager to bob@example.com"
    ),
    "no manager": user('{"op":"replace","path":"manager","value":""}', "clear the manager"),
    "a manager who goes": user('{"op":"remove","path":"manager"}', "remove the manager"),
    "an e-mail address in a list": user(
        '{"op":"replace","path":"emails","value":[{"value":"new@example.com","type":"work","primary":true}]}',
        "set emails to new@example.com",
    ),
    "an e-mail address in an object": user(
        '{"op":"replace","value":{"emails":{"value":"new@example.com"}}}', "set emails to new@example.com"
    ),
    "fifteen phone numbers": user(
        json.dumps({"op": "add", "path": "phoneNumbers", "value": [{"value": f"+{number}"} for number in range(15)]}),
        "add +0, +1, +2 and 12 more to phoneNumbers",
    ),
    "roles by their names": user(
        '{"op":"replace","path":"roles","value":[{"display":"Site admin","primary":true},{"value":"dev"}]}',
        'set roles to "Site admin", dev',
    ),
    "a list of what has no name": user(
        '{"op":"add","path":"addresses","value":[{"locality":"Utrecht"},{"locality":"Delft"}]}',
        "add 2 values to addresses",
    ),
    "lists and objects": user(
        '{"op":"replace","path":"emails","value":[{"value":"a"},{"value":"b"}]},'
        '{"op":"replace","path":"name","value":{"givenName":"Ada"}},{"op":"add","path":"roles","value":["admin"]}',
        "set emails to a, b; set name to 1 field; add admin to roles",
    ),
    "removed with a value": user(
        '{"op":"remove","path":"emails","value":[{"value":"a"}]},{"op":"remove","path":"title","value":"C TO"}',
        'remove emails (a); remove title ("C TO")',
    ),
    "null, true and nothing": user(
        '{"op":"replace","path":"title","value":null},{"op":"add","path":"vip","value":true},'
        '{"op":"add","path":"nickName","value":""}',
        'clear title; set vip to true; set nickName to ""',
    ),
    "no value": user('{"op":"add","path":"title"}', "add title without a value (not valid)"),
    "a password that goes": user('{"op":"remove","path":"password","value":"hunter2"}', "remove the password"),
    "six changes": user(
        '{"op":"add","value":{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}}',
        "set a to 1; set b to 2; set c to 3; set d to 4; and 2 more changes",
    ),
    "five changes": user(
        '{"op":"add","value":{"a":1,"b":2,"c":3,"d":4,"e":5}}',
        "set a to 1; set b to 2; set c to 3; set d to 4; and 1 more change",
    ),
    "a long value": user('{"op":"add","path":"title","value":"' + "x" * 41 + '"}', "set title to " + "x" * 40 + "…"),
    "control characters": user(
        r'{"op":"add","path":"title\u0007","value":"a\nb\u202ec\u2028d\u0000e\ud800"}',
        'set title  to "a b c d\ufffde\ufffd"',
    ),
    "a whole schema": user(f'{{"op":"remove","path":"{ENTERPRISE}"}}', "remove a whole schema"),
}

MEMBERS = {
    "one for another": group(
        r'{"op":"remove","path":"members[value eq \"89bb1940\"]"},'
        '{"op":"add","path":"members","value":[{"value":"23a35c27","display":"x"}]}',
        "remove 1 member: bob@example.com; add 1 member: ada@example.com",
    ),
    "an id": group(
        '{"op":"Add","path":"members","value":[{"$ref":null,"value":"f648f8d5ea4e4cd38e9c"}]}',
        "add 1 member: id f648f8d5…",
    ),
    "all": group('{"op":"remove","path":"members"}', "remove all members"),
    "the whole list": group(
        '{"op":"replace","path":"members","value":[{"value":"23a35c27"},{"value":"n9","display":"Cy Young"}]}',
        'set the member list to 2 members: ada@example.com, "Cy Young"',
    ),
    "an empty list": group('{"op":"replace","path":"members","value":[]}', "empty the member list"),
    "one without a list": group(
        '{"op":"add","path":"members","value":{"value":"23a35c27"}}', "add 1 member: ada@example.com"
    ),
    "one operation without a list, a text twice": Case(
        "PATCH",
        "GROUP",
        f'{{"schemas":["{PATCH_OP}"],"Operations":{{"op":"add","path":"members","value":["23a35c27","23a35c27"]}}}}',
        "add 1 member: ada@example.com",
    ),
    "a display only, and nothing": group(
        '{"op":"add","path":"members","value":[{"display":"Cy"},{"display":"Cy"},{}]}',
        "add 2 members: Cy, a member without id",
    ),
    "several operations": group(
        '{"op":"add","path":"members","value":["a"]},{"op":"remove","path":"members","value":["b"]},'
        '{"op":"add","path":"members","value":["c","a","d"]},{"op":"add","path":"members","value":"e"}',
        "add 4 members: id a, id c, id d and 1 more; remove 1 member: id b",
    ),
    "no path": group('{"op":"add","value":{"members":[{"value":"23a35c27"}]}}', "add 1 member: ada@example.com"),
    "a filter of two": group(
        r'{"op":"remove","path":"members[value eq \"23a35c27\" or value eq \"89bb1940\"]"}',
        "remove 2 members: ada@example.com, bob@example.com",
    ),
    "a filter of another attribute": group(
        r'{"op":"remove","path":"members[type eq \"Group\"]"}', 'remove members[type eq "Group"]'
    ),
    "a filter of names": group(r'{"op":"remove","path":"members[display eq \"Cy\"]"}', "remove 1 member: Cy"),
    "the display of one": group(
        r'{"op":"replace","path":"members[value eq \"23a35c27\"].display","value":"Ada"}',
        'set members[value eq "23a35c27"].display to Ada',
    ),
    "none": group('{"op":"remove","path":"members","value":[]}', "remove no members"),
    "SCIM 1.1": Case(
        "PATCH",
        "GROUP",
        '{"schemas":["urn:scim:schemas:core:1.0"],"members":[{"value":"23a35c27","operation":"delete"},{"value":"89bb1940"}]}',
        "remove 1 member: ada@example.com; add 1 member: bob@example.com (patch without operations)",
    ),
    "a line break in a display": group(
        r'{"op":"add","path":"members","value":[{"display":"Cy\nYoung"}]}', 'add 1 member: "Cy Young"'
    ),
}

GROUP_NAMES = {
    "unknown before": group('{"op":"Replace","path":"displayName","value":"eng"}', "set the group name to eng"),
    "the same again, with a member": group(
        '{"op":"replace","value":{"displayName":"eng"}},{"op":"add","path":"members","value":[{"value":"23a35c27"}]}',
        "send the group name eng again (unchanged); add 1 member: ada@example.com",
        {"displayName": "eng", "members": []},
    ),
    "another": group(
        '{"op":"replace","value":{"id":"7","displayName":"eng prod"}}',
        'rename the group from eng to "eng prod"',
        {"displayName": "eng"},
    ),
    "known without a name": group(
        '{"op":"replace","path":"displayName","value":"eng"}', "set the group name to eng", {"members": []}
    ),
    "taken away": group('{"op":"remove","path":"displayName"}', "remove displayName", ENG),
}

ODD = {
    "no operations": group("", "a patch with no operations"),
    "operations of null": Case("PATCH", "GROUP", '{"Operations":null}', "a patch with no operations"),
    "no attributes": group('{"op":"replace","value":{"id":"7"}}', "a patch that names no attribute"),
    "an empty object": Case("PATCH", "USER", "{}", "a patch that names no attribute"),
    "remove without a path": group('{"op":"remove"}', "remove without a path (not valid)"),
    "add without a path and value": group('{"op":"add"}', "add without a path and without attributes (not valid)"),
    "a path that is no text": group('{"op":"add","path":["title"],"value":1}', "add with an unreadable path"),
    "an unknown operation": user(
        '{"op":"Move","path":"title"},{"op":"remove","path":"title"}', "unknown operation move on title; remove title"
    ),
    "an unknown operation on members": group('{"op":"move","path":"members"}', "unknown operation move on members"),
    "an unknown operation on attributes": user(
        '{"op":"move","value":{"id":"1","title":"CTO","name.givenName":"Ada","a":1,"b":2}}',
        "unknown operation move on title, name.givenName, a and 1 more",
    ),
    "an unknown operation on nothing": user('{"op":"move"}', "unknown operation move"),
    "an operation without a name": user('{"path":"title"}', "operation without a name on title"),
    "an operation that is no object": user('"title"', "unreadable operation"),
    "an empty patch": Case("PATCH", "USER", "", "a patch with an empty body"),
    "a delete": Case("DELETE", "USER", "", "delete the user"),
    "a delete of a group": Case("delete", "group", "", "delete the group"),
    "a delete with a body": Case("DELETE", "USER", '{"id":"1"}', "delete the user (a body was sent and not read)"),
    "bulk": Case(
        "POST",
        "-",
        f'{{"schemas":["{BULK}"],"Operations":[{{"method":"POST","path":"/Users","data":{{}}}},'
        '{"method":"DELETE","path":"/Groups/1"}]}',
        "bulk request of 2 operations: POST /Users, DELETE /Groups/1",
    ),
    "bulk of five": Case(
        "POST",
        "",
        f'{{"schemas":["{BULK}"],"Operations":[{{"method":"PUT"}},7,{{}},8,9]}}',
        "bulk request of 5 operations: PUT ?, an unreadable operation, ? ? and 2 more",
    ),
    "bulk of none": Case("POST", "", f'{{"schemas":["{BULK}"]}}', "bulk request of 0 operations"),
    "another method": Case("GET", "USER", "", "send GET for the user"),
    "no method": Case("", "", "", "send a request without a method for the resource"),
}

UNREADABLE = {
    "cut": Case(
        "PATCH",
        "USER",
        '{"Operations":[{"op":"replace","path":"active","value":fal',
        "unreadable body (not JSON, 58 characters)",
    ),
    "cut, without a path": Case(
        "PATCH",
        "USER",
        '{"Operations":[{"op":"replace","value":{"active":fal',
        "unreadable body (not JSON, 52 characters)",
    ),
    "a list": Case(
        "PATCH",
        "USER",
        '[{"op":"replace","path":"/active","value":false}]',
        "unreadable body (a JSON list of 1 item, not an object)",
    ),
    "a text": Case("POST", "USER", '"ada"', "unreadable body (a JSON value, not an object)"),
    "not a number": Case("PUT", "USER", '{"active":NaN}', "unreadable body (not JSON, 14 characters)"),
    "one character": Case("PUT", "GROUP", "{", "unreadable body (not JSON, 1 character)"),
    "too deep": Case("PUT", "GROUP", "[" * 100_000, "unreadable body (nested too deeply, 100,000 characters)"),
}

READABLE = {
    f"{title}: {name}": case
    for title, cases in {
        "create": CREATED,
        "replace": REPLACED,
        "active": SWITCHED,
        "attribute": ATTRIBUTES,
        "members": MEMBERS,
        "group name": GROUP_NAMES,
        "odd": ODD,
    }.items()
    for name, case in cases.items()
}
