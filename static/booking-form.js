/* The plain form of a booking says in words what is chosen, as it is typed; the week beside it asks it through `BookingForm`. */
const BookingForm = (() => {
  const { chinese, isoDay, clock, wallClock, instantsOf, offsetInWords, timeInWords, daysAfter, dayInWords, lengthInWords, lastDayOf } = Wall;

  const UNSENT = ["csrf_token", "key", "title", "second_person", "public_title"]; // what no price depends on

  /* The plain form: the truth about what is chosen. Without a last day, an end at or before the start is on the next day. */
  class BookingForm {
    constructor(form) {
      this.form = form;
      this.fields = ["day", "from", "until"].map((name) => form.elements.namedItem(name));
      this.lastDay = form.elements.namedItem("until_day");
      this.zone = form.dataset.zone;
    }

    /* Whether what is moved has begun: its start stays. */
    get started() {
      return Boolean(this.fields[1] && this.fields[1].readOnly);
    }

    get chosen() {
      const [day, from, until] = this.fields.map((field) => field && field.value);
      if (!day || !from || !until) return null;
      const lastDay = this.lastDay && this.lastDay.value;
      const start = new Date(`${day}T${from}`), end = new Date(`${lastDay || day}T${until}`);
      if (lastDay && end <= start) return null;
      if (end <= start) end.setDate(end.getDate() + 1);
      return Number.isNaN(+start) || Number.isNaN(+end) ? null : { start, end };
    }

    /* Day and time of both ends as they are typed: a Date cannot hold a time that the browser's own wall skips. */
    get walls() {
      const [day, from, until] = this.fields.map((field) => field.value);
      const lastDay = (this.lastDay && this.lastDay.value) || (until <= from ? isoDay(daysAfter(day, 1)) : day);
      return [[day, from], [lastDay, until]];
    }

    choose(start, end) {
      const values = [isoDay(start), clock(start), clock(end)];
      this.fields.forEach((field, index) => {
        field.value = values[index];
        field.removeAttribute("aria-invalid");
      });
      if (this.lastDay) this.lastDay.value = lastDayOf(start, end);
      this.form.dispatchEvent(new Event("change", { bubbles: true }));
    }

    /* Writes into `place` what a span would cost, as soon as it is known: of the last span that was asked, so that dragging over many asks for few. */
    price(start, end, place) {
      const quote = this.form.querySelector("#quote");
      if (!quote) return;
      const span = { day: isoDay(start), from: clock(start), until: clock(end), until_day: lastDayOf(start, end) };
      const typed = new URLSearchParams([...new FormData(this.form)].filter(([name]) => !UNSENT.includes(name)));
      Object.entries(span).forEach(([name, value]) => typed.set(name, value));
      const address = `${quote.getAttribute("hx-get")}?${typed}`;
      this.prices = this.prices || new Map();
      clearTimeout(this.waiting);
      if (this.prices.has(address)) { place.textContent = this.prices.get(address); return; }
      this.waiting = setTimeout(async () => {
        try {
          const answer = await fetch(address, { credentials: "same-origin" });
          const told = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
          const against = told && told.querySelector("[data-against]"), found = told && told.querySelector("[data-price]");
          // What cannot be had has no price: why not is said in its place.
          this.prices.set(address, against ? against.textContent.trim() : found ? found.dataset.of || found.textContent : "");
          place.textContent = this.prices.get(address);
        } catch { place.textContent = ""; }
      }, 150);
    }

    say() {
      const chosen = this.chosen;
      const said = this.form.querySelector("[data-said]"), bar = this.form.querySelector("[data-said-bar]");
      if (!chosen) return;
      const day = dayInWords(chosen.start), comma = chinese ? "，" : ", ";
      const [first, last] = this.walls.map((wall) => timeInWords(wall, this.zone));
      const repeated = [first, last].some((time) => time.length > 5) ? `${first}–${last}` : "";
      if (said) said.textContent = [day, repeated, lengthInWords(this.walls, this.zone)].filter(Boolean).join(comma);
      const sameDay = isoDay(chosen.start) === isoDay(new Date(chosen.end - 1));
      const times = `${first}–${sameDay || !this.lastDay ? "" : `${dayInWords(chosen.end)} `}${last}`;
      if (bar) bar.textContent = `${day}${chinese ? " " : ", "}${times}`;
      this.sayOwn();
    }

    /* The same on the reader's own wall, where that is another than the instrument's. */
    sayOwn() {
      const place = this.form.querySelector("[data-own-time]");
      if (!place) return;
      const { ownZone, ownZoneWords, ownTimeWords } = this.form.dataset;
      const moments = this.walls.map((wall) => instantsOf(wall, this.zone)[0]);
      if (!moments.every(Number.isFinite)) { place.textContent = ""; return; }
      const [first, last] = moments.map(wallClock(ownZone));
      const days = [first, last].map((date) => `${dayInWords(date)}${chinese ? " " : ", "}`);
      const time = `${days[0]}${clock(first)}–${days[0] === days[1] ? "" : days[1]}${clock(last)}`;
      // The zone is named with its offset of today; on the day that is chosen it may be another.
      const zone = ownZoneWords.replace(/UTC\S*$/, offsetInWords(moments[0], ownZone));
      place.textContent = ownTimeWords.replace("{}", `${time}${chinese ? "，" : ", "}${zone}`);
    }
  }

  document.querySelectorAll("form[data-booking]").forEach((element) => {
    if (!element.elements.namedItem("day")) return;
    const form = new BookingForm(element);
    element.addEventListener("input", () => form.say());
    element.addEventListener("change", () => form.say());
    form.say();
  });

  return BookingForm;
})();
