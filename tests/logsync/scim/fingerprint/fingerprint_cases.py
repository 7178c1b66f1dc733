"""What the fingerprint makes of error texts: name of the case, the template, the texts that fall together in it."""

GUID = "23a35c27-23d3-4c03-b4c5-6443c09e7173"
OTHER_GUID = "89bb1940-b905-4575-9e7f-6f887cfb368e"
ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"

SENTENCES = {
    "nothing": ("(no error text)", ["", " ", "\n\t", "\u200b", "\u00a0", "...", "(no error text)"]),
    "no name": ("user already exists in the database", ["User already exists in the database."]),
    "any name": (
        "user <value> already exists",
        [
            "User jdoe already exists",
            "User jane.roe@example.com already exists.",
            f"User {GUID} already exists",
            "User 8842 already exists",
            "User Ada King Lovelace already exists!",
            'User "jdoe" already exists',
            "User “jdoe” already exists",
            "User: jdoe already exists",
            '"User jdoe already exists"',
        ],
    ),
    "blanks and case": ("group member not found", ["group  member\n not\tfound", "Group member not found."]),
    "a member": ("member <value> not found", ["Member f648f8d5ea4e4cd38e9c not found", f"Member {GUID} not found."]),
    "members": (
        "members <value> not found",
        [f"Members {GUID}, {OTHER_GUID} not found", f"Members [{GUID}] not found", 'Members ["a", "b"] not found'],
    ),
    "deleted": ("account <value> has been deleted", ["Account Ada Lovelace has been deleted"]),
    "an attribute": (
        "attribute username is required",
        [
            "Attribute 'userName' is required",
            'Attribute "userName" is required.',
            "Attribute `userName` is required",
            r"Attribute \"userName\" is required",
            "Attribute [userName] is required",
            "Attribute ‘userName’ is required",
        ],
    ),
    "another attribute": ("attribute emails is required", ["Attribute 'emails' is required"]),
    "attribute path": ("name.familyname is required", ["'name.familyName' is required"]),
    "attribute with three digits": (
        "x509certificates is read only",
        ["x509Certificates is read only", "'x509Certificates' is read only"],
    ),
    "list of attributes": ("missing: username, emails", ["Missing: [userName, emails]"]),
    "unknown attribute": ("unknown attribute <value>", ["Unknown attribute 'favouriteColor'", "Unknown attribute 'x'"]),
    "value after a name": (
        "user with externalid <value> already exists",
        [
            "User with externalId [example-external-id-1] already exists",
            "User with externalId 00ujl29u0le5T6Aj10h7 already exists",
        ],
    ),
    "value after what it is": (
        "member with id <value> not found",
        ["Member with id 23a35c27 not found", "Member with id 89bb1940 not found.", "Member with ID: 8842 not found"],
    ),
    "words after what they are": (
        "group with name <value> already exists",
        ["Group with name Sales already exists", "Group with name Sales EMEA already exists"],
    ),
    "no value after what it would be": (
        "group with that name already exists",
        ["Group with that name already exists"],
    ),
    "attribute after with": (
        "a user with email address was deleted",
        ["A user with email address was deleted"],
    ),
    "preamble that names the request": (
        "user <value> already exists",
        [
            "Failed to create User 'ada@example.com' in customappsso; Error: User ada already exists",
            "Failed to update Group 'Sales; EMEA' in customappsso; Error: User jdoe already exists.",
            "Unable to provision user ada@example.com. Reason: User ada already exists",
            "An error occurred while exporting Ada to the target. Message: User ada already exists",
            f"Failed to create User '{'x' * 300}' in customappsso; Error: User ada already exists",
        ],
    ),
    "preamble without an error": (
        "failed to create user <value> in customappsso",
        ["Failed to create User 'ada@x' in customappsso", "Failed to create User 'bob' in customappsso."],
    ),
    "name that is too large": (
        "group <value> is too large",
        ["Group Engineering is too large", "Group Sales EMEA is too large.", "Group 'eng' is too large"],
    ),
    "name that is not assigned": (
        "user <value> is not assigned to the application",
        ["User jdoe is not assigned to the application", "User Ada Lovelace is not assigned to the application"],
    ),
    "name that could not be found": (
        "group <value> could not be found",
        ["Group Sales could not be found", "Group Sales EMEA could not be found.", f"Group {GUID} could not be found"],
    ),
    "role that could not be found": (
        "role <value> could not be found",
        ["Role Admin could not be found", "Role Site Boss could not be found."],
    ),
    "role of a user": ("user role <value> does not exist", ["User role Admin does not exist"]),
    "no name of a role": ("user role not found", ["User role not found"]),
    "no name that is too large": ("member list is too large", ["Member list is too large"]),
    "no name that could not be found": ("user mapping could not be found", ["User mapping could not be found"]),
    "assignment": (
        "username=<value> conflicts with externalid=<value>",
        [
            "userName=jdoe conflicts with externalId=8842",
            "userName='jdoe' conflicts with externalId=<id>",
            "userName = ada@example.com conflicts with externalId=[x]",
        ],
    ),
    "abstract noun": ("user mapping not found", ["User mapping not found"]),
    "status first": ("409 conflict", ["409 Conflict"]),
    "status after its name": ("status 400: uniqueness", ["status 400: uniqueness"]),
    "status in parentheses": ("already there (409)", ["already there (409)"]),
    "status in brackets": ("[503] upstream failed", ["[503] Upstream failed"]),
    "status of HTTP": (
        "http 503 from upstream after <n> retries",
        ["HTTP 503 from upstream after 3 retries", "HTTP 503 from upstream after 12 retries"],
    ),
    "HTTP version": ("http/1.1 503 unavailable", ["HTTP/1.1 503 Unavailable"]),
    "pause": (
        "rate limit exceeded, retry after <n> seconds",
        ["Rate limit exceeded, retry after 30 seconds", "Rate limit exceeded, retry after 7 seconds"],
    ),
    "number with a unit": ("timeout of <n>ms exceeded", ["timeout of 10000ms exceeded", "timeout of 2.5ms exceeded"]),
    "two numbers": (
        "could not add <n> of <n> members",
        ["Could not add 3 of 12 members", "Could not add 1 of 2 members"],
    ),
    "code": ("code 12130: access.api.error.invalid_request", ["code 12130: access.api.error.invalid_request"]),
    "another code": ("code 9109: invalid access token", ["code 9109: Invalid access token"]),
    "version of SCIM": ("scim 2.0 is not enabled", ["SCIM 2.0 is not enabled"]),
    "URN": (f"unknown schema {ENTERPRISE_USER.lower()}", [f"Unknown schema {ENTERPRISE_USER}"]),
    "quoted URN": (
        f"unknown schema {ENTERPRISE_USER.lower()}",
        [
            f"Unknown schema '{ENTERPRISE_USER}'",
            f'Unknown schema "{ENTERPRISE_USER}".',
            f"Unknown schema [{ENTERPRISE_USER}]",
        ],
    ),
    "another URN": ("unknown schema urn:acme:custom:2.0:user", ["Unknown schema urn:acme:custom:2.0:User"]),
    "URN that is an id": ("no entry urn:uuid:<id>", [f"No entry urn:uuid:{GUID}", f"No entry urn:uuid:{OTHER_GUID}"]),
    "operation": (
        "patch-replace-operation not supported for group.members",
        ["patch-REPLACE-operation not supported for group.members"],
    ),
    "filter by id": (
        "invalid path: members[value eq <id>]",
        ['Invalid path: members[value eq "f648f8d5ea4e4cd38e9c"]', f"Invalid path: members[value eq '{GUID}']"],
    ),
    "filter by type": (
        "invalid path: emails[type eq <value>].value",
        ['Invalid path: emails[type eq "work"].value', 'Invalid path: emails[type eq "x"].value'],
    ),
    "quoted filter": (
        "path emails[type eq <value>].value is not supported",
        [r'path "emails[type eq \"work\"].value" is not supported'],
    ),
    "filter": (
        "invalid filter: username eq <value>",
        ['Invalid filter: userName eq "jdoe"', "Invalid filter: userName eq 'x'"],
    ),
    "index": (
        "emails[<n>].value is not a valid e-mail",
        ["emails[0].value is not a valid e-mail", "emails[3].value is not a valid e-mail"],
    ),
    "address": (
        "request from <ip> refused",
        [
            "request from 203.0.113.9 refused",
            "request from 2a09:bac0:15::814:7b37 refused",
            "request from 198.51.100.0/24 refused",
            "request from [2001:db8::1] refused",
        ],
    ),
    "no address": ("version <n> at db::users", ["version 999.1.1.1 at DB::Users"]),
    "apostrophe": ("can't find user", ["can’t find user", "can't find user."]),
    "apostrophe after an s": ("the users' group has no 'owner", ["The users' group has no 'owner"]),
    "URL": (
        "post <url>: context deadline exceeded",
        [
            'Post "https://api.example.com/scim/v2/Users": context deadline exceeded',
            "POST http://[2001:db8::1]:8080/Users?filter=x: context deadline exceeded",
        ],
    ),
    "time": (
        "token expired at <time>",
        [
            "Token expired at 2022-01-26T16:50:48.135Z",
            "Token expired at 2022-01-26 16:50:48 +0100.",
            "Token expired at Wed, 26 Jan 2022 16:50:48 GMT",
            "Token expired at 1/26/2022 4:50:48 PM",
            "Token expired at 2022/01/26 16:50:48",
            "Token expired at 16:50:48",
        ],
    ),
    "id": (
        "no such entry: <id>",
        [
            f"No such entry: {GUID}",
            f"No such entry: {{{GUID.upper()}}}",
            "No such entry: 00u1ab2cd3EF4gh5i6j7",
            "No such entry: 699d98642c564d2e855e9661899b7252@1a2b3c4d",
            "No such entry: 0123456789abcdef",
        ],
    ),
    "Ray ID": (
        "bad gateway, cf-ray: <id>",
        ["Bad gateway, cf-ray: 8a1b2c3d4e5f6071-FRA", "Bad gateway, cf-ray: 9f302751bc42260c-SIN."],
    ),
    "secret that was taken out": ("user password <value> is too weak", ["User password [redacted] is too weak"]),
    "list of ids": ("unknown: <id>", [f"Unknown: {GUID}", f"Unknown: {GUID}, {OTHER_GUID} and {GUID}"]),
    "another script": ("用户 <value> 不存在", ['用户 "jdoe" 不存在', '用户 "Ада" 不存在']),
    "composed and decomposed letters": (
        "zugang für <value> gesperrt",
        ["Zugang fu\u0308r 'x' gesperrt", "Zugang für 'y' gesperrt"],
    ),
    "markup": ("user <value> not found", ["User <script>alert(1)</script> not found"]),
}

DOCUMENTS = {
    "Entra's test of an endpoint": (
        "status 400 request is unparsable",
        [
            f'{{"schemas":["{ERROR}"],"detail":"Request is unparsable.","status":"400",'
            '"exceptionRequestId":"88d9c6f3-566d-42b3-b1ed-183c3fc1efc4","timeStamp":"2022-01-26 16:50:48.135"}',
            '{"status":400,"detail":"Request is unparsable"}',
        ],
    ),
    "SCIM error": (
        "status 409 uniqueness username <email> is already taken",
        [r'{"scimType":"uniqueness","detail":"userName \"jdoe@example.com\" is already taken","status":409}'],
    ),
    "cut off": (
        "username <email> is already ta",
        [r'{"detail":"userName \"amy@example.com\" is already ta'],
    ),
    "cut off after the status": (
        "status 409 uniqueness username <value> is taken",
        [r'{"status":"409","scimType":"uniqueness","detail":"userName \"amy\" is taken","schemas":["urn'],
    ),
    "cut off before any of it": ("<json>", ['{"schemas":["urn:ietf:par', '{"sche']),
    "nothing useful": (
        "unexpected token at <json>",
        ['unexpected token at {"foo":1}', 'unexpected token at {"bar":[2]}'],
    ),
    "text around it": (
        "scim call failed: status 404 user <value> not found (giving up)",
        ['SCIM call failed: {"status":"404","detail":"User ada not found"} (giving up)'],
    ),
    "curly quotes inside": ("group <value> is read only", ['{"detail":"Group “Sales” is read only"}']),
    "JSON in JSON": ("status 404 no such user", [r'{"detail":"{\"message\":\"no such user\",\"code\":404}"}']),
    "Okta": (
        "not found: resource not found: <id> (user)",
        [
            '{"errorCode":"E0000007","errorSummary":"Not found: Resource not found: 00u1ab2cd3EF4gh5i6j7 (User)",'
            '"errorLink":"E0000007","errorId":"oaewJ3o0c2wTfCzGcXh8n2fQw","errorCauses":[]}'
        ],
    ),
    "Microsoft Graph": (
        "resource <value> does not exist or is not present",
        [
            f'{{"error":{{"code":"Request_ResourceNotFound","message":"Resource \'{GUID}\' does not exist or is not '
            f'present.","innerError":{{"date":"2022-01-26T16:50:48","request-id":"{OTHER_GUID}"}}}}}}'
        ],
    ),
    "Slack": ("status 404 user_not_found", ['{"Errors":[{"description":"user_not_found","code":404}]}']),
    "Cloudflare": (
        "status 12130 access.api.error.invalid_request",
        ['{"success":false,"errors":[{"code":12130,"message":"access.api.error.invalid_request"}],"result":null}'],
    ),
    "Spring": (
        "status 404 not found",
        ['{"timestamp":"2024-03-01T10:00:00.000+00:00","status":404,"error":"Not Found","path":"/scim/v2/Users/8842"}'],
    ),
    "FastAPI": (
        "field required",
        ['{"detail":[{"loc":["body","userName"],"msg":"field required","type":"value_error.missing"}]}'],
    ),
    "Rails": ("email has already been taken", ['{"errors":{"email":["has already been taken"]}}']),
    "Python": ("status 404 user <value> not found", ["""{'detail': 'User "jdoe" not found', 'status': 404}"""]),
    "Ruby": ("status 404 user <value> not found", ['{"status"=>"404", "detail"=>"User jdoe not found"}']),
}

PROGRAMS = {
    "ActiveRecord, no record": ("couldn't find user with id=<value>", ["Couldn't find User with 'id'=8842"]),
    "ActiveRecord, not valid": (
        "validation failed: email has already been taken",
        ["Validation failed: Email has already been taken"],
    ),
    "Ruby method": ("undefined method <value> for nil:nilclass", ["undefined method `downcase' for nil:NilClass"]),
    "PostgreSQL": (
        "duplicate key value violates unique constraint <value> detail: key (email)=<value> already exists",
        [
            'duplicate key value violates unique constraint "index_users_on_email" DETAIL:  Key '
            "(email)=(ada@example.com) already exists.",
            'duplicate key value violates unique constraint "users_email" DETAIL: Key (email)=(ada) already exists.',
        ],
    ),
    "MySQL": ("duplicate entry <value> for key <value>", ["Duplicate entry 'jdoe' for key 'users.idx_login'"]),
    "Go decoder": (
        "json: cannot unmarshal string into go struct field user.active of type bool",
        ["json: cannot unmarshal string into Go struct field User.active of type bool"],
    ),
    "Go dialer": (
        "dial tcp <ip>:<n>: i/o timeout after <n>s",
        ["dial tcp 10.0.0.5:8443: i/o timeout after 30s", "dial tcp [2001:db8::1]:443: i/o timeout after 7s"],
    ),
    "Go remote call": (
        "rpc error: code = notfound desc = user <value> not found",
        ["rpc error: code = NotFound desc = user 8842 not found"],
    ),
    "Java null": (
        "java.lang.nullpointerexception: cannot invoke <value>",
        ['java.lang.NullPointerException: Cannot invoke "String.length()"'],
    ),
    "Java decoder": (
        "cannot deserialize value of type boolean from string true",
        ['Cannot deserialize value of type `boolean` from String "True"'],
    ),
    "Hibernate": (
        "could not execute statement; constraint <value>",
        ["could not execute statement; constraint [uk_user]"],
    ),
    "Python schema": ("username is a required property", ["'userName' is a required property"]),
    "Okta's own words": (
        "conflict. errors reported by remote server: user with username <value> already exists",
        ['Conflict. Errors reported by remote server: User with userName "ada" already exists.'],
    ),
}

APART = {
    "attribute": ["Attribute 'userName' is required", "Attribute 'emails' is required"],
    "status": ["HTTP 503 from upstream", "HTTP 502 from upstream", "(502) from upstream"],
    "code": ["code 12130: failed", "code 9109: failed"],
    "schema version": ["Unknown schema urn:acme:custom:1.0:User", "Unknown schema urn:acme:custom:2.0:User"],
    "noun": ["User ada not found", "Group ada not found", "Member ada not found"],
    "verb": ["User ada not found", "User ada already exists", "User ada was deleted"],
    "error behind a preamble": [
        "Failed to create User 'ada' in customappsso; Error: timeout",
        "Failed to create User 'ada' in customappsso; Error: refused",
    ],
    "what comes after 200 characters": ["word " * 60 + "one", "word " * 60 + "two"],
    "what is not found": ["User ada not found", "User mapping not found", "User not found"],
    "Rails attribute": ['{"errors":{"email":["is taken"]}}', '{"errors":{"login":["is taken"]}}'],
    "status of JSON": ['{"status":"400"}', '{"status":"409"}', '{"a":1}'],
    "scimType": ['{"scimType":"uniqueness","status":400}', '{"scimType":"mutability","status":400}'],
    "type in JSON Schema": ["expected 'string'", "expected 'boolean'"],
}

CASES = SENTENCES | DOCUMENTS | PROGRAMS
