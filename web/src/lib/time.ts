/**
 * How times are shown: time left is rounded down, age is rounded up, so that neither comforts.
 * Pure: the instant "now" is always handed in, and is the desk's.
 */

/** What is left until an instant, in parts to be put into words. */
export type Left =
  | { form: 'clock'; text: string; over: boolean }
  | { form: 'hours'; h: number; m: number; over: boolean }
  | { form: 'days'; d: number; over: boolean };

/** Whole seconds since 1970 of an instant; NaN if it is none. */
export function ms(moment: string): number {
  return Date.parse(moment);
}

const two = (n: number) => String(n).padStart(2, '0');

/** Time left, rounded down; past its end the time since then, rounded down too, with `over`. */
export function left(until: number, now: number): Left {
  const over = until <= now;
  const s = Math.floor(Math.abs(until - now) / 1000);
  if (s < 3600) return { form: 'clock', text: `${Math.floor(s / 60)}:${two(s % 60)}`, over };
  if (s < 48 * 3600) return { form: 'hours', h: Math.floor(s / 3600), m: Math.floor((s % 3600) / 60), over };
  return { form: 'days', d: Math.floor(s / 86400), over };
}

/** An age, rounded up to the unit that it is told in. */
export function age(since: number, now: number): { unit: 's' | 'min' | 'h' | 'd'; n: number } {
  const s = Math.max(0, Math.ceil((now - since) / 1000));
  if (s < 60) return { unit: 's', n: s };
  const min = Math.ceil(s / 60);
  if (min < 60) return { unit: 'min', n: min };
  const h = Math.ceil(min / 60);
  if (h < 48) return { unit: 'h', n: h };
  return { unit: 'd', n: Math.ceil(h / 24) };
}

/** `09:14:36` of an instant, shifted by an offset in minutes. */
export function clockText(at: number, offsetMin = 0, seconds = true): string {
  const d = new Date(at + offsetMin * 60_000);
  const hm = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
  return seconds ? `${hm}:${two(d.getUTCSeconds())}` : hm;
}

/** `10:40`, with the date before it if it is not today's (UTC). */
export function momentText(at: number, now: number, seconds = false): string {
  const day = (t: number) => new Date(t).toISOString().slice(0, 10);
  const hm = clockText(at, 0, seconds);
  return day(at) === day(now) ? hm : `${day(at)} ${hm}`;
}

/** `UTC+3`, `UTC-3:30`. */
export function offsetText(offsetMin: number): string {
  const a = Math.abs(offsetMin);
  const m = a % 60;
  return `UTC${offsetMin < 0 ? '-' : '+'}${Math.floor(a / 60)}${m ? `:${two(m)}` : ''}`;
}

/** The part of a clock that has gone, 0 to 1. */
export function gone(from: number, until: number, now: number): number {
  if (!(until > from)) return 1;
  return Math.min(1, Math.max(0, (now - from) / (until - from)));
}

/**
 * An instant typed as `HH:MM` or `HH:MM:SS` (UTC): the next such one, today or tomorrow, counted from `now` less
 * twelve hours, so that a time just past stays today's. Null if it is none.
 */
export function typedTime(text: string, now: number): number | null {
  const found = /^\s*([01]?\d|2[0-3])[:.]([0-5]\d)(?:[:.]([0-5]\d))?\s*$/.exec(text);
  if (!found) return null;
  const midnight = Math.floor(now / 86_400_000) * 86_400_000;
  const at = midnight + (Number(found[1]) * 3600 + Number(found[2]) * 60 + Number(found[3] ?? 0)) * 1000;
  return at < now - 43_200_000 ? at + 86_400_000 : at;
}
