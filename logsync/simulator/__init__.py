"""A small Cloudflare for the demo and the tests: the API that Gatehouse reads, on the real wire format.

    httpx.Client(transport=httpx.WSGITransport(app=Simulator(lateness=None)), base_url=...)
    gunicorn -k gthread logsync.simulator.server.wsgi:application

`account.py` puts an account together: `company.py` says who works at Meridian or a sister company, and `story.py`
what goes wrong there each day. `logins.py`, `okta.py` and `entra.py` write the two logs; `log.py` and `timeline.py`
cut them into pages without keeping them. `policies/` has what the applications ask of a login at every moment, which
agrees with the logs, and who edits it; `users.py` what Access last saw of each user. `tokens.py` lists the tokens that
get errors, `faults.py` spoils answers; `serve.py` serves it all over HTTP from a thread.
"""

from logsync.simulator.server.simulator import Simulator

__all__ = ["Simulator"]
