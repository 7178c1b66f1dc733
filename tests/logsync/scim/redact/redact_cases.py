"""What redaction makes of bodies and texts: name of the case, input, output."""

ENTERPRISE_USER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PASSWORD_URN = "urn:ietf:params:scim:schemas:core:2.0:User:password"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

JSON_BODIES = {
    "password of a new user": (
        '{"userName":"ada@example.com","password":"1mz050nq","active":true}',
        '{"userName":"ada@example.com","password":"[redacted]","active":true}',
    ),
    "any case, and a whole object": (
        '{"PassWord":"x","userPassword":{"value":"y"},"active":true}',
        '{"PassWord":"[redacted]","userPassword":"[redacted]","active":true}',
    ),
    "value after its path": (
        '{"Operations":[{"op":"replace","path":"password","value":"hunter2"}]}',
        '{"Operations":[{"op":"replace","path":"password","value":"[redacted]"}]}',
    ),
    "value before its path, a URN": (
        f'{{"Operations":[{{"value":"hunter2","path":"{PASSWORD_URN}","op":"Add"}}]}}',
        f'{{"Operations":[{{"value":"[redacted]","path":"{PASSWORD_URN}","op":"Add"}}]}}',
    ),
    "hot segment before a filter": (
        r'{"Operations":[{"op":"replace","path":"credentials[type eq \"pw\"].value","value":"s3"}]}',
        r'{"Operations":[{"op":"replace","path":"credentials[type eq \"pw\"].value","value":"[redacted]"}]}',
    ),
    "literal compared with a hot name": (
        r'{"Operations":[{"op":"remove","path":"members[password eq \"hunter2\"]"}]}',
        r'{"Operations":[{"op":"remove","path":"members[password eq \"[redacted]\"]"}]}',
    ),
    "value beside a name": (
        '{"attributes":[{"name":"password","value":"x1"},{"name":"title","value":"CTO"}]}',
        '{"attributes":[{"name":"password","value":"[redacted]"},{"name":"title","value":"CTO"}]}',
    ),
    "JSON in a string": (
        r'{"note":"{\"password\":\"in1\",\"a\":1}"}',
        r'{"note":"{\"password\":\"[redacted]\",\"a\":1}"}',
    ),
    "form text in a string": (
        '{"note":"login with password=hunter2&user=ada"}',
        '{"note":"login with password=[redacted]&user=ada"}',
    ),
    "a body that is one string": (
        r'"{\"password\":\"x7\"}"',
        r'"{\"password\":\"[redacted]\"}"',
    ),
    "escape in a key": (r'{"p\u0061ssword":"x6"}', r'{"p\u0061ssword":"[redacted]"}'),
    "URL, bearer token and JWT": (
        '{"url":"https://bob:pw@host/x","h":"Bearer abcdefgh12345678","j":"eyJhbGciOi.eyJzdWIi.sig"}',
        '{"url":"https://bob:[redacted]@host/x","h":"Bearer [redacted]","j":"[redacted]"}',
    ),
    "crypt and LDAP hashes": (
        '{"hash":"$2b$12$abcdefghijklmnopqrstuv","old":"{SSHA}abcd1234=="}',
        '{"hash":"[redacted]","old":"[redacted]"}',
    ),
    "name that holds a hot word, values that do": (
        '{"passwordHint":"my dog","title":"Password manager owner","department":"Secret Service",'
        '"displayName":"Pin Zhang"}',
        '{"passwordHint":"[redacted]","title":"Password manager owner","department":"Secret Service",'
        '"displayName":"Pin Zhang"}',
    ),
    "short names, and deep ones": (
        '{"pass":"q","pin_code":"0000","x":{"y":[{"client_secret":"z"}]}}',
        '{"pass":"[redacted]","pin_code":"[redacted]","x":{"y":[{"client_secret":"[redacted]"}]}}',
    ),
    "both of two equal keys": (
        '{"password":"a","x":1,"password":"b"}',
        '{"password":"[redacted]","x":1,"password":"[redacted]"}',
    ),
    "every other byte stays": (
        ' {"a" :\t1.50e+3,\r\n "\\u00e9":"\\/\\ud83d\\ude00","password": "x" , "b":[ ] } ',
        ' {"a" :\t1.50e+3,\r\n "\\u00e9":"\\/\\ud83d\\ude00","password": "[redacted]" , "b":[ ] } ',
    ),
    "byte order mark at the start": (
        '\ufeff{"password":"x","a":1}',
        '\ufeff{"password":"[redacted]","a":1}',
    ),
    "wide letters, and letters outside of the basic plane": (
        r'{"ｐａｓｓｗｏｒｄ":"x","\ud835\udc29in":"y"}',
        r'{"ｐａｓｓｗｏｒｄ":"[redacted]","\ud835\udc29in":"[redacted]"}',
    ),
    "names of two words": (
        '{"api key":"x","Recovery-Code":"y","user.pin":"z","x:pass":"w"}',
        '{"api key":"[redacted]","Recovery-Code":"[redacted]","user.pin":"[redacted]","x:pass":"[redacted]"}',
    ),
    "names that end in a hot word": (
        '{"accessToken":"a","oldPwd":"b","tokens":3}',
        '{"accessToken":"[redacted]","oldPwd":"[redacted]","tokens":3}',
    ),
    "what is empty stays": (
        '{"password":null,"pin":0,"otp":[],"pass":"","salt":{ },"hash":[null],"pw":true}',
        '{"password":null,"pin":"[redacted]","otp":[],"pass":"","salt":{ },"hash":"[redacted]","pw":true}',
    ),
    "properties of a secret stay, other values of the same name go": (
        '{"passwordMaxAge":90,"passwordChangedAt":"2026-01-02","passwordExpired":"True","pinRequired":"x",'
        '"passwordLength":"long","passwordDate":["2026-01-02"]}',
        '{"passwordMaxAge":90,"passwordChangedAt":"2026-01-02","passwordExpired":"True","pinRequired":"x",'
        '"passwordLength":"[redacted]","passwordDate":"[redacted]"}',
    ),
    "numbers, lists and objects go whole": (
        '{"pin":1234,"password":["a","b"],"secret":{"a":{"b":"c"}}}',
        '{"pin":"[redacted]","password":"[redacted]","secret":"[redacted]"}',
    ),
    "every kind of selector": (
        '[{"type":"pin","value":1},{"KEY":"otp","values":["1"]},{"attribute":"pw","newValue":"x"},'
        '{"field":"ssn","value":"x"},{"claim":"api_key","value":"x"}]',
        '[{"type":"pin","value":"[redacted]"},{"KEY":"otp","values":"[redacted]"},'
        '{"attribute":"pw","newValue":"[redacted]"},'
        '{"field":"ssn","value":"[redacted]"},{"claim":"api_key","value":"[redacted]"}]',
    ),
    "selector in a filter": (
        r'{"path":"attributes[name eq \"password\"].value","value":"x"}',
        r'{"path":"attributes[name eq \"password\"].value","value":"[redacted]"}',
    ),
    "a group that is named after passwords is no selector": (
        r'{"path":"members[display eq \"password-admins\"]","value":"x"}',
        r'{"path":"members[display eq \"password-admins\"]","value":"x"}',
    ),
    "value compared within a hot path": (
        r'{"path":"credentials[type eq \"pw\" and value eq \"x\"]"}',
        r'{"path":"credentials[type eq \"pw\" and value eq \"[redacted]\"]"}',
    ),
    "filter as a key": (
        r'{"members[pin eq \"1\"].display":"x","members[value eq \"1\"].display":"y"}',
        r'{"members[pin eq \"[redacted]\"].display":"[redacted]","members[value eq \"1\"].display":"y"}',
    ),
    "misspelt value": (
        '{"op":"add","path":"password","vaule":"x"}',
        '{"op":"add","path":"password","vaule":"[redacted]"}',
    ),
    "misspelt path": (
        '{"op":"add","pth":"password","value":"x"}',
        '{"op":"add","pth":"password","value":"[redacted]"}',
    ),
    "no string in a nested object": (
        r'{"note":"{\"pin\":1234}"}',
        r'{"note":"{\"pin\":\"[redacted]\"}"}',
    ),
    "cut JSON in a string": (
        r'{"note":"{\"userName\":\"ada\",\"password\":\"hunt","x":1}',
        r'{"note":"{\"userName\":\"[redacted]\",\"password\":\"[redacted]","x":1}',
    ),
    "JSON between the words of a string": (
        r'{"note":"got {\"password\":\"x\"} from ada"}',
        r'{"note":"got {\"password\":\"[redacted]\"} from ada"}',
    ),
    "XML in a string": (
        '{"note":"<user><password>x</password><name>Ada</name></user>"}',
        '{"note":"<user><password>[redacted]</password><name>Ada</name></user>"}',
    ),
    "private key": (
        r'{"note":"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n"}',
        r'{"note":"[redacted]\n"}',
    ),
}

UNCHANGED_BODIES = {
    "names that hold hot words": (
        '{"displayName":"Secret Santa 2024","title":"Pass the Salt organiser","service_token_id":"88bf3b6d86161464",'
        '"service_token_name":"CI token v2","department":"API Key Management","nickName":"Cookie Monster"}'
    ),
    "properties of secrets, and names that only look hot": (
        '{"passwordPolicy":"default","passwordPolicyName":"strict","passwordLastChanged":"2026-01-02T03:04:05Z","mustChangePassword":true,'
        '"secretary":"Eve","tokenType":"x"}'
    ),
    "hot words in values": ('{"groups":["password-admins"],"emails":[{"type":"work","value":"token@example.com"}]}'),
    "hot words within words": '{"shipping":"x","opinion":"y","passwordStatus":"z","tokenName":"t"}',
    "schema named after secrets": '{"schemas":["urn:acme:secret:2.0:User"]}',
    "nothing": "",
    "one number": "12",
    "broken, but nothing hot": '{"displayName":"ada","secretary":"Eve",}',
    "plain words": "hello, world",
}

OTHER_BODIES = {
    "cut within the password": (
        '{"userName":"ada","password":"hunt',
        '{"userName":"[redacted]","password":"[redacted]',
    ),
    "a comma too many": (
        '{"a":1,,"password":"x9","b":2}',
        '{"[redacted]":[redacted],,"password":"[redacted]","[redacted]":[redacted]}',
    ),
    "cut within an operation": (
        '{"Operations":[{"op":"replace","path":"password","value":"hunt',
        '{"Operations":[{"op":"replace","path":"password","value":"[redacted]',
    ),
    "escaped quotes": (
        r"{\"password\":\"x8\",\"a\":1",
        r"{\"password\":\"[redacted]\",\"[redacted]\":[redacted]",
    ),
    "XML": (
        "<user><password>hunter2</password><name>Ada</name></user>",
        "<user><password>[redacted]</password><name>[redacted]</name></user>",
    ),
    "form text": ("password=hunter2&active=true", "password=[redacted]&active=true"),
    "single quotes": ("{'password':'x','active':True}", "{'password':'[redacted]','active':True}"),
    "two documents": ('{"active":true}{"pin":1}', '{"active":true}{"[redacted]":[redacted]}'),
    "not a number": ('{"password":NaN}', '{"password":[redacted]}'),
    "byte order mark in the middle": ('{"password":\ufeff"x"}', '{"password":\ufeff"[redacted]"}'),
    "control characters": ('{"password":"x\x00y"}', '{"password":"[redacted]"}'),
    "control characters in a name": ("{'client_sec\x00ret':'x'}", "{'[redacted]':'[redacted]'}"),
    "only a value is left": ('"value":"hunter2"}]}', '"value":"[redacted]"}]}'),
    "only a token is left": ('eyJhbGciOi.eyJzdWIi.sig"}', '[redacted]"}'),
    "bearer": ('{"h":"bearer x1"', '{"[redacted]":"[redacted] [redacted]"'),
    "escaped letters": (r'{"p\u0061ssword":"x\u0061",', r'{"p\u0061ssword":"[redacted]",'),
    "words of SCIM as the password": (
        '{"type":"work","password":"work","active":',
        '{"type":"work","password":"[redacted]","active":',
    ),
    "paths and schemas stay readable": (
        f'{{"schemas":["{USER}"],"path":"name.givenName","value":null',
        f'{{"schemas":["{USER}"],"path":"name.givenName","value":null',
    ),
    "nothing hot but a hash": ("old {SSHA}abcd1234== new", "old [redacted] new"),
}

TEXTS = {
    "value before the name": (
        'Invalid value "hunter2" for attribute password',
        "Invalid value [redacted] for attribute password",
    ),
    "bare value before the name": (
        "Invalid value hunter2 for attribute password",
        "Invalid value [redacted] for attribute password",
    ),
    "value that is not valid": ("'hunter2' is not a valid password", "[redacted] is not a valid password"),
    "with a value": ('Attribute "password" with value "hunter2"', 'Attribute "password" with value [redacted]'),
    "has a value": ('attribute password has value "hunter2"', "attribute password has value [redacted]"),
    "must not be": ('Password must not be "hunter2"', "Password must not be [redacted]"),
    "a secret that begins with a word": ("using pwd can.!V92dG", "using pwd [redacted]"),
    "a secret that begins with a hot name": (
        "Invalid value 'CVC.^Yvin' for attribute 'secret'",
        "Invalid value [redacted] for attribute 'secret'",
    ),
    "one word after a colon": ("password: letter", "password: [redacted]"),
    "a word that is wrong, in a form": ("password=wrong&user=ada", "password=[redacted]&user=ada"),
    "bare after a judgement": ("invalid password swordfish", "invalid password [redacted]"),
    "bare before a judgement": ("token swordfish has expired", "token [redacted] has expired"),
    "bare, of no word's look": ("cannot log in, password Tr0ub4dor&3", "cannot log in, password [redacted]"),
    "in parentheses": ("password (swordfish) rejected", "password ([redacted]) rejected"),
    "from and to": ('password changed from "a" to "b"', "password changed from [redacted] to [redacted]"),
    "HTML": ("&quot;password&quot;:&quot;x&quot;", "&quot;password&quot;:&quot;[redacted]&quot;"),
    "percent": ("/x?q=password%3Dhunter2", "/x?q=password%3D[redacted]"),
    "passphrase": ("passphrase: correct horse, try again", "passphrase: [redacted], try again"),
    "parser and secret": (
        "Unrecognized token 'Forbidden', token 'x' refused",
        "Unrecognized token 'Forbidden', token [redacted] refused",
    ),
    "validation of FastAPI": (
        '{"loc":["body","password"],"msg":"String should have at least 8 characters","input":"abc"}',
        '{"loc":["body","password"],"msg":"String should have at least 8 characters","input":"[redacted]"}',
    ),
    "quoted": ('User password "hunter2" is too weak', "User password [redacted] is too weak"),
    "equals": ("password=hunter2 rejected", "password=[redacted] rejected"),
    "colon": ("password: hunter2, try again", "password: [redacted], try again"),
    "is": ("The passcode is 'a b c'.", "The passcode is [redacted]."),
    "curly quotes": ("password “hunter2” rejected", "password [redacted] rejected"),
    "quote that does not end": ('password "hunter2 is too weak', "password [redacted]"),
    "brackets": ("password [hunter2] rejected", "password [redacted] rejected"),
    "two words": ("API key: abc, access token = 'x'", "API key: [redacted], access token = [redacted]"),
    "header": ("X-Api-Key: abc", "X-Api-Key: [redacted]"),
    "bearer": ("got Bearer abcdefgh12345678 again", "got Bearer [redacted] again"),
    "basic": ("got Basic dXNlcjpwYXNz again", "got Basic [redacted] again"),
    "authorization": ("Authorization: Basic dXNlcjpwYXNz", "Authorization: [redacted]"),
    "cookies": ("Cookie: a=b; c=d\nHost: x", "Cookie: [redacted]\nHost: x"),
    "URN": (f'Invalid value for {PASSWORD_URN}: "x"', f"Invalid value for {PASSWORD_URN}: [redacted]"),
    "filter": ('Invalid path: members[pin eq "1"]', 'Invalid path: members[pin eq "[redacted]"]'),
    "broken filter": ('Invalid path: members[pin eqq "1"]', 'Invalid path: members[pin eqq "[redacted]"]'),
    "JSON": ('Bad {"password":"x","active":true} here', 'Bad {"password":"[redacted]","active":true} here'),
    "cut JSON": ('unexpected token at {"pin":12', 'unexpected token at {"[redacted]":[redacted]'),
    "JSON as the secret": ('secret={"a":"hunter2"}', "secret=[redacted]"),
    "argon2": ("$argon2id$v=19$m=65536,t=3$c29tZQ$aGFzaA is no hash", "[redacted] is no hash"),
    "URL": ("cannot reach ftp://bob:p@w@host/x", "cannot reach ftp://bob:[redacted]@host/x"),
    "whole JSON": (
        r'{"detail":"password \"x\" is too short","type":"invalid_password"}',
        r'{"detail":"password [redacted] is too short","type":"invalid_password"}',
    ),
}

UNCHANGED_TEXTS = [
    "CI token v2",
    "Secret Santa 2024",
    "token=expired",
    "",
    "password=",
    "password=null",
    "Your password was reset",
    "Password policy: default",
    "password length: 8",
    "secretary: Eve",
    "Secret Service: closed",
    "Bearer token expired",
    "Basic authentication required",
    "code 9109: Invalid access token",
    "status 400: uniqueness",
    'Could not set the password for "ada@example.com"',
    'userName "jdoe@example.com" is already taken',
    'Error 400: {"detail":"Attribute value is invalid","status":"400"}',
    'Invalid path: members[value eq "f648f8d5ea4e4cd38e9c"]',
    "Unknown schema urn:acme:secret:2.0:User",
    "https://host:8443/scim/v2/Users?filter=userName%20eq%20x@y",
]

# From Okta's SCIM reference and Microsoft's guide to provisioning with SCIM; none holds a secret.
DOCUMENTED_BODIES = {
    "okta put user": {
        "schemas": [USER],
        "id": "23a35c27-23d3-4c03-b4c5-6443c09e7173",
        "userName": "test.user@okta.local",
        "name": {"givenName": "Another", "middleName": "Excited", "familyName": "User"},
        "emails": [
            {"primary": True, "value": "test.user@okta.local", "type": "work", "display": "test.user@okta.local"}
        ],
        "active": True,
        "groups": [],
        "meta": {"resourceType": "User"},
    },
    "okta deactivate": {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": False}}]},
    "okta create group": {"schemas": [GROUP], "displayName": "Test SCIMv2", "members": []},
    "okta rename group": {
        "schemas": [PATCH],
        "Operations": [
            {
                "op": "replace",
                "value": {"id": "abf4dd94-a4c0-4f67-89c9-76b03340cb9b", "displayName": "Test SCIMv2"},
            }
        ],
    },
    "okta members": {
        "schemas": [PATCH],
        "Operations": [
            {"op": "remove", "path": 'members[value eq "89bb1940-b905-4575-9e7f-6f887cfb368e"]'},
            {
                "op": "add",
                "path": "members",
                "value": [{"value": "23a35c27-23d3-4c03-b4c5-6443c09e7173", "display": "test.user@okta.local"}],
            },
        ],
    },
    "entra create user": {
        "schemas": [USER, ENTERPRISE_USER],
        "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
        "userName": "Test_User_00aa00aa-bb11-cc22-dd33-44ee44ee44ee",
        "active": True,
        "emails": [
            {
                "primary": True,
                "type": "work",
                "value": "Test_User_11bb11bb-cc22-dd33-ee44-55ff55ff55ff@testuser.com",
            }
        ],
        "meta": {"resourceType": "User"},
        "name": {
            "formatted": "givenName familyName",
            "familyName": "familyName",
            "givenName": "givenName",
        },
        "roles": [],
    },
    "entra email and name": {
        "schemas": [PATCH],
        "Operations": [
            {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "updatedEmail@microsoft.com"},
            {"op": "Replace", "path": "name.familyName", "value": "updatedFamilyName"},
        ],
    },
    "entra user name": {
        "schemas": [PATCH],
        "Operations": [
            {
                "op": "Replace",
                "path": "userName",
                "value": "5b50642d-79fc-4410-9e90-4c077cdd1a59@testuser.com",
            }
        ],
    },
    "entra disable": {
        "Operations": [{"op": "Replace", "path": "active", "value": False}],
        "schemas": [PATCH],
    },
    "entra manager": {
        "schemas": [PATCH],
        "Operations": [
            {
                "op": "Add",
                "path": "manager",
                "value": [
                    {
                        "$ref": "http://.../scim/Users/00aa00aa-bb11-cc22-dd33-44ee44ee44ee",
                        "value": "00aa00aa-bb11-cc22-dd33-44ee44ee44ee",
                    }
                ],
            }
        ],
    },
    "entra create group": {
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
        "displayName": "displayName",
        "meta": {"resourceType": "Group"},
    },
    "entra rename group": {
        "schemas": [PATCH],
        "Operations": [
            {
                "op": "Replace",
                "path": "displayName",
                "value": "1879db59-3bdf-4490-ad68-ab880a269474updatedDisplayName",
            }
        ],
    },
    "entra add member": {
        "schemas": [PATCH],
        "Operations": [{"op": "Add", "path": "members", "value": [{"$ref": None, "value": "f648f8d5ea4e4cd38e9c"}]}],
    },
    "entra remove member": {
        "schemas": [PATCH],
        "Operations": [{"op": "Remove", "path": "members", "value": [{"$ref": None, "value": "f648f8d5ea4e4cd38e9c"}]}],
    },
}
