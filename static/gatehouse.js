// Everything here is a comfort: without it the page reads, filters, pages and exports the same.

const YEAR_SECONDS = 31536000;
const SECURE = location.protocol === "https:" ? ";secure" : "";
const keep = (name, value) => { document.cookie = `${name}=${value};path=/;max-age=${YEAR_SECONDS};samesite=lax${SECURE}`; };
const say = (words) => { document.querySelector("#said").textContent = words; };

// What happened is read aloud by `say`, and shown for a moment to those who look.
function tell(words) {
  document.querySelector(".gh-toast")?.remove();
  const toast = Object.assign(document.createElement("div"), { className: "gh-toast", textContent: words, ariaHidden: "true" });
  // Only what is in an open dialog is above it.
  (document.querySelector("dialog[open]") ?? document.body).append(toast);
  setTimeout(() => toast.remove(), 2500);
  say(words);
}

// What only scripts can do is shown.
document.documentElement.classList.add("scripted");

// Theme: the form works by itself; this only saves a reload.
document.querySelector("#theme")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const root = document.documentElement;
  const isDark = root.dataset.bsTheme ? root.dataset.bsTheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.bsTheme = isDark ? "light" : "dark";
  keep("theme", root.dataset.bsTheme);
});

// The sidebar folds the same way.
document.querySelector("#sidebar")?.addEventListener("submit", (event) => {
  event.preventDefault();
  document.documentElement.dataset.sidebar = event.submitter.value;
  keep("sidebar", event.submitter.value);
  document.querySelector(`#sidebar button:not([value="${event.submitter.value}"])`).focus();
});

// Copy: a button holds the text it copies or names the element that does, a link without text is copied itself; the
// result is said once. Where the browser refuses, a link to the text leads there with all of it selected.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  if (button.href) event.preventDefault();
  const shown = document.querySelector(button.dataset.copyFrom ?? ":not(*)");
  const text = button.dataset.copy || shown?.textContent || button.href;
  if (!await copy(text, button.dataset.copyName ?? text.slice(0, 60))) {
    if (shown) select(shown);
    return;
  }
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1500);
});

function select(shown) {
  getSelection().selectAllChildren(shown);
  shown.scrollIntoView({ block: "nearest" });
  tell("The browser did not allow copying. The text is selected: press Ctrl+C, or ⌘C on a Mac.");
}

async function copy(text, name) {
  try {
    await navigator.clipboard.writeText(text);
    tell(`Copied ${name}`);
    return true;
  } catch {
    tell("The browser did not allow copying; select the text instead.");
    return false;
  }
}

// Columns: buttons move them instead of numbers; the order in the form is then the order that is sent.
for (const list of document.querySelectorAll(".gh-ordered")) {
  list.classList.add("by-hand");
  for (const number of list.querySelectorAll("[type=number]")) number.disabled = true;
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  const item = button.closest("li");
  if (button.dataset.move === "up") item.previousElementSibling?.before(item);
  else item.nextElementSibling?.after(item);
  button.focus();
  say(`${item.querySelector("[name=columns]").value} is now number ${[...item.parentElement.children].indexOf(item) + 1}`);
});

// Empty fields need not stand in the address.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "get") return;
  for (const field of event.target.elements) if (field.name && field.value === "") field.disabled = true;
});

// Menus: Escape closes open ones, and so does a press elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  // What had the focus is hidden with its menu, so the menu's own button gets it.
  event.target.closest("details.gh-menu[open]")?.querySelector("summary").focus();
  closeMenus();
});
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.gh-menu")));

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.gh-menu[open]")) if (menu !== except && !menu.contains(except)) menu.open = false;
}
