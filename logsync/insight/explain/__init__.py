"""Read from the database what `logsync.insight.why` judges: a login, its person as last seen, the policies of its time.

`configuration` has what Access was set up to do at any moment, `load` the evidence on logins, `why_of` the answer.
"""

from logsync.insight.explain.load import why_of as why_of
