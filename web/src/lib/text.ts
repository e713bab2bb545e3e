/**
 * Texts of others. What a party wrote is hostile input: it is shown as text, never as markup, and no character of it
 * turns what stands beside it round.
 */

const LRI = '\u2066';
const RLI = '\u2067';
const FSI = '\u2068';
const PDI = '\u2069';
// Characters that turn, hide or break a line; each is shown by its number.
const TURNING =
  /[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

const visible = (c: string) => `[U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`;

/** A name or a remark of somebody: every turning character made visible, the whole isolated. */
export function named(text: string): string {
  return FSI + text.replace(TURNING, visible) + PDI;
}

/** As `named`, for where an element isolates already (`<bdi>`). */
export function plain(text: string): string {
  return text.replace(TURNING, visible);
}

/** Codes, times, coordinates, numbers with units: left to right, whatever stands round them. */
export function ltr(text: string): string {
  return LRI + text + PDI;
}

/** A whole line in a language that runs from right to left, within a picture that does not. */
export function rtl(text: string): string {
  return RLI + text + PDI;
}

/** A text that the desk rendered: its isolates stand if they are balanced, everything else that turns is shown. */
export function rendered(text: string): string {
  let open = 0;
  let out = '';
  for (const c of text) {
    if (c === '\u2066' || c === '\u2067' || c === FSI) {
      open++;
      out += c;
    } else if (c === PDI && open > 0) {
      open--;
      out += c;
    } else out += c.replace(TURNING, visible);
  }
  return out + PDI.repeat(open);
}

/** A mark for a time within a text. */
export type Mark = { mark: 'until' | 'at' | 'time' | 'ago'; moment: string };
const MARK = /\{(until|at|time|ago):(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)\}/g;

/**
 * A text in pieces: words, and marks for times that the page renders, so that none goes stale.
 * `{until:}` "in 24 min", `{at:}` "10:40 UTC (13:40 local, in 1 h 25 min)", `{time:}` "10:40", `{ago:}` "8 s ago".
 */
export function pieces(text: string): (string | Mark)[] {
  const out: (string | Mark)[] = [];
  let from = 0;
  for (const found of text.matchAll(MARK)) {
    if (found.index > from) out.push(text.slice(from, found.index));
    out.push({ mark: found[1] as Mark['mark'], moment: found[2]! });
    from = found.index + found[0].length;
  }
  if (from < text.length) out.push(text.slice(from));
  return out;
}
