import { ms } from './time.ts';
import type { ClockKind, View } from './view.ts';

/** One row of the time picture. Instants in milliseconds since 1970. */
export interface Lane {
  id: string;
  kind: 'entry' | 'request' | 'conflict' | 'window' | 'zone';
  /** What it is called; the words are the page's, the name is somebody's. */
  name: string;
  code?: string;
  loud: 'flash' | 'imm' | null;
  /** A span; null has no end. */
  from: number;
  to: number | null;
  marks: { at: number; plus_minus_s: number; what: ClockKind | 'entry' | 'begins' }[];
}

/** All lanes, in the order of what comes next; past things are left out. */
export function lanes(view: View, now: number): Lane[] {
  const out: Lane[] = [];
  for (const e of view.encounters) {
    const at = ms(e.at);
    if (e.kind !== 'will_enter' || at < now) continue;
    const loud = at - now < 1_800_000 ? 'flash' : 'imm';
    const marks = [{ at, plus_minus_s: e.plus_minus_s, what: 'entry' as const }];
    out.push({
      id: `e:${e.track}`,
      kind: 'entry',
      name: e.own?.name ?? e.track,
      loud,
      from: now,
      to: at,
      marks,
    });
  }
  for (const d of view.dialogues) {
    const open = d.limits.filter((l) => ms(l.until) > now && (l.what === 'answer' || l.what === 'vacate'));
    if (!open.length || !d.receipts.delivered) continue;
    const marks = open.map((l) => ({ at: ms(l.until), plus_minus_s: 0, what: l.what }));
    const loud = d.precedence === 'FLASH' ? 'flash' : d.precedence === 'IMMEDIATE' ? 'imm' : null;
    const to = Math.max(...marks.map((m) => m.at));
    out.push({
      id: `d:${d.id}`,
      kind: 'request',
      name: '',
      code: d.code,
      loud,
      from: ms(d.receipts.delivered),
      to,
      marks,
    });
  }
  for (const c of view.conflicts) {
    const from = ms(c.begins);
    const to = c.ends ? ms(c.ends) : null;
    if (c.state === 'resolved' || c.state === 'expired' || (to ?? Infinity) < now) continue;
    const marks = [{ at: from, plus_minus_s: 0, what: 'begins' as const }];
    out.push({
      id: `c:${c.id}`,
      kind: 'conflict',
      name: c.id,
      loud: c.owner ? null : 'imm',
      from,
      to,
      marks,
    });
  }
  for (const d of view.declarations) {
    const from = ms(d.window.from);
    const to = d.window.to ? ms(d.window.to) : null;
    if ((to ?? Infinity) < now || d.kind === 'site') continue;
    const kind = d.kind === 'zone' ? 'zone' : 'window';
    out.push({ id: `w:${d.id}`, kind, name: d.name, loud: null, from, to, marks: [] });
  }
  const rank = { entry: 0, request: 1, conflict: 2, window: 3, zone: 4 };
  return out.sort(
    (a, b) => rank[a.kind] - rank[b.kind] || (a.marks[0]?.at ?? a.from) - (b.marks[0]?.at ?? b.from),
  );
}
