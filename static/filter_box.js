// The filter box: suggestions while somebody types, and chips that the arrow keys reach.
// Without this, the box is a form, and what is typed into it is understood just the same.

for (const form of document.querySelectorAll("[data-filter-box]")) {
  const input = form.querySelector("#filter"), list = form.querySelector("#suggestions");
  const WAIT_MS = 120, FOCUS = "filter-box";
  let active = null, timer = 0, asking = null;

  const described = { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" };
  for (const [name, value] of Object.entries(described)) input.setAttribute(name, value);

  const options = () => [...list.children];
  const chips = () => [...form.querySelectorAll(".gh-chip a")];
  const isOpen = () => !list.hidden;

  function close() {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(null);
  }

  function mark(option) {
    active?.setAttribute("aria-selected", "false");
    active = option;
    if (!active) return input.removeAttribute("aria-activedescendant");
    active.setAttribute("aria-selected", "true");
    active.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", active.id);
  }

  async function ask() {
    asking?.abort();
    const { signal } = asking = new AbortController();
    const address = new URL(location.href);
    address.searchParams.delete("filter");
    address.searchParams.set("complete", input.value.slice(0, input.selectionStart));
    try {
      const answer = await fetch(address, { signal });
      const found = await answer.text();
      // Where the session has ended, the answer is the page to sign in.
      if (!answer.ok || answer.redirected) return close();
      list.innerHTML = found;
    } catch {
      // Overtaken by the next letter, or offline: the form still works.
      if (!signal.aborted) close();
      return;
    }
    mark(null);
    list.hidden = options().length === 0;
    input.setAttribute("aria-expanded", String(isOpen()));
    say(`${options().length || "No"} suggestion${options().length === 1 ? "" : "s"}`);
  }

  function askSoon() {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  }

  function choose(option) {
    const rest = input.value.slice(input.selectionStart);
    if (option.dataset.href && !rest.trim()) return go(() => location.assign(option.dataset.href));
    input.value = option.dataset.text + rest;
    input.setSelectionRange(option.dataset.text.length, option.dataset.text.length);
    input.focus();
    ask();
  }

  // The next page goes on where this one stops: with the cursor in the box.
  function go(act) {
    sessionStorage.setItem(FOCUS, "1");
    close();
    act();
  }

  const onKey = {
    ArrowDown: () => isOpen() ? mark(active?.nextElementSibling ?? options()[0]) : ask(),
    ArrowUp: () => isOpen() ? mark(active?.previousElementSibling ?? options().at(-1)) : ask(),
    Enter: () => active ? choose(active) : go(() => form.requestSubmit()),
    Tab: () => active && isOpen() ? choose(active) : false,
    Escape: () => isOpen() ? close() : input.value ? (input.value = "") : input.blur(),
    Backspace: () => input.value === "" && chips().length ? chips().at(-1).focus() : false,
    ArrowLeft: () => input.selectionEnd === 0 && chips().length ? chips().at(-1).focus() : false,
  };

  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || !(event.key in onKey)) return;
    if (onKey[event.key]() !== false) event.preventDefault();
  });
  input.addEventListener("input", askSoon);
  input.addEventListener("click", () => { if (!isOpen()) ask(); });
  input.addEventListener("blur", close);
  // A press on a suggestion must not take the focus away from the box.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
  form.addEventListener("click", (event) => { if (event.target === form) input.focus(); });

  // Chips: the arrow keys go from one to the next, Backspace takes one away, and letters go to the box.
  form.addEventListener("keydown", (event) => {
    const here = event.target.closest(".gh-chip a");
    if (!here || event.ctrlKey || event.altKey || event.metaKey) return;
    const at = chips().indexOf(here);
    const to = { ArrowLeft: chips()[at - 1], ArrowRight: chips()[at + 1] ?? input, Escape: input }[event.key];
    if (event.key === "Backspace" || event.key === "Delete") go(() => here.click());
    else if (to) to.focus();
    else {
      if (event.key.length === 1 && event.key !== " ") input.focus();
      return;
    }
    event.preventDefault();
  });

  if (sessionStorage.getItem(FOCUS)) {
    sessionStorage.removeItem(FOCUS);
    input.focus({ preventScroll: true });
  }
}
