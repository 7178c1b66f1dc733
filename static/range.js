// A calendar in the range control: a click on a day fills the fields, a second click ends the range. Typing does the same.

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

// Days are counted in UTC here, so that no clock change of the browser's zone can skip one.
const dayOf = (iso) => new Date(`${iso}T00:00:00Z`);
const isoOf = (day) => day.toISOString().slice(0, 10);
const later = (day, days) => new Date(day.getTime() + days * 86400000);
const typed = (iso) => `${dayOf(iso).getUTCDate()} ${MONTHS[dayOf(iso).getUTCMonth()].slice(0, 3)} ${iso.slice(0, 4)}`;
const inWords = (day) => `${WEEKDAYS[(day.getUTCDay() + 6) % 7]} ${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]} ${day.getUTCFullYear()}`;

function otherMonth(day, by) {
  const first = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + by, 1));
  const days = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return later(first, Math.min(day.getUTCDate(), days) - 1);
}

class Calendar {
  constructor(place) {
    this.place = place;
    this.form = place.closest("form");
    ({ first: this.first, last: this.last, today: this.today } = place.dataset);
    this.first ||= this.last;
    this.isBegun = false;
    this.show(dayOf(this.last || this.today));
    place.hidden = false;
    place.addEventListener("click", (event) => this.press(event));
    place.addEventListener("keydown", (event) => this.move(event));
  }

  // Shows the month of a day; that day is the one that Tab reaches.
  show(day) {
    this.day = day;
    const month = `${MONTHS[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
    const first = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), 1));
    const start = later(first, -((first.getUTCDay() + 6) % 7));
    const weeks = [0, 1, 2, 3, 4, 5].map((week) => [0, 1, 2, 3, 4, 5, 6].map((number) => later(start, week * 7 + number)));
    const isLastMonth = isoOf(first).slice(0, 7) >= this.today.slice(0, 7);
    this.place.innerHTML = `<div class="gh-month"><button type="button" class="gh-icon-btn" data-month="-1" aria-label="Month before">‹</button>
      <b aria-live="polite">${month}</b><button type="button" class="gh-icon-btn" data-month="1" aria-label="Month after" ${isLastMonth ? "disabled" : ""}>›</button></div>
      <table class="gh-days" role="grid" aria-label="${month}"><thead><tr>${WEEKDAYS.map((name) => `<th scope="col" abbr="${name}">${name.slice(0, 2)}</th>`).join("")}</tr></thead>
      <tbody>${weeks.filter((week) => week.some((one) => one.getUTCMonth() === day.getUTCMonth())).map((week) => `<tr>${week.map((one) => this.cell(one)).join("")}</tr>`).join("")}</tbody></table>`;
  }

  cell(day) {
    const iso = isoOf(day);
    if (day.getUTCMonth() !== this.day.getUTCMonth()) return "<td></td>";
    const isIn = iso >= this.first && iso <= this.last;
    const now = iso === this.today ? ' aria-current="date"' : "";
    return `<td aria-selected="${isIn}"><button type="button" data-day="${iso}" aria-label="${inWords(day)}" tabindex="${iso === isoOf(this.day) ? 0 : -1}"${now} ${iso > this.today ? "disabled" : ""}>${day.getUTCDate()}</button></td>`;
  }

  press(event) {
    // The button is gone when the page asks which menu it was in, and would close this one.
    event.stopPropagation();
    const button = event.target.closest("button");
    if (button?.dataset.month) {
      this.show(otherMonth(this.day, Number(button.dataset.month)));
      (this.place.querySelector(`[data-month="${button.dataset.month}"]:enabled`) ?? this.place.querySelector("[data-month]")).focus();
    } else if (button?.dataset.day) this.choose(button.dataset.day);
  }

  choose(iso) {
    const ends = this.isBegun && iso >= this.first;
    this.isBegun = !ends;
    if (!ends) this.first = iso;
    this.last = iso;
    this.form.elements.since.value = typed(this.first);
    this.form.elements.until.value = typed(this.last);
    this.show(dayOf(iso));
    this.focus();
    say(ends ? `${typed(this.first)} to ${typed(this.last)}` : `${typed(iso)}; now choose the last day, or apply`);
  }

  move(event) {
    if (!event.target.dataset.day) return;
    const weekday = (this.day.getUTCDay() + 6) % 7;
    let day = null;
    if (event.key in MOVES) day = later(this.day, MOVES[event.key]);
    else if (event.key === "Home") day = later(this.day, -weekday);
    else if (event.key === "End") day = later(this.day, 6 - weekday);
    else if (event.key === "PageUp") day = otherMonth(this.day, -1);
    else if (event.key === "PageDown") day = otherMonth(this.day, 1);
    if (day === null) return;
    event.preventDefault();
    this.show(isoOf(day) > this.today ? dayOf(this.today) : day);
    this.focus();
  }

  focus() { this.place.querySelector('[data-day][tabindex="0"]')?.focus(); }
}

// A menu gets its calendar when it is first opened, also one that htmx has put into the page since.
document.addEventListener("toggle", (event) => {
  const place = event.target.matches?.("[data-range][open]") && event.target.querySelector("[data-calendar][hidden]");
  if (place) new Calendar(place);
}, true);
