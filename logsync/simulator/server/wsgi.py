"""The simulator for a WSGI server: `gunicorn -k gthread logsync.simulator.server.wsgi:application`.

| variable                 | default  | what                                                                    |
|--------------------------|----------|-------------------------------------------------------------------------|
| SIMULATOR_SEED           | meridian | chooses identifiers, chances and faults                                 |
| SIMULATOR_ACCOUNTS       | 1        | accounts, each a company of its own                                     |
| SIMULATOR_PROVIDERS      | 2        | identity providers of each account that push over SCIM                  |
| SIMULATOR_TOOLS          | 0        | further applications of each account, in which nobody logs in           |
| SIMULATOR_LOGINS_PER_DAY | 8000     | logins of each account                                                  |
| SIMULATOR_SCIM_PER_DAY   | 400      | SCIM updates of each account                                            |
| SIMULATOR_FAULTS         | 0        | percent of all calls that are spoiled, by faults that pass (`faults.py`) |
| SIMULATOR_RATE_LIMIT     | empty    | requests/seconds that a token may make, as `1200/300`; empty: any number |

A server may write the `Date` header itself, as gunicorn does; it then tells the same time, for the clock here is the
system's.
"""

import os

from logsync.simulator.server.faults import RandomFaults
from logsync.simulator.server.quota import RateLimit
from logsync.simulator.server.simulator import Simulator

_seed = os.environ.get("SIMULATOR_SEED", "meridian")
_rate_limit = os.environ.get("SIMULATOR_RATE_LIMIT", "")

application = Simulator(
    seed=_seed,
    accounts=int(os.environ.get("SIMULATOR_ACCOUNTS", "1")),
    providers=int(os.environ.get("SIMULATOR_PROVIDERS", "2")),
    tools=int(os.environ.get("SIMULATOR_TOOLS", "0")),
    logins_per_day=int(os.environ.get("SIMULATOR_LOGINS_PER_DAY", "8000")),
    scim_per_day=int(os.environ.get("SIMULATOR_SCIM_PER_DAY", "400")),
    faults=RandomFaults(_seed, share=float(os.environ.get("SIMULATOR_FAULTS", "0")) / 100),
    rate_limit=RateLimit(*map(int, _rate_limit.split("/"))) if _rate_limit else RateLimit(),
    enforce_rate_limit=bool(_rate_limit),
)
