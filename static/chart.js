// Charts: a bar says its numbers under the pointer, and a drag over bars narrows the range to them.
// Without this, a bar is a link and has its numbers in its title.

const DRAGGED_PIXELS = 5;

const enhanceCharts = () => {
  for (const plot of document.querySelectorAll(".gh-chart .gh-area:not([data-enhanced])")) enhanceChart(plot);
};
enhanceCharts();
// A part of the page that was replaced may have a chart.
document.addEventListener("gatehouse:replaced", enhanceCharts);

function enhanceChart(plot) {
  plot.dataset.enhanced = "";
  const bars = [...plot.querySelectorAll("a")];
  const tip = Object.assign(document.createElement("div"), { className: "gh-tip", hidden: true });
  const selection = Object.assign(document.createElement("div"), { className: "gh-selection", hidden: true });
  plot.closest(".gh-plot").append(selection, tip);
  for (const bar of bars) {
    const title = bar.querySelector("title");
    bar.dataset.tip = title.textContent;
    title.remove();
  }
  let start = null, isDragging = false;

  const barAt = (x) => bars.find((bar) => x < bar.lastElementChild.getBoundingClientRect().right) ?? bars.at(-1);
  const stop = () => { start = null; isDragging = false; selection.hidden = true; tip.hidden = true; };

  function chosen(x) {
    const ends = [barAt(start), barAt(x)].sort((a, b) => bars.indexOf(a) - bars.indexOf(b));
    return { first: ends[0], last: ends[1] };
  }

  function place(element, left, width) {
    const host = plot.closest(".gh-plot").getBoundingClientRect();
    element.hidden = false;
    element.style.insetInlineStart = "auto";
    element.style.left = `${left - host.left}px`;
    if (width !== undefined) element.style.width = `${width}px`;
  }

  function describe(words, x) {
    const host = plot.closest(".gh-plot").getBoundingClientRect();
    tip.hidden = false;
    tip.textContent = words;
    place(tip, Math.max(host.left, Math.min(x + 12, host.right - tip.offsetWidth)));
  }

  plot.addEventListener("dragstart", (event) => event.preventDefault());
  plot.addEventListener("pointerdown", (event) => { if (event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) start = event.clientX; });
  plot.addEventListener("pointermove", (event) => {
    if (start !== null && !isDragging && Math.abs(event.clientX - start) > DRAGGED_PIXELS) {
      isDragging = true;
      plot.setPointerCapture(event.pointerId);
    }
    if (!isDragging) return describe(barAt(event.clientX).dataset.tip, event.clientX);
    const { first, last } = chosen(event.clientX);
    const left = first.lastElementChild.getBoundingClientRect().left;
    place(selection, left, last.lastElementChild.getBoundingClientRect().right - left);
    describe(`${first.dataset.begins} to ${last.dataset.ends}`, event.clientX);
  });
  plot.addEventListener("pointerleave", () => { if (!isDragging) stop(); });
  plot.addEventListener("pointercancel", stop);
  plot.addEventListener("pointerup", (event) => {
    if (!isDragging) { start = null; return; }
    const { first, last } = chosen(event.clientX);
    // The links hold the other filters; only the end is another bar's.
    const [from, to] = [first, last].map((bar) => new URL(bar.getAttribute("href"), location.href));
    from.searchParams.set("until", to.searchParams.get("until"));
    location.assign(from);
    stop();
    swallowClick();
  });
  document.addEventListener("keydown", function callOff(event) {
    if (!plot.isConnected) return document.removeEventListener("keydown", callOff);
    if (event.key !== "Escape" || start === null) return;
    stop();
    swallowClick();
  });

  // The press that ends a drag, or was called off, is none on the bar below it.
  function swallowClick() {
    const swallow = (event) => event.preventDefault();
    plot.addEventListener("click", swallow, { once: true, capture: true });
    document.addEventListener("pointerdown", () => plot.removeEventListener("click", swallow, { capture: true }), { once: true, capture: true });
  }
}
