"""`python -m tests.slow_line`: how long a first visit to /logins/ takes on a slow mobile line, and what was sent.

The line is Lighthouse's "slow 4G": 1.6 Mbit/s down, 0.75 Mbit/s up, 150 ms for each round trip, nothing cached. Seconds
depend on the machine, so nothing is asserted here; tests/dashboard/page/test_weight.py holds the bytes to their limits.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests import services
from tests.browser.conftest import FLAGS
from tests.screenshots import PASSWORD, _gatehouse, _make_user

SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
VISITS = 3
TIMES = """() => {
  const page = performance.getEntriesByType("navigation")[0];
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const ends = { "first byte": page.responseStart, "last byte": page.responseEnd, "all": page.loadEventEnd };
  return { ...ends, "first paint": paint?.startTime };
}"""


def _sign_in(browser: Browser, url: str) -> str:
    """The value of the session cookie."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{url}/sign-in/")
    page.fill("input[name=username]", "sam")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/")
    page.goto(f"{url}/logins/")
    value = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "sessionid")
    context.close()
    return value


def _visit(browser: Browser, url: str, session: str) -> None:
    context = browser.new_context()
    context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW_4G)
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}
    line.on("Network.requestWillBeSent", lambda said: names.update({said["requestId"]: said["request"]["url"]}))
    line.on("Network.loadingFinished", lambda said: sizes.update({said["requestId"]: said["encodedDataLength"]}))
    page.goto(f"{url}/logins/")
    times = page.evaluate(TIMES)
    print(", ".join(f"{what} {milliseconds or 0:,.0f} ms" for what, milliseconds in times.items()))
    found = sorted((int(size), names[request].partition(url)[2]) for request, size in sizes.items() if size)
    print("\n".join(f"{size:>9,} bytes  {name}" for size, name in reversed(found)))
    context.close()


def main() -> int:
    program = services.chromium()
    if program is None:
        print(services.how_to_get("chromium"))
        return 1
    with tempfile.TemporaryDirectory() as kept, _gatehouse(Path(kept)) as (url, environ), sync_playwright() as driver:
        _make_user(environ)
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
        session = _sign_in(browser, url)
        for _ in range(VISITS):
            _visit(browser, url, session)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
