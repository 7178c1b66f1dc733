// Rows that unfold: the whole row is the button, and the address says which row is open, for Back and for sharing.
// Without this, the button of a row is a link to the same address.

const keyOf = (element) => element.id.slice(element.id.indexOf("-") + 1);
const rowOf = (opener) => opener.closest("tr");
const isUnfolded = (row) => row.nextElementSibling?.matches(".gh-open") ?? false;
const withoutOpen = () => { const query = new URLSearchParams(location.search); query.delete("open"); return String(query); };
let shownQuery = withoutOpen(), isGoingBack = false;

// The first press unfolds a row, which htmx fetches; the second folds it away again.
document.addEventListener("htmx:beforeRequest", (event) => {
  const opener = event.detail.elt;
  if (!opener.matches(".gh-opener a")) return;
  const row = rowOf(opener), wasUnfolded = isUnfolded(row);
  // Its details are on their way.
  if (!wasUnfolded && opener.ariaExpanded === "true") return event.preventDefault();
  markRow(opener, !wasUnfolded);
  if (wasUnfolded) {
    event.preventDefault();
    row.nextElementSibling.remove();
  }
  noteInAddress(row, !wasUnfolded);
});

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, ({ detail }) => {
    if (!detail.elt.matches(".gh-opener a")) return;
    markRow(detail.elt, false);
    noteInAddress(rowOf(detail.elt), false);
  });
}

function markRow(opener, isOpen) {
  opener.ariaExpanded = String(isOpen);
  rowOf(opener).classList.toggle("gh-picked", isOpen);
}

function noteInAddress(element, isOpen) {
  if (isGoingBack) return;
  const address = new URL(location), key = keyOf(element);
  if ((address.searchParams.get("open") === key) === isOpen) return;
  if (isOpen) address.searchParams.set("open", key);
  else address.searchParams.delete("open");
  address.hash = isOpen ? element.id : "";
  history.pushState({}, "", address);
}

// Events of a timeline unfold by themselves.
document.addEventListener("toggle", ({ target: event }) => {
  if (event.matches("details.gh-event")) noteInAddress(event.closest("[id]"), event.open);
}, { capture: true });

// Back and forward: the page shows what its address says, and is loaded anew if that is more than an open row.
addEventListener("popstate", () => {
  const key = new URLSearchParams(location.search).get("open");
  const openers = [...document.querySelectorAll("main tr[id] > .gh-opener a")];
  const events = [...document.querySelectorAll("main details.gh-event")];
  const isHere = !key || [...openers.map(rowOf), ...events.map((event) => event.closest("[id]"))].some((one) => keyOf(one) === key);
  if (withoutOpen() !== shownQuery || !isHere) return location.reload();
  isGoingBack = true;
  for (const opener of openers) if (isUnfolded(rowOf(opener)) !== (keyOf(rowOf(opener)) === key)) opener.click();
  for (const event of events) event.open = keyOf(event.closest("[id]")) === key;
  // An event hears of its toggle a moment later.
  setTimeout(() => { isGoingBack = false; });
});

// A press anywhere in a row unfolds it, or opens the person whose row it is; but not on what does something itself, and not at the end of selecting text.
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.detail > 1 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (event.target.closest("a, button, input, select, textarea, label, summary")) return;
  const row = event.target.closest("tr");
  const opener = row?.querySelector(":scope > .gh-opener a") ?? row?.querySelector(":scope > .m1 a[href^='/people/']");
  if (opener && getSelection().isCollapsed) opener.click();
});
