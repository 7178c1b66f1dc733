// A page that shows what is so now refreshes itself while somebody looks at it: its parts are fetched again each minute,
// and those that changed are replaced. Focus, scroll, selected text, open details and a drag over the chart stay as they
// are. Without this, the page is as it was when it was loaded, and says as of when.

const PERIOD = 60_000;
// Parts of the page that are replaced as a whole; each has an id.
const PARTS = "[data-refreshed]";

const sources = new Map();
let refreshedAt = Date.now(), isPressed = false;

document.addEventListener("pointerdown", () => { isPressed = true; });
for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => { isPressed = false; });
document.addEventListener("visibilitychange", refreshIfDue);
setInterval(refreshIfDue, 5_000);

async function refreshIfDue() {
  if (document.hidden || isBusy() || Date.now() - refreshedAt < PERIOD) return;
  refreshedAt = Date.now();
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html", "Background-Refresh": "true" } });
    // An ended session leads elsewhere, and is told at the next click.
    if (!response.ok || response.redirected) return;
    const html = await response.text();
    if (!isBusy()) replaceParts(new DOMParser().parseFromString(html, "text/html"));
  } catch {
    // Offline: the next turn tries again.
  }
}

// Somebody drags, selects text or has a menu open.
function isBusy() {
  const selection = getSelection();
  const isSelecting = !selection.isCollapsed && [...document.querySelectorAll(PARTS)].some((part) => selection.containsNode(part, true));
  return isPressed || isSelecting || Boolean(document.querySelector("[data-refreshed] details.gh-menu[open]"));
}

function replaceParts(fresh) {
  const here = [...document.querySelectorAll(PARTS)], there = [...fresh.querySelectorAll(PARTS)];
  // Another page, as after an upgrade: leave this one as it is.
  if (!there.length) return;
  const ids = new Set(there.map((part) => part.id));
  for (const part of here) if (!ids.has(part.id)) part.remove();
  let previous = null;
  for (const part of there) {
    const old = document.getElementById(part.id);
    const source = part.outerHTML;
    if (!old) {
      if (previous) previous.after(part);
    } else if (sources.get(part.id) !== source) {
      replacePart(old, part);
    }
    sources.set(part.id, source);
    previous = document.getElementById(part.id);
  }
  document.dispatchEvent(new CustomEvent("gatehouse:replaced"));
}

function replacePart(old, part) {
  const focused = old.contains(document.activeElement) ? placeOf(old, document.activeElement) : null;
  const open = [...old.querySelectorAll("details")].map((details) => details.open);
  const scrolled = [...old.querySelectorAll(".gh-scroll")].map((box) => box.scrollTop);
  old.replaceWith(part);
  for (const [at, details] of part.querySelectorAll("details").entries()) if (open[at]) details.open = true;
  for (const [at, box] of part.querySelectorAll(".gh-scroll").entries()) box.scrollTop = scrolled[at] ?? 0;
  if (focused) find(part, focused)?.focus({ preventScroll: true });
}

// Where the focus is: the link of that address and name, or else what stands at its place.
const FOCUSABLE = "a[href], button, summary, input, [tabindex]";

function placeOf(part, element) {
  const all = [...part.querySelectorAll(FOCUSABLE)];
  return { at: all.indexOf(element), href: element.getAttribute("href"), words: element.textContent };
}

function find(part, { at, href, words }) {
  const all = [...part.querySelectorAll(FOCUSABLE)];
  return all.find((one) => one.getAttribute("href") === href && one.textContent === words) ?? all[at] ?? all.at(-1);
}
