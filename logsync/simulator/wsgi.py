"""The simulator for a WSGI server: `gunicorn -k gthread logsync.simulator.wsgi:application`.

SIMULATOR_SEED (`meridian`) chooses the company's identifiers and its chances, SIMULATOR_LOGINS_PER_DAY
(8000) and SIMULATOR_SCIM_PER_DAY (400) how busy it is.
"""

import os

from logsync.simulator.simulator import Simulator

application = Simulator(
    seed=os.environ.get("SIMULATOR_SEED", "meridian"),
    logins_per_day=int(os.environ.get("SIMULATOR_LOGINS_PER_DAY", "8000")),
    scim_per_day=int(os.environ.get("SIMULATOR_SCIM_PER_DAY", "400")),
)
