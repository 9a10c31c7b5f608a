/* An instrument's week to drag in: draws week.json with event-calendar over the server's picture, and keeps the plain form and
   the picture saying the same. Without scripts, or when the week does not load, the picture stays and the form does everything. */
(() => {
  const { language, chinese, isoDay, clock, wallClock, wallOf, daysAfter, mondayOf, lengthInWords, lastDayOf } = Wall;
  const ROW = 34;
  const wide = matchMedia("(min-width: 768px)");

  function closedParts(days, opening) {
    return days.flatMap((day) => {
      const midnight = new Date(`${day}T00:00`), next = new Date(midnight);
      next.setDate(next.getDate() + 1);
      const closed = [];
      let at = midnight;
      opening.filter((span) => span.end > midnight && span.start < next).sort((a, b) => a.start - b.start).forEach((span) => {
        if (span.start > at) closed.push({ start: at, end: span.start });
        if (span.end > at) at = span.end;
      });
      if (at < next) closed.push({ start: at, end: next });
      return closed;
    });
  }

  class Week {
    constructor(place) {
      this.place = place;
      this.words = JSON.parse(place.dataset.words);
      const form = document.getElementById(place.dataset.form);
      this.form = form && form.elements.namedItem("day") ? new BookingForm(form) : null;
    }

    async load() {
      const address = new URL(this.place.dataset.week, location.href);
      if (this.follows) this.place.dataset.from = mondayOf(this.place.dataset.from);
      address.searchParams.set("from", this.place.dataset.from);
      const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!answer.ok) throw new Error(`week: ${answer.status}`);
      const week = await answer.json();
      const wall = wallClock(week.zone);
      this.zone = week.zone;
      this.now = wall(Date.now());
      this.sameWall = Math.abs(this.now - Date.now()) < 60000;
      this.days = week.days;
      this.zoneWords = week.zone_words;
      this.spans = week.spans.map((span) => ({ ...span, start: wall(span.start), end: wall(span.end) }));
      const moving = this.place.dataset.moving;
      this.taken = this.spans.filter((span) => !["open", "partly", "words"].includes(span.state) && !(moving && span.move === moving));
      this.parts = this.spans.filter((span) => ["partly", "words"].includes(span.state));
      this.closed = closedParts(week.days, this.spans.filter((span) => span.state === "open"));
    }

    /* The hours worth showing, where the server has drawn no picture and so has not said them. */
    hours() {
      const { first, last } = this.place.dataset;
      if (first) return { first, last };
      const opening = this.spans.filter((span) => span.state === "open");
      const from = Math.min(8, ...opening.map((span) => span.start.getHours()));
      const until = Math.max(from + 10, ...opening.map((span) => (isoDay(span.end) === isoDay(span.start) ? Math.ceil(span.end.getHours() + span.end.getMinutes() / 60) : 24)));
      return { first: from, last: Math.min(24, until) };
    }

    get follows() {
      return "follow" in this.place.dataset;
    }

    /* Shows another week: the one before, the one after, or the one that was typed. */
    async show(day) {
      this.place.dataset.from = day;
      await this.load();
      const { first, last } = this.hours();
      this.calendar.setOption("date", this.place.dataset.from);
      this.calendar.setOption("slotMinTime", `${first}:00`);
      this.calendar.setOption("slotMaxTime", `${last}:00`);
      this.calendar.setOption("events", this.events());
      this.entitle();
    }

    entitle() {
      const zone = this.place.parentElement.querySelector("[data-week-zone]");
      if (zone) zone.textContent = this.zoneWords || "";
      const title = this.place.parentElement.querySelector("[data-week-title]");
      const ends = [this.days[0], this.days[this.days.length - 1]].map((day) => new Date(`${day}T00:00`));
      const words = new Intl.DateTimeFormat(language, { day: "numeric", month: "long" });
      const sameMonth = ends[0].getMonth() === ends[1].getMonth();
      const [first, last] = ends.map((end) => (chinese ? `${end.getMonth() + 1}月${end.getDate()}日` : words.format(end)));
      if (title && chinese) title.textContent = `${first}–${sameMonth ? `${ends[1].getDate()}日` : last}`;
      else if (title) title.textContent = `${sameMonth ? ends[0].getDate() : first} – ${last}`;
    }

    /* Whether the form can say a span: one that lasts a day or longer needs the field of the last day. */
    canSay(start, end, event) {
      const asForm = !event || event.id === "chosen";
      return end - start < 86400000 || !asForm || Boolean(this.form && this.form.lastDay);
    }

    get startStays() {
      return Boolean(this.form && this.form.started);
    }

    isFree(start, end, but) {
      const touches = (span) => span.start < end && span.end > start;
      return start >= this.now && !this.closed.some(touches) && !this.taken.some((span) => span !== but && touches(span));
    }

    events() {
      const named = this.taken.filter((span) => span.state === "closed");
      const unnamed = this.closed.filter((part) => !named.some((span) => span.start <= part.start && span.end >= part.end));
      const closed = unnamed.map((part) => ({ ...part, display: "background", classNames: ["state-closed"], extendedProps: { state: "closed" } }));
      const taken = this.taken.map((span, index) => ({
        id: `span-${index}`, start: span.start, end: span.end, startEditable: Boolean(span.move), durationEditable: false,
        display: span.state === "closed" ? "background" : "auto",
        classNames: [`state-${span.state}`, span.move ? "is-own" : "is-fixed"], extendedProps: { ...span, span },
      }));
      const chosen = this.form && this.form.chosen;
      const mine = chosen ? [{ id: "chosen", ...chosen, startEditable: !this.startStays, durationEditable: true, classNames: ["is-chosen"], extendedProps: { state: "chosen" } }] : [];
      // Some places are closed, and the others can be booked: drawn, and in nobody's way.
      const parts = this.parts.map((span) => ({ start: span.start, end: span.end, display: "background", classNames: [`state-${span.state}`], extendedProps: span }));
      return [...closed, ...parts, ...taken, ...mine];
    }

    content({ event }) {
      const { state = "chosen", label, word: whole, short } = event.extendedProps;
      const body = document.createElement("div");
      const first = body.appendChild(document.createElement("b"));
      const icon = this.place.querySelector("template").content.querySelector(`[data-state="${state}"] svg`);
      if (icon) first.append(icon.cloneNode(true));
      if (state === "chosen") {
        first.append(`${clock(event.start)}–${clock(event.end)}`);
        body.append(lengthInWords([event.start, event.end].map(wallOf), this.zone));
        if (this.form) this.form.price(event.start, event.end, body.appendChild(document.createElement("div")));
      } else if (state !== "partly") {
        const word = first.appendChild(document.createElement("span"));
        word.textContent = short || this.words[state] || "";
        body.appendChild(document.createElement("span")).textContent = label || "";
        body.className = icon ? "whole-lines with-icon" : "whole-lines";
        body.title = [whole || word.textContent, label].filter(Boolean).join(chinese ? "，" : ", ");
      }
      return { domNodes: [body] };
    }

    choose(start, end) {
      if (this.form) this.form.choose(start, end);
    }

    /* A reservation dragged elsewhere opens its move form with the new times filled in; nothing is moved before that is sent. */
    moved({ event, revert }) {
      if (event.id === "chosen") { this.choose(event.start, event.end); return; }
      const address = new URL(event.extendedProps.move, location.href);
      address.searchParams.set("day", isoDay(event.start));
      address.searchParams.set("from", clock(event.start));
      const lastDay = lastDayOf(event.start, event.end);
      if (lastDay) address.searchParams.set("until_day", lastDay);
      address.searchParams.set("until", clock(event.end));
      revert();
      location.assign(address);
    }

    draw() {
      const { grid, from } = this.place.dataset;
      const { first, last } = this.hours();
      const allowed = (info) => {
        const { start, end } = info.event || info;
        const own = info.event && info.event.extendedProps.span;
        if (own && own.start <= this.now) return false; // it has begun, and keeps its beginning
        // What is taken or closed is not avoided: the span would be another than was dragged. The form says what stands against it.
        return this.canSay(start, end, info.event);
      };
      const picture = this.place.querySelector("svg.week-picture");
      const room = document.createElement("div");
      room.setAttribute("aria-hidden", "true");
      this.place.append(room);
      this.calendar = EventCalendar.create(room, {
        view: "timeGridWeek", date: from, firstDay: new Date(`${from}T00:00`).getDay(), duration: { days: this.days.length },
        locale: language, allDaySlot: false, headerToolbar: { start: "", center: "", end: "" },
        slotMinTime: `${first}:00`, slotMaxTime: `${last}:00`, slotDuration: "01:00", slotHeight: ROW, slotEventOverlap: false, snapDuration: { minutes: Number(grid) },
        slotLabelFormat: (time) => clock(time), flexibleSlotTimeLimits: false, nowIndicator: this.sameWall,
        dayHeaderFormat: (date) => {
          const weekday = new Intl.DateTimeFormat(language, { weekday: "short" }).format(date);
          const number = document.createElement("b"), name = document.createElement("span");
          number.textContent = date.getDate();
          name.textContent = weekday;
          // The calendar's own mark goes by the browser's date, which may be another than the instrument's.
          if (isoDay(date) === isoDay(this.now)) [number, name].forEach((part) => part.classList.add("is-today"));
          return { domNodes: [name, number] };
        },
        events: this.events(), eventContent: (info) => this.content(info),
        selectable: Boolean(this.form) && !this.startStays, selectMinDistance: 4, longPressDelay: 350, unselectAuto: false,
        selectConstraint: allowed, dragConstraint: allowed, resizeConstraint: allowed,
        select: (info) => { this.calendar.unselect(); this.choose(info.start, info.end); },
        dateClick: (info) => this.clicked(info.date),
        eventDrop: (info) => this.moved(info), eventResize: (info) => this.choose(info.event.start, info.event.end),
        eventStartEditable: true, eventDurationEditable: true, eventResizableFromStart: !this.startStays,
      });
      room.addEventListener("pointerdown", (event) => this.through(event), true);
      if (picture) picture.remove();
      if (this.follows) this.steps();
    }

    /* What is dragged from a taken time is a span like any other, of which the form says what stands against it: the calendar,
       which lets nobody drag on what cannot be moved, is told of the day behind. */
    through(event) {
      if (!this.form || this.startStays || !event.target.closest(".ec-event.is-fixed")) return;
      const behind = document.elementsFromPoint(event.clientX, event.clientY);
      const day = behind.find((each) => each.matches(".ec-day"));
      if (!day) return;
      event.stopPropagation();
      day.dispatchEvent(new PointerEvent(event.type, event));
    }

    steps() {
      this.entitle();
      this.place.parentElement.querySelectorAll("[data-week-step]").forEach((button) => {
        button.addEventListener("click", () => this.show(isoDay(daysAfter(this.days[0], Number(button.dataset.weekStep)))));
      });
    }

    /* A click without a drag chooses an hour, or what is free of it. */
    clicked(start) {
      const grid = Number(this.place.dataset.grid);
      let minutes = Math.max(60, grid);
      while (minutes >= grid && !this.isFree(start, new Date(+start + minutes * 60000))) minutes -= grid;
      if (this.form && !this.startStays && minutes >= grid) this.choose(start, new Date(+start + minutes * 60000));
    }

    refresh() {
      const chosen = this.form && this.form.chosen;
      if (this.follows && chosen && !this.days.includes(isoDay(chosen.start))) this.show(isoDay(chosen.start));
      else if (this.calendar) this.calendar.setOption("events", this.events());
    }
  }

  document.querySelectorAll("[data-week]").forEach((place) => {
    if (!place.dataset.week || typeof EventCalendar === "undefined") return;
    const week = new Week(place);
    place.week = week;
    const start = async () => {
      if (!wide.matches || week.started) return;
      week.started = true;
      try {
        await week.load();
        week.draw();
        if (week.form) week.form.form.addEventListener("change", () => week.refresh());
        place.dataset.live = "";
      } catch (error) {
        place.dataset.failed = "";
        console.info(`The picture of the week stays as it was: ${error.message}`);
      }
    };
    wide.addEventListener("change", start);
    start();
  });
})();
