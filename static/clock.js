// Times that go on while a page is open: how long ago the newest sync was, and where the browser is.

const FRESH_EVERY = 30_000;
const firstSeen = new WeakMap();

// As `logsync.words.duration` writes it: in the largest unit of which there are two.
function agoWords(seconds) {
  for (const [unit, name] of [[86_400, "days"], [3_600, "h"], [60, "min"]]) if (seconds >= 2 * unit) return `${Math.round(seconds / unit)} ${name} ago`;
  return `${Math.floor(seconds)} s ago`;
}

setInterval(() => {
  for (const place of document.querySelectorAll("[data-ago]")) {
    if (!firstSeen.has(place)) firstSeen.set(place, Date.now());
    const words = agoWords(Number(place.dataset.ago) + (Date.now() - firstSeen.get(place)) / 1000);
    if (place.textContent !== words) place.textContent = words;
  }
}, 1000);

// The newest sync is asked for now and then, but only while somebody may be looking.
async function refreshFreshness() {
  const places = document.querySelectorAll("[data-freshness]");
  if (document.hidden || places.length === 0) return;
  let answer;
  try {
    answer = await fetch(places[0].dataset.freshness, { headers: { "HX-Request": "true", "Background-Refresh": "true" } });
  } catch {
    return reportUnreachable(null);
  }
  settleTrouble("unreachable");
  if (answer.status === 401) return reportSignedOut();
  if (!answer.ok) return;
  const fresh = await answer.text();
  for (const place of places) if (!place.contains(document.activeElement)) place.outerHTML = fresh;
}

setInterval(refreshFreshness, FRESH_EVERY);

// The browser knows the time zone; the server writes local times from the next page on. If the browser moves to another
// zone, people are asked, as they may have chosen the zone that pages use.
const cookieNamed = (name) => document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
const cityOf = (zone) => zone.split("/").at(-1).replaceAll("_", " ");

function noteTimeZone() {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone, shown = cookieNamed("time_zone"), before = cookieNamed("browser_zone");
  if (!shown) keep("time_zone", here);
  if (!shown || !before || shown === here) return keep("browser_zone", here);
  if (before === here) return;
  const words = `This computer’s time zone is now ${cityOf(here)}. Times on this page are in ${cityOf(shown)}.`;
  const use = () => { keep("time_zone", here); keep("browser_zone", here); location.reload(); };
  reportTrouble("zone", words, `Show ${cityOf(here)} time`, use, () => keep("browser_zone", here));
}

noteTimeZone();
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  noteTimeZone();
  refreshFreshness();
});
