// The values beside a list are one stop of the Tab key; arrow keys, Home and End move among them.

const STOPS = "summary, a, input:not([type=hidden])";

for (const rail of document.querySelectorAll(".gh-rail")) {
  const stops = () => [...rail.querySelectorAll(STOPS)].filter((stop) => stop.checkVisibility());

  function choose(chosen) {
    if (!chosen) return;
    for (const stop of rail.querySelectorAll(STOPS)) stop.tabIndex = stop === chosen ? 0 : -1;
  }

  rail.addEventListener("focusin", (event) => { if (event.target.matches(STOPS)) choose(event.target); });
  rail.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const all = stops(), at = all.indexOf(event.target);
    // Within a field, Home and End are for its text.
    const isField = event.target.matches("input");
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, ...!isField && { Home: 0, End: all.length - 1 } }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    all[Math.max(0, Math.min(to, all.length - 1))].focus();
  });
  // What "Show all" brings is not a stop of its own either.
  rail.addEventListener("htmx:afterSettle", () => choose(rail.contains(document.activeElement) && document.activeElement.matches(STOPS) ? document.activeElement : stops()[0]));
  choose(stops()[0]);
  // On a narrow screen a link shows the values, which are then the next thing to use.
  addEventListener("hashchange", () => { if (location.hash === `#${rail.id}`) stops()[0]?.focus(); });
}
