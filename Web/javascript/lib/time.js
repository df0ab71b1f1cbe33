/** Times in the words and the zone of the person who reads. Formatters are dear to make and kept. */
const formatters = new Map();

function format(date, locale, options) {
  const key = JSON.stringify([locale, options]);
  if (!formatters.has(key)) formatters.set(key, new Intl.DateTimeFormat(locale, options));
  return formatters.get(key).format(date);
}

export function clock(date, locale, timeZone) {
  return format(date, locale, { hour: "2-digit", minute: "2-digit", timeZone });
}

export function exact(date, locale, timeZone) {
  return format(date, locale, { dateStyle: "full", timeStyle: "medium", timeZone });
}

export function dayKey(date, timeZone) {
  return format(date, "en-CA", { timeZone });
}

export function dayTitle(date, now, locale, timeZone) {
  const days = Math.round((Date.parse(dayKey(now, timeZone)) - Date.parse(dayKey(date, timeZone))) / 86_400_000);
  if (days === 0 || days === 1) {
    const word = new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-days, "day");
    return word.charAt(0).toLocaleUpperCase(locale) + word.slice(1);
  }
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return format(date, locale, { weekday: "long", day: "numeric", month: "long", year, timeZone });
}

export function dateTitle(date, now, locale) {
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return format(date, locale, { day: "numeric", month: "short", year, hour: "2-digit", minute: "2-digit" });
}

const STEPS = [["day", 86_400], ["hour", 3600], ["minute", 60]];

export function relative(date, now, locale) {
  const seconds = (now - date) / 1000;
  if (seconds > 30 * 86_400) return dateTitle(date, now, locale);
  const [unit, size] = STEPS.find(([, size]) => seconds >= size) ?? ["minute", 60];
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" }).format(-Math.floor(seconds / size), unit);
}
