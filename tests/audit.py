"""`python -m tests.audit`: whether a pinned dependency has a known vulnerability, by pip-audit.

Needs a package index that publishes advisories, as PyPI does. A mirror without them can't say anything, and then this
says so instead of passing in silence; only a vulnerability that was found makes it fail.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

LOCKS = ("requirements/run.txt", "requirements/dev.txt")
COMMAND = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
# All pins have hashes, so nothing has to be resolved or installed.
AS_PINNED = ["--disable-pip", "--require-hashes"]


def main() -> int:
    asked = [*COMMAND, *AS_PINNED, *(part for lock in LOCKS for part in ("--requirement", lock))]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    if not answer.stdout.startswith("{"):
        print(f"==> No dependency was audited: pip-audit failed.\n{answer.stderr.strip()}")
        return 0
    sentence, is_bad = report(json.loads(answer.stdout)["dependencies"])
    print(f"==> {sentence}")
    return int(is_bad)


def report(dependencies: list[dict[str, Any]]) -> tuple[str, bool]:
    """What pip-audit found, in words, and whether one of the dependencies is vulnerable."""
    skipped = [found for found in dependencies if "skip_reason" in found]
    vulnerable = [found for found in dependencies if found.get("vulns")]
    sentences = [f"{len(dependencies) - len(skipped)} of {len(dependencies)} pinned dependencies were audited."]
    if skipped:
        sentences.append(f"Nothing is known about the other {len(skipped)}: this index has no advisories for them.")
    for found in vulnerable:
        named = ", ".join(
            f"{vuln['id']} (mended in {', '.join(vuln['fix_versions']) or 'no version yet'})" for vuln in found["vulns"]
        )
        sentences.append(f"{found['name']} {found['version']} is vulnerable: {named}.")
    return " ".join(sentences), bool(vulnerable)


if __name__ == "__main__":
    sys.exit(main())
