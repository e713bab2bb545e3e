import type { Alarm, Deed, Precedence } from './view.ts';
import { ms } from './time.ts';

const RANK: Record<Precedence, number> = { FLASH: 0, IMMEDIATE: 1, PRIORITY: 2, ROUTINE: 3 };
/** Beyond so many open FLASH, further ones join one silent card. */
export const FLASH_APART = 3;

/** The order of the list: FLASH first, then by the smaller time left; ties by age, the older first. */
export function before(a: Alarm, b: Alarm): number {
  const flash = Number(b.precedence === 'FLASH') - Number(a.precedence === 'FLASH');
  if (flash) return flash;
  const loud = Number(isLoud(b)) - Number(isLoud(a));
  if (loud) return loud;
  const ends = (x: Alarm) => (x.clock ? ms(x.clock.until) : Number.POSITIVE_INFINITY);
  const byTime = ends(a) - ends(b);
  if (byTime) return Number.isNaN(byTime) ? RANK[a.precedence] - RANK[b.precedence] : byTime;
  return ms(a.since) - ms(b.since) || (a.id < b.id ? -1 : 1);
}

/** FLASH and IMMEDIATE are cards and sound; the rest are rows without sound. */
export function isLoud(alarm: Alarm): boolean {
  return alarm.precedence === 'FLASH' || alarm.precedence === 'IMMEDIATE';
}

const neverGrouped = (a: Alarm) => a.never_grouped === true || a.code === 'P6' || a.code === 'W9';

export interface Inbox {
  /** Cards, the first is the next deed. */
  cards: Alarm[];
  /** FLASH beyond the third, in one silent card. */
  grouped: Alarm[];
  /** Without sound. */
  rows: Alarm[];
  /** Somebody else's deed. */
  waiting: Alarm[];
  closed: Alarm[];
}

/** Sorts what the desk holds into what is shown where. P6 and W9 are never grouped. */
export function inbox(alarms: readonly Alarm[]): Inbox {
  const open = alarms.filter((a) => !a.closed_at).sort(before);
  const mine = open.filter((a) => a.mine);
  const loud = mine.filter(isLoud);
  const cards: Alarm[] = [];
  const grouped: Alarm[] = [];
  let flash = 0;
  for (const alarm of loud) {
    if (alarm.precedence === 'FLASH' && !neverGrouped(alarm) && ++flash > FLASH_APART) grouped.push(alarm);
    else cards.push(alarm);
  }
  const closed = alarms
    .filter((a) => a.closed_at)
    .sort((a, b) => ms(b.closed_at ?? '') - ms(a.closed_at ?? ''));
  return {
    cards,
    grouped,
    rows: mine.filter((a) => !isLoud(a)),
    waiting: open.filter((a) => !a.mine),
    closed,
  };
}

/**
 * The order that is on screen, while a pointer or the focus is on the list: it does not reorder then, and what is new
 * goes to the end of its own kind.
 */
export function held(shown: readonly string[], sorted: readonly Alarm[]): Alarm[] {
  const place = new Map(shown.map((id, i) => [id, i]));
  const old = sorted.filter((a) => place.has(a.id)).sort((a, b) => place.get(a.id)! - place.get(b.id)!);
  return [...old, ...sorted.filter((a) => !place.has(a.id))];
}

/** The deed that the filled button does; the desk lists it first. */
export function nextDeed(alarm: Alarm): Deed | null {
  return alarm.deeds[0] ?? null;
}

export function counts(list: readonly Alarm[]): { flash: number; immediate: number } {
  return {
    flash: list.filter((a) => a.precedence === 'FLASH').length,
    immediate: list.filter((a) => a.precedence === 'IMMEDIATE').length,
  };
}
