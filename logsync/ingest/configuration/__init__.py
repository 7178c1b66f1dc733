"""Read what Access is set up to do, part by part, and keep what changed.

Each part is optional. If one cannot be read, the reason is kept, what is known stays, and the other parts are read
all the same. None of it touches the logs: other tasks read those, with calls of their own.
"""

from logsync.ingest.configuration.denials import want_identities as want_identities
from logsync.ingest.configuration.round import LAST_PART as LAST_PART
from logsync.ingest.configuration.round import read_configuration as read_configuration
from logsync.ingest.configuration.wanted import read_wanted as read_wanted
