"""Numbers are counts and ids, except those that say which error it is."""

import re

# Codes of errors, HTTP statuses (RFC 9110 section 15) and the version of SCIM.
KEPT_OR_NUMBER = re.compile(
    r"""(?x)
      (?P<kept>
        (?: status | code | http(?:/[0-9.]++)?+ | error ) [\ :=\#]{0,3} [0-9]{1,5} (?! [\w] | \.[0-9] )
      | \A [(\[]? [1-5][0-9]{2} (?! \w | [.,][0-9] )
      | \( [45][0-9]{2} \)
      | scim [\ /]? v?[0-9]++ (?: \.[0-9]++ )*+ )
    | (?<! \w ) (?<! [0-9]\. ) [0-9]++ (?: \.[0-9]++ )*+ (?= (?: ms|s|secs?|m|mins?|h|d|kb|mb|gb )?+ (?!\w) )"""
)


def without_numbers(text: str) -> str:
    """The lower-case text with `<n>` for each number, its unit aside."""
    return KEPT_OR_NUMBER.sub(lambda match: match["kept"] or "<n>", text)
