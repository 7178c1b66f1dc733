"""Words that an error text is made of, in lower case: none of them is a secret where it stands behind a hot name.

A password that is one of these words stays; what is wrong with it would be lost otherwise.
"""

import re

from logsync.scim.redact.secret_names import is_hot
from logsync.scim.vocabulary import SCIM_WORDS

WHAT_IS_WRONG = """
    abandoned absent ambiguous bad blacklisted blank blocked breached broken cancelled canceled common compromised
    corrupt corrupted damaged denied deprecated different disabled disallowed duplicate duplicated empty erroneous
    error errors exceeded exceeds exist exists expired expires failed fails failing failure false forbidden
    forgotten guessable ignored illegal impossible inactive incomplete incorrect incompatible inconsistent insecure
    insufficient invalid invalidated leaked limited locked long malformed mandatory mismatch mismatched missing
    misspelt misspelled mistyped needed never nil no none not null obsolete off old outdated pwned reached refused
    rejected repeated required reused revoked rotated short shorter longer simple similar small stale superseded
    suspended tampered truncated unacceptable unauthorized unauthorised unavailable unchanged undefined unexpected
    unknown unmatched unreadable unrecognized unrecognised unsafe unset unsigned unspecified unsupported unusable
    unverified used weak withdrawn wrong
"""
WHAT_IS_RIGHT = """
    accepted active allowed available changed cleared complete configured confirmed correct created defined deleted
    dropped enabled encrypted entered found generated given granted hashed hidden included issued kept known loaded
    masked matched new obtained ok omitted optional passed permitted present provided received redacted refreshed
    registered removed renewed replaced reset resolved returned right saved secure sent set signed stored strong
    submitted successful successfully supplied supported true updated valid validated verified
"""
WHAT_SECRETS_HAVE = """
    administrator admin age algorithm allowance answer attempt attempts audience auth authentication authorization
    authority backup base body cache challenge change character characters charset claim claims client code codes
    column complexity config configuration confirmation content count credential credentials creation data date
    database days decoding decryption default definition deletion digits directory domain encoding encryption
    endpoint entry exchange expiration expiry extension field fields file flow form format generation generator
    grant group groups handler hash header headers hint history hours identifier identity input integration
    introspection issuance issuer item items json jwt key keys kind label leak letters level lifetime limit link
    list lookup management manager maximum max member message method methods minimum min minutes mode name names
    number numbers oauth object operation option options owner padding page parameter parameters parse parser
    parsing part path payload permission permissions phrase policies policy position prefix problem profile property
    protection provider provisioning public quality question reader recovery record refresh region registration
    renewal repository request requests requirement requirements resource resources response result retrieval
    revocation role roles rotation rule rules saml scheme schema scope scopes screen seconds section segment server
    service services session setting settings sign signature size space state status step storage store strength
    string strings subject suffix support sync synchronisation synchronization system table target template tenant
    term test text time times type types unit update updates upload uppercase lowercase url use user users usage
    validation validity value values vault verification version writeback write year
"""
SENTENCE_WORDS = """
    a about above access according account accounts actually add after again against all almost already also
    although always an and another any anymore anyone anything api app apparently application applications apps are
    around as ask asked at attribute attributes away azure back be because been before being below between both but
    by call called came can cannot cant check cloudflare come compare compared contact contain containing contains
    could couldnt current currently did didnt do does doesnt doing done dont due during each either else ended
    ensure entra equal equals every everything exactly expect expected far few first follow following follows for
    from full further get gets getting gives go got had has have having he help her here his how however http https
    i id idp if in instead inside into is isnt it its itself just keep last later least less let letter like made
    make makes many may maybe me might more most much must mustnt my near neither next nonempty nor nothing now
    obviously of okta on once one only onto or other others our out over own per perhaps please possible previous
    previously probably properly protocol put rather read ready really reason recently require requires retry sa
    same says scim see seems send several shall she should shouldnt since so some someone something soon still such
    sure take than that the their them then there these they thing think this those through throughout to today
    together too tried try trying twice two under unless until up upon us using usual usually very via want was
    wasnt way we well went were werent what when where whether which while who whom whose why will with within
    without wont word words would wouldnt yes yesterday yet you your zero three four five six seven eight nine ten
    meet meets match matches satisfy satisfies comply complies fit fits violate violates differ differs belong
    belongs need needs look looks begin begins start starts end ends work works worked accept accepts allow allows
    reject rejects refuse refuses fail expire create delete remove replace fetch find handle open close login logon
    log logged logout signin signup sign-in sign-on email mail phone admin-defined read-only write-only plain
    plaintext cleartext ascii unicode utf8 base64 sha1 sha256 md5 x509 hmac rsa pkce oidc oauth2 openid saml2 tls
    ssl ldap graph microsoft google github gitlab slack provisioner connector endpoint's unable bearer basic digest
    handshake timeout timed minute hour day week weeks month months second character's mixed case lower upper
    special symbol symbols alphanumeric numeric whitespace blanks spaces line lines eof comma colon quote quotes
    brace bracket keyword literal expecting unterminated invalid_grant
"""
PLAIN_WORDS = frozenset(f"{WHAT_IS_WRONG} {WHAT_IS_RIGHT} {WHAT_SECRETS_HAVE} {SENTENCE_WORDS}".split()) | SCIM_WORDS

# Endings of English words that are as good as never a password's.
ENGLISH = re.compile(
    r"(?:\w[a-z]{3,}(?:tions?|sions?|ments?|ness|ity|ities|ances?|ences?|ing|ings|able|ible|ised|ized|ated)|not)"
)
# What Jackson calls a token of JSON.
PARSER_TOKEN = re.compile(
    r"(?:JsonToken\.)?(?:(?:START|END)_(?:OBJECT|ARRAY)|VALUE_(?:STRING|NUMBER|TRUE|FALSE|NULL)\w*|FIELD_NAME)"
)
# "400", a date, the code of an error, a token of a JSON parser.
CODE = re.compile(
    r"""(?x)
      [0-9]{1,3} [.%]? | v [0-9]{1,3}
    | v? [0-9]{1,2} (?: \.[0-9]{1,2} ){1,2} | [0-9]{4}-[0-9]{2}-[0-9]{2} (?: T[0-9:.]+ Z? )?
    | [0-9]{1,4} (?: ms | s | min | h | d | kb | mb ) | (?: AADSTS | E ) [0-9]{5,9}
    | (?: UTF | SHA | RS | HS | ES ) -? [0-9]{1,3}
    | <[a-z]+> | \[redacted\]"""
)
LONGEST_WORD = 60
PART = re.compile(r"[^\W\d_]*[a-z](?=[A-Z])|[^\W_]+")


def is_plain(text: str) -> bool:
    """Whether the text, which holds no blank, is a word, a name or a number that people write about secrets."""
    if len(text) > LONGEST_WORD:
        return False
    if CODE.fullmatch(text) or PARSER_TOKEN.fullmatch(text):
        return True
    words = text.replace("'", "").replace("’", "")
    if words.lower() in PLAIN_WORDS or is_hot(words):
        return True
    parts = PART.findall(words)
    return bool(parts) and re.fullmatch(r"[\w.:/-]+", words) is not None and all(map(_is_plain_part, parts))


def is_english(text: str) -> bool:
    """Whether the text is plain, or has the ending of an English word and nothing in it but small letters."""
    return is_plain(text) or (len(text) <= LONGEST_WORD and ENGLISH.fullmatch(text) is not None)


def looks_secret(text: str) -> bool:
    """Whether the text, which holds no blank, looks like no word: with digits, symbols, or capitals inside."""
    if is_english(text) or not re.search(r"\w", text):
        return False
    has_digit, has_letter = re.search(r"\d", text), re.search(r"[^\W\d_]", text)
    if has_digit:
        return bool(has_letter) or len(text) >= 4
    return re.search(r"[^\W_][!@#$%^*+=~|\\/?&_][^\W_]|[a-z][A-Z]|-.*-|[!$%^*+=~|]", text) is not None


def _is_plain_part(part: str) -> bool:
    word = part.lower()
    return word in PLAIN_WORDS or is_hot(word)
