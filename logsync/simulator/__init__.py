"""A small Cloudflare for the demo and the tests: the API that Gatehouse reads, on the real wire format.

    httpx.Client(transport=httpx.WSGITransport(app=Simulator(lateness=None)), base_url=...)
    gunicorn -k gthread logsync.simulator.wsgi:application

`company.py` says who works at Meridian and `story.py` what goes wrong there, day by day. `logins.py`, `okta.py`
and `entra.py` write the two logs; `log.py` and `timeline.py` cut them into pages without keeping them. `tokens.py`
lists the tokens that meet errors, `faults.py` spoils answers.
"""

from logsync.simulator.simulator import Simulator

__all__ = ["Simulator"]
