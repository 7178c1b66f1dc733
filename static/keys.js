// Keys: single letters act on the list, all of them off at once (WCAG 2.1.4), and what Shift changes about a press.
// None acts while a field is typed in, or together with Ctrl, Alt or Meta.

const root = document.documentElement;
const sheet = document.querySelector("#keys");
const ROWS = "main .gh-table:not(.gh-numbers *, .gh-open *) > tbody > tr:not(.gh-day, .gh-open)";
let row = null;

const keys = {
  "/": () => document.querySelector("#q")?.focus(),
  f: () => document.querySelector("#filter") ? document.querySelector("#filter").focus() : tell("This page has no filters."),
  j: () => move(1),
  k: () => move(-1),
  o: () => withRow((here) => (here.querySelector(".gh-opener a") ?? target(here))?.click()),
  x: () => withRow((here) => here.dataset.id ? copy(here.dataset.id, here.dataset.idName) : tell("This row has no identifier to copy.")),
  e: () => press("main a[download]", "This page has no export."),
  t: () => press("[data-copy-ticket]", "This page has no ticket."),
  "?": () => sheet?.showModal(),
};

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.isContentEditable || event.target.matches("input, textarea, select");
  if (isTyping || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (root.dataset.keys === "off" || sheet?.open || !(event.key in keys)) return;
  if (event.repeat && !"jk".includes(event.key)) return;
  event.preventDefault();
  keys[event.key]();
});

const target = (here) => here.querySelector("a[href], button, summary");
const rows = () => [...document.querySelectorAll(ROWS)].filter((here) => here.checkVisibility() && target(here));
const current = () => document.activeElement.closest(ROWS) ?? (row?.isConnected ? row : null);

function move(by) {
  const all = rows();
  const at = all.indexOf(current());
  row = all[at < 0 ? 0 : Math.max(0, Math.min(at + by, all.length - 1))] ?? null;
  if (row === null) return tell("This page has no rows.");
  target(row).focus({ preventScroll: true, focusVisible: true });
  row.scrollIntoView({ block: "nearest" });
}

function withRow(act) {
  row = current();
  if (row) act(row);
  else tell("No row is chosen; j goes to the first.");
}

function press(selector, otherwise) {
  const button = document.querySelector(selector);
  if (!button) return tell(otherwise);
  button.click();
}

for (const button of document.querySelectorAll("[data-open-keys]")) {
  button.hidden = false;
  button.addEventListener("click", () => sheet.showModal());
}
sheet?.addEventListener("click", (event) => { if (event.target === sheet) sheet.close(); });
document.querySelector("#keys-on")?.addEventListener("change", (event) => {
  root.dataset.keys = event.target.checked ? "on" : "off";
  keep("keys", root.dataset.keys);
});

// With Shift, a press on a value of a facet excludes it; the link beside it does so without.
document.addEventListener("click", (event) => {
  if (!event.shiftKey) return;
  const excluding = event.target.closest(".gh-facet li > a:first-child")?.parentElement.querySelector(".gh-not");
  if (!excluding) return;
  event.preventDefault();
  location.assign(excluding.href);
});
