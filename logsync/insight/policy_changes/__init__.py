"""What changed in the configuration of Access, when, by whom, and what it bears on.

`change` is one change, `load` finds them, `differences` says what differs between two contents, `references` which
applications a change touches, `footprint` who was denied and let in around it. Nothing here calls a change a cause.
"""
