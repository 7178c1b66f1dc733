// What a page says at once after a click, and when something does not arrive. Without it, the browser's own signs do.

const SLOW = 8_000, GIVEN_UP = 30_000;
const trouble = document.querySelector("#trouble");
let underWay = 0, slowly, givenUp;

// Waiting: a line along the top edge, and a sign on what was pressed.

function beginWaiting(pressed) {
  underWay += 1;
  document.documentElement.dataset.loading = "";
  pressed?.classList.add("gh-busy");
  clearTimeout(slowly);
  slowly = setTimeout(() => tell("Still loading…"), SLOW);
  clearTimeout(givenUp);
  givenUp = setTimeout(stopWaiting, GIVEN_UP);
}

function endWaiting(pressed) {
  underWay = Math.max(0, underWay - 1);
  pressed?.classList.remove("gh-busy");
  if (underWay === 0) stopWaiting();
}

function stopWaiting() {
  underWay = 0;
  clearTimeout(slowly);
  clearTimeout(givenUp);
  delete document.documentElement.dataset.loading;
  for (const one of document.querySelectorAll(".gh-busy")) one.classList.remove("gh-busy");
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
}

// A page that comes back from the browser's memory has arrived, and Escape stops what is loading.
addEventListener("pageshow", (event) => { if (event.persisted) stopWaiting(); });
addEventListener("keydown", (event) => { if (event.key === "Escape") stopWaiting(); });

// A link to a page of ours, and not to a file or to another place in this page.
function leadsToPage(link) {
  const to = new URL(link.href, location);
  if (link.target || link.hasAttribute("download") || to.origin !== location.origin) return false;
  const isHere = to.pathname === location.pathname && to.search === location.search;
  return !(isHere && to.hash) && !/\.\w+$/.test(to.pathname);
}

// The window hears of a click last, so it knows whether anything else has dealt with it.
addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.hasAttribute("download")) return tell("Export started. Your browser saves the file when it arrives.");
  if (!leadsToPage(link)) return;
  if (isHeldBack(event, () => location.assign(link.href))) return;
  beginWaiting(link);
});

addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || form.target) return;
  // What is sent twice would be done twice.
  if (form.dataset.sent !== undefined) return event.preventDefault();
  if (isHeldBack(event, () => form.requestSubmit(event.submitter))) return;
  if (form.method === "post") form.dataset.sent = "";
  beginWaiting(event.submitter);
});

// Without a connection the browser would leave the page, and what is typed in it.
function isHeldBack(event, again) {
  if (navigator.onLine) return false;
  event.preventDefault();
  reportTrouble("offline", "You’re offline, so nothing was sent. What you typed is still here.", "Try again", again);
  return true;
}

addEventListener("offline", () => reportTrouble("offline", "You’re offline. This page stays as it was."));
addEventListener("online", () => {
  if (trouble.dataset.kind !== "offline") return;
  settleTrouble("offline");
  tell("You’re back online.");
});

// Trouble: one bar that says what happened, with one way on.

function reportTrouble(kind, words, label = "", act = null, onClose = null) {
  const [button, close] = trouble.querySelectorAll("button");
  trouble.dataset.kind = kind;
  trouble.hidden = false;
  trouble.querySelector("p").textContent = words;
  button.hidden = !label;
  button.textContent = label;
  button.onclick = () => { settleTrouble(kind); act(); };
  close.onclick = () => { settleTrouble(kind); onClose?.(); };
}

function settleTrouble(kind) {
  if (trouble.dataset.kind !== kind) return;
  trouble.hidden = true;
  trouble.querySelector("p").textContent = "";
  delete trouble.dataset.kind;
}

function reportSignedOut() {
  reportTrouble("signed-out", "You’re signed out. Sign in to continue; what you typed in the search box stays.", "Sign in", () => {
    const typed = document.querySelector("#q")?.value;
    if (typed) sessionStorage.setItem("typed", typed);
    location.assign(`${trouble.dataset.signIn}?next=${encodeURIComponent(location.pathname + location.search)}`);
  });
}

const typedBefore = sessionStorage.getItem("typed");
if (typedBefore && document.querySelector("#q")) {
  document.querySelector("#q").value = typedBefore;
  sessionStorage.removeItem("typed");
}

// Parts of a page: those that somebody asked for are waited for, those that come by themselves are not.

const BY_HAND = ["click", "submit", "toggle", "change"];
const isAskedFor = (detail) => BY_HAND.includes(detail.requestConfig?.triggeringEvent?.type);

document.addEventListener("htmx:beforeSend", ({ detail }) => { if (isAskedFor(detail)) beginWaiting(detail.elt); });
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (isAskedFor(detail)) endWaiting(detail.elt);
  if (detail.successful) settleTrouble("unreachable");
});
document.addEventListener("htmx:sendError", ({ detail }) => reportUnreachable(isAskedFor(detail) ? () => askAgain(detail) : null));
document.addEventListener("htmx:timeout", ({ detail }) => reportUnreachable(() => askAgain(detail)));
document.addEventListener("htmx:responseError", ({ detail }) => {
  const status = detail.xhr.status;
  if (status === 401) return reportSignedOut();
  if (!isAskedFor(detail)) return;
  if (status === 403) return reportTrouble("failed", detail.xhr.responseText.trim());
  if (status === 404) return reportTrouble("failed", "This is no longer here. It may have been deleted.", "Reload the page", () => location.reload());
  if (status === 429) return reportTrouble("failed", "This session sent too many requests. Wait a minute.", "Try again", () => askAgain(detail));
  if (status >= 500) return reportTrouble("failed", "Something went wrong on the server. Nothing is lost.", "Try again", () => askAgain(detail));
  reportTrouble("failed", "Gatehouse can’t answer this. Reload the page and try again.", "Reload the page", () => location.reload());
});

function reportUnreachable(again) {
  const words = navigator.onLine ? "Gatehouse can’t be reached. This page stays as it was." : "You’re offline. This page stays as it was.";
  reportTrouble("unreachable", words, again ? "Try again" : "", again);
}

function askAgain({ elt, requestConfig }) {
  if (!elt.isConnected) location.reload();
  else if (requestConfig.triggeringEvent?.type === "click") elt.click();
  else htmx.ajax(requestConfig.verb, requestConfig.path, { source: elt });
}
