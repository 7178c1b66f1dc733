"""`python -m tests.faults [pytest arguments]`: run what takes too long for every run.

All examples of the Hypothesis tests, then the chaos test for SOAK_MINUTES (30).
"""

import os
import subprocess
import sys

from tests.examples import IN_THE_SOAK
from tests.system.conftest import ROOT, clean_environ

minutes = os.environ.get("SOAK_MINUTES") or "30"
environ = clean_environ(SOAK_MINUTES=minutes, SECRET_KEY="tests")
runs = [["-m", "hypothesis", f"--hypothesis-profile={IN_THE_SOAK}", "-n", "2"], ["tests/faults/test_chaos.py"]]
results = [
    subprocess.call([sys.executable, "-m", "pytest", *run, *sys.argv[1:]], cwd=ROOT, env=environ) for run in runs
]
sys.exit(max(results))
