"""SCIM requests and what they ask for; and any bodies, for what holds of every one."""

import json

from hypothesis import strategies as st

from logsync.scim.request.parse import Activity

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
METHODS = ("POST", "PUT", "PATCH", "DELETE", "")


def patch(*operations: object) -> str:
    return json.dumps({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})


def operation(op: str, path: str | None = None, **rest: object) -> dict[str, object]:
    return {"op": op, **({} if path is None else {"path": path}), **rest}


X, Y, Z = ({"value": name} for name in "xyz")


ACTIVITIES = {
    "a boolean": (patch(operation("replace", "active", value=False)), Activity.OFF),
    "a capitalised text": (patch(operation("Replace", "active", value="False")), Activity.OFF),
    "a wrapped text": (patch(operation("Replace", "active", value=[{"$ref": None, "value": "True"}])), Activity.ON),
    "no path": (patch(operation("replace", value={"active": True})), Activity.ON),
    "the URN, after a colon": (patch(operation("replace", f"{CORE}:active", value=False)), Activity.OFF),
    "the URN, after a full stop": (patch(operation("replace", f"{CORE}.active", value=False)), Activity.OFF),
    "the URN as the name of an object": (patch(operation("add", value={CORE: {"active": False}})), Activity.OFF),
    "any case": ('{"operations":{"OP":"REPLACE","Path":"Active","Value":false}}', Activity.OFF),
    "the last of two operations": (
        patch(operation("replace", "active", value=True), operation("replace", "active", value=False)),
        Activity.OFF,
    ),
    "the last of two names": ('{"Operations":[{"op":"add","value":{"Active":false,"active":true}}]}', Activity.ON),
    "no operations": ('{"active":false}', Activity.OFF),
    "a word": (patch(operation("replace", "active", value="maybe")), Activity.UNREADABLE),
    "a number": (patch(operation("replace", "active", value=1)), Activity.UNREADABLE),
    "null": (patch(operation("replace", "active", value=None)), Activity.UNREADABLE),
    "two values": (patch(operation("replace", "active", value=[False, True])), Activity.UNREADABLE),
    "removed": (patch(operation("remove", "active")), Activity.UNREADABLE),
    "another attribute": (patch(operation("replace", "title", value="active")), Activity.NOT_GIVEN),
    "the same name in a foreign schema": (
        patch(operation("replace", "urn:acme:2.0:User:active", value=False)),
        Activity.NOT_GIVEN,
    ),
    "JSON in a string": (json.dumps('{"active":false}'), Activity.OFF),
    "JSON in a string in a string": (json.dumps(json.dumps('{"active":false}')), Activity.OFF),
    "a byte order mark": ('\ufeff{"active":false}', Activity.OFF),
}

UNREADABLE_BODIES = {
    "cut": '{"Operations":[{"op":"replace","path":"active","value":fal',
    "a list": '[{"op":"replace","path":"/active","value":false}]',
    "a text": '"active"',
    "a string three strings deep": json.dumps(json.dumps(json.dumps('{"active":false}'))),
    "null": "null",
    "not a number": '{"active":NaN}',
    "single quotes": "{'active': False}",
    "two objects": '{"active":false}{"active":true}',
    "a line break in a string": '{"userName":"a\nb"}',
    "too deep": '{"a":' * 100_000,
    "nested too deeply": '{"a":' * 101 + "1" + "}" * 101,
    "empty": "",
    "blank": " \n",
}

# Each with: added, removed, listed, whether all are removed.
MEMBER_PATCHES = {
    "add a list": (patch(operation("add", "members", value=[X, Y])), ["x", "y"], [], None, False),
    "add one": (patch(operation("Add", "members", value=X)), ["x"], [], None, False),
    "add texts": (patch(operation("add", "members", value=["x", "x"])), ["x"], [], None, False),
    "add a number": (patch(operation("add", "members", value=[{"value": 7}])), ["7"], [], None, False),
    "add without a path": (patch(operation("add", value={"members": [X]})), ["x"], [], None, False),
    "add by filter": (patch(operation("add", 'members[value eq "x"]', value=X)), ["x"], [], None, False),
    "remove by filter": (patch(operation("remove", 'members[value eq "x"]')), [], ["x"], None, False),
    "remove by filter, any case": (patch(operation("Remove", 'Members[Value EQ "x"]')), [], ["x"], None, False),
    "remove by two": (patch(operation("remove", 'members[value eq "x" or value eq "y"]')), [], ["x", "y"], None, False),
    "an escaped quote": (patch(operation("remove", r'members[value eq "x\"]"]')), [], ['x"]'], None, False),
    "remove by list": (patch(operation("Remove", "members", value=[{"$ref": None, **X}])), [], ["x"], None, False),
    "remove by another filter": (patch(operation("remove", 'members[type eq "User"]')), [], [""], None, False),
    "remove none": (patch(operation("remove", "members", value=[])), [], [], None, False),
    "remove all": (patch(operation("remove", "members")), [], [], None, True),
    "replace": (patch(operation("replace", "members", value=[X, Y])), [], [], ["x", "y"], False),
    "replace by none": (patch(operation("replace", "members", value=[])), [], [], [], False),
    "replace by null": (patch(operation("replace", "members", value=None)), [], [], [], False),
    "replace without a value": (patch(operation("replace", "members")), [], [], None, False),
    "no operations": ('{"members":[{"value":"x"}]}', [], [], ["x"], False),
    "SCIM 1.1": ('{"members":[{"value":"x","operation":"delete"},{"value":"y"}]}', ["y"], ["x"], None, False),
    "several operations": (
        patch(
            operation("add", "members", value=[X]),
            operation("remove", "members", value=[Z]),
            operation("add", "members", value=[Y, X]),
        ),
        ["x", "y"],
        ["z"],
        None,
        False,
    ),
    "add, then remove": (
        patch(operation("add", "members", value=[{**X, "display": "X"}]), operation("remove", "members", value=[X])),
        [],
        ["x"],
        None,
        False,
    ),
    "remove all, then add": (
        patch(
            operation("add", "members", value=[Y]), operation("remove", "members"), operation("add", "members", value=X)
        ),
        ["x"],
        [],
        None,
        True,
    ),
    "replace, then remove": (
        patch(operation("replace", "members", value=[X, Y]), operation("remove", "members", value=[Y])),
        [],
        ["y"],
        ["x", "y"],
        False,
    ),
    "about a member, not about who is one": (
        patch(operation("replace", 'members[value eq "x"].display', value="X")),
        [],
        [],
        None,
        False,
    ),
}

TOUCHED = {
    "a path": (patch(operation("replace", "displayName", value="x")), {"displayname"}),
    "a sub-attribute": (patch(operation("replace", "name.givenName", value="x")), {"name.givenname"}),
    "a filter": (
        patch(operation("replace", 'emails[Type  EQ "Work"].value', value="x")),
        {'emails[type eq "Work"].value'},
    ),
    "the parts of an object": (
        patch(operation("replace", "name", value={"givenName": "x", "formatted": "y"})),
        {"name.givenname", "name.formatted"},
    ),
    "yes and no": (
        patch(operation("replace", "active", value="False"), operation("add", "x", value=[{"value": True}])),
        {"active=false", "x=true"},
    ),
    "yes, then no": (
        patch(operation("replace", "active", value=True), operation("replace", "active", value=False)),
        {"active=false"},
    ),
    "neither yes nor no": (patch(operation("replace", "active", value="perhaps")), {"active"}),
    "items of a list": (
        patch(
            operation("add", "emails", value=[{"type": "work", "value": "a-b"}, "c"]),
            operation("remove", "roles", value=[{"value": "d\ne"}]),
        ),
        {"emails+work a-b", "emails+c", "roles-d\\ne"},
    ),
    "a list as a whole": (patch(operation("replace", "roles", value=["a", "b"])), {"roles", "roles=a", "roles=b"}),
    "a name with our signs in it": (
        patch(operation("replace", "cost-center+x", value="1")),
        {"cost%2Dcenter%2Bx"},
    ),
    "no path": (
        patch(operation("replace", value={"Title": "x", "name.givenName": "y", f"{ENTERPRISE}:costCenter": "7"})),
        {"title", "name.givenname", "costcenter"},
    ),
    "an enterprise object": (patch(operation("add", ENTERPRISE, value={"costCenter": "7"})), {"costcenter"}),
    "a foreign name": (patch(operation("add", "urn:acme:2.0:User:badge", value=7)), {"urn:acme:2.0:user:badge"}),
    "members": (
        patch(operation("add", "members", value=[X]), operation("remove", 'members[value eq "y"]')),
        {"members+x", "members-y"},
    ),
    "the whole list": (patch(operation("replace", "members", value=[X])), {"members", "members=x"}),
    "a list, and then some": (
        patch(
            operation("replace", "members", value=[X, Y]),
            operation("remove", "members", value=[Y]),
            operation("add", "members", value=[{"value": "z"}]),
        ),
        {"members", "members=x", "members=z"},
    ),
    "a member who is added, then removed": (
        patch(operation("add", "members", value=[X]), operation("remove", "members", value=[X])),
        {"members-x"},
    ),
    "members without a value": (patch(operation("add", "members")), {"unknown"}),
    "all members": (patch(operation("remove", "members")), {"members"}),
    "the display of a member": (
        patch(operation("add", 'members[value eq "x"].display', value="X")),
        {'members[value eq "x"].display'},
    ),
    "a member without id": (patch(operation("add", "members", value=[{"display": "Cy"}])), {"unknown"}),
    "nothing but names of the resource": (patch(operation("replace", value={"id": "x", "schemas": []})), {"unknown"}),
    "no operations": (patch(), {"unknown"}),
    "remove without a path": (patch(operation("remove"), operation("remove", "title")), {"unknown", "title"}),
    "an unknown operation": (patch(operation("move", "title")), {"unknown"}),
    "an operation that is no object": (patch("title"), {"unknown"}),
}

NAMES = {
    "a whole user": (
        "POST",
        '{"userName":"ada","emails":[{"value":"a@x"}],"displayName":"Ada"}',
        ("ada", "a@x", "Ada"),
    ),
    "the primary address": ("PUT", '{"emails":[{"value":"a@x"},{"value":"b@x","primary":"True"}]}', ("", "b@x", "")),
    "an address as a text": ("PUT", '{"emails":["a@x"]}', ("", "a@x", "")),
    "a path": ("PATCH", patch(operation("replace", "userName", value="ada")), ("ada", "", "")),
    "the path of an address": (
        "PATCH",
        patch(operation("add", 'emails[type eq "work"].value', value="a@x")),
        ("", "a@x", ""),
    ),
    "the type of an address": ("PATCH", patch(operation("add", 'emails[value eq "a"].type', value="w")), ("", "", "")),
    "a name that is taken away": ("PATCH", patch(operation("remove", "userName", value="ada")), ("", "", "")),
    "what cannot be stored": ("POST", r'{"userName":"a\u0000\ud800b"}', ("a\ufffd\ufffdb", "", "")),
    "what is no text": ("POST", '{"userName":{},"emails":{},"displayName":[]}', ("", "", "")),
}

# Each with: method, type, activity, ids of the members, touched.
DOCUMENTED = {
    ("okta", "user_put_update"): ("PUT", "USER", Activity.ON, [], {"*", "active=true"}),
    ("okta", "user_patch_deactivate_no_path"): ("PATCH", "USER", Activity.OFF, [], {"active=false"}),
    ("okta", "group_post_create"): ("POST", "GROUP", Activity.NOT_GIVEN, [], {"*", "members"}),
    ("okta", "group_patch_rename"): ("PATCH", "GROUP", Activity.NOT_GIVEN, [], {"displayname"}),
    ("okta", "group_patch_members"): (
        "PATCH",
        "GROUP",
        Activity.NOT_GIVEN,
        ["89bb1940-b905-4575-9e7f-6f887cfb368e", "23a35c27-23d3-4c03-b4c5-6443c09e7173"],
        {"members-89bb1940-b905-4575-9e7f-6f887cfb368e", "members+23a35c27-23d3-4c03-b4c5-6443c09e7173"},
    ),
    ("entra", "user_post_create"): ("POST", "USER", Activity.ON, [], {"*", "active=true"}),
    ("entra", "user_patch_email_and_name"): (
        "PATCH",
        "USER",
        Activity.NOT_GIVEN,
        [],
        {'emails[type eq "work"].value', "name.familyname"},
    ),
    ("entra", "user_patch_username"): ("PATCH", "USER", Activity.NOT_GIVEN, [], {"username"}),
    ("entra", "user_patch_disable"): ("PATCH", "USER", Activity.OFF, [], {"active=false"}),
    ("entra", "user_patch_manager"): ("PATCH", "USER", Activity.NOT_GIVEN, [], {"manager"}),
    ("entra", "group_post_create"): ("POST", "GROUP", Activity.NOT_GIVEN, [], {"*"}),
    ("entra", "group_patch_rename"): ("PATCH", "GROUP", Activity.NOT_GIVEN, [], {"displayname"}),
    ("entra", "group_patch_add_member"): (
        "PATCH",
        "GROUP",
        Activity.NOT_GIVEN,
        ["f648f8d5ea4e4cd38e9c"],
        {"members+f648f8d5ea4e4cd38e9c"},
    ),
    ("entra", "group_patch_remove_member"): (
        "PATCH",
        "GROUP",
        Activity.NOT_GIVEN,
        ["f648f8d5ea4e4cd38e9c"],
        {"members-f648f8d5ea4e4cd38e9c"},
    ),
}

WORDS = """
    op Operations path value add Remove replace members active userName emails urn:a:b displayName schemas
    manager operation False delete
"""
words = st.sampled_from([*WORDS.split(), 'members[value eq "x"]', ENTERPRISE, CORE, BULK])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(max_size=8),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(words | st.text(max_size=4), children, max_size=4)
    ),
    max_leaves=12,
)
operations = st.fixed_dictionaries({}, optional={"op": words, "path": words | json_values, "value": json_values})
bodies = (
    st.text()
    | json_values.map(json.dumps)
    | st.lists(operations | json_values, max_size=4).map(lambda items: patch(*items))
    | st.dictionaries(words, json_values, max_size=5).map(json.dumps)
)
