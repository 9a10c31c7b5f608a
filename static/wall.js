/* Days and times on a wall in words, and what instants they are in a zone; other scripts take what they need from `Wall`. */
const Wall = (() => {
  const language = document.documentElement.lang === "zh-Hans" ? "zh-CN" : "en-GB";
  const chinese = language === "zh-CN";

  const twoDigits = (number) => String(number).padStart(2, "0");
  const isoDay = (date) => `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
  const clock = (date) => `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
  const DAY = 86400000;

  /* Instants become wall-clock times at the instrument; from there on every Date holds local parts of that wall. */
  function wallClock(zone) {
    const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
    return (instant) => new Date(parts.format(new Date(instant)).replace(" ", "T"));
  }

  /* How far a wall is ahead of UTC at an instant. */
  function offsetOf(zone) {
    const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
    return (instant) => Date.parse(`${parts.format(instant).replace(" ", "T")}Z`) - instant;
  }

  /* The other way round: the instants at which a wall shows a day and a time, two where the clocks go back, none where they skip it. */
  function instantsOf([day, time], zone) {
    const wall = Date.parse(`${day}T${time}Z`), offset = offsetOf(zone);
    // While a year is typed, it is first one of antiquity, of which no offset is known.
    const offsets = new Set([offset(wall - DAY), offset(wall + DAY)].filter(Number.isFinite));
    return [...offsets].map((each) => wall - each).filter((instant) => instant + offset(instant) === wall).sort((a, b) => a - b);
  }

  const wallOf = (date) => [isoDay(date), clock(date)];

  function offsetInWords(instant, zone) {
    const minutes = offsetOf(zone)(instant) / 60000, whole = Math.floor(Math.abs(minutes) / 60), rest = Math.abs(minutes) % 60;
    return minutes ? `UTC${minutes < 0 ? "−" : "+"}${whole}${rest ? `:${twoDigits(rest)}` : ""}` : "UTC";
  }

  /* A time as it is typed; where the wall shows it twice, also which of the two is meant: the first. */
  function timeInWords(wall, zone) {
    const instants = instantsOf(wall, zone);
    return instants.length > 1 ? `${wall[1]} (${offsetInWords(instants[0], zone)})` : wall[1];
  }

  function daysAfter(day, count) {
    const date = new Date(`${day}T00:00`);
    date.setDate(date.getDate() + count);
    return date;
  }

  function mondayOf(day) {
    return isoDay(daysAfter(day, -((new Date(`${day}T00:00`).getDay() + 6) % 7)));
  }

  /* A day in words, as the pages write it: with the year where that is not the present one; not while it is being typed. */
  function dayInWords(date) {
    const year = date.getFullYear(), other = year > 999 && year !== new Date().getFullYear();
    const weekday = new Intl.DateTimeFormat(language, { weekday: "short" }).format(date);
    const month = new Intl.DateTimeFormat("en", { month: "short" }).format(date);
    if (chinese) return `${other ? `${year}年` : ""}${date.getMonth() + 1}月${date.getDate()}日 ${weekday}`;
    return `${weekday} ${date.getDate()} ${month}${other ? ` ${year}` : ""}`;
  }

  /* The time that really passes between two times on a wall; nothing where one of them is skipped there. */
  function lengthInWords(walls, zone) {
    const [start, end] = walls.map((wall) => instantsOf(wall, zone)[0]);
    return start < end ? minutesInWords(Math.round((end - start) / 60000)) : "";
  }

  function minutesInWords(minutes) {
    const hours = Math.floor(minutes / 60), rest = minutes % 60;
    if (chinese) return [hours && `${hours} 小时`, rest && (hours ? `${rest} 分` : `${rest} 分钟`)].filter(Boolean).join(" ");
    return [hours && `${hours} h`, rest && `${rest} min`].filter(Boolean).join(" ");
  }

  /* The day on which a span ends, where it is another than that of its start; midnight belongs to the day before. */
  function lastDayOf(start, end) {
    const last = isoDay(new Date(end - 1));
    return last === isoDay(start) ? "" : isoDay(end);
  }

  return {
    language, chinese, isoDay, clock, wallClock, wallOf, instantsOf, offsetInWords, timeInWords, daysAfter, mondayOf, dayInWords,
    lengthInWords, lastDayOf,
  };
})();
