"""`python -m tests.faults [pytest arguments]`: the chaos of the fault suite, for SOAK_MINUTES (30)."""

import os
import sys

from tests.system.conftest import ROOT, clean_environ

minutes = os.environ.get("SOAK_MINUTES") or "30"
command = [sys.executable, "-m", "pytest", "tests/faults/test_chaos.py", *sys.argv[1:]]
os.chdir(ROOT)
os.execve(sys.executable, command, clean_environ(SOAK_MINUTES=minutes, SECRET_KEY="tests"))
