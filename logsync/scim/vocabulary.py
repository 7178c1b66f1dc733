"""The words of SCIM itself, which say nothing about a person: RFC 7643 and RFC 7644, in lower case."""

ATTRIBUTES = """
    schemas id externalId meta resourceType created lastModified location version
    userName name formatted familyName givenName middleName honorificPrefix honorificSuffix
    displayName nickName profileUrl title userType preferredLanguage locale timezone active password
    emails phoneNumbers ims photos addresses groups entitlements roles x509Certificates members
    streetAddress locality region postalCode country value display type primary $ref ref
    employeeNumber costCenter organization division department manager
"""
SCHEMAS = """
    urn ietf params scim schemas core 2.0 extension enterprise api messages user users group groups
    patchOp bulkRequest bulkResponse listResponse searchRequest error resource resources
    attributes subAttributes multiValued description required canonicalValues caseExact mutability
    returned uniqueness referenceTypes
"""
MESSAGES = """
    operations op add remove replace path method post put patch delete get data bulkId response
    status code detail message errors scimType totalResults startIndex itemsPerPage filter
    eq ne co sw ew gt ge lt le pr and or not true false null
"""
TYPES = "work home other mobile fax pager direct indirect"

SCIM_WORDS = frozenset(f"{ATTRIBUTES} {SCHEMAS} {MESSAGES} {TYPES}".lower().split())
