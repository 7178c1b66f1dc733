"""What stands before an error and only names the request: "Failed to create User 'x' in customappsso; Error: …"."""

import re

# The request is the group's already, by its method, type and provider.
PREAMBLE = re.compile(
    r"""(?ix) \A \W{0,3}
    (?: failed\ to | unable\ to | could\ not | cannot | can't
      | (?: an\ )? (?: error | exception | failure | problem ) (?: \ occurred )? \ (?: while | when | during | in ) )
    \ (?= creat | updat | delet | patch | replac | remov | add | post | put | provision | deprovision | sync | export
      | import | process | modif | assign | execut | perform | send | call | disabl | enabl | writ )
    .{1,400}? [;:.,]?
    \s+ (?: error | reason | message | details? | exception | cause | response ) (?: \ (?: is | was ) )? \s? [:=] \s*
    (?= \S )"""
)


def without_preamble(text: str) -> str:
    """The text without the words before its error, if "Error:" or the like stands between them."""
    return PREAMBLE.sub("", text)
