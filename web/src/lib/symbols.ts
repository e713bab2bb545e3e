/**
 * Symbols on a grid of 24, 2 units of stroke, in the colour of the text. The shape alone tells each from all others:
 * filled is own or urgent, hollow others' or public, dashed old or unsure, crossed lost. No protective emblem is drawn.
 */
export interface Stroke {
  d: string;
  /** Filled instead of stroked; `cut` is filled in the colour of what lies under it. */
  fill?: 'ink' | 'cut';
  dash?: string;
}
const s = (d: string, dash?: string): Stroke => (dash ? { d, dash } : { d });
const f = (d: string): Stroke => ({ d, fill: 'ink' });
const ring = (x: number, y: number, r: number) =>
  `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
const box = (x: number, y: number, w: number, h = w) => `M${x} ${y}h${w}v${h}h${-w}Z`;

export const symbols = {
  flash: [
    f('M12 1 23 12 12 23 1 12Z'),
    { d: 'M13.500 4.800 7.800 13h3.400l-.9 6.200 5.900-8.800h-3.500Z', fill: 'cut' },
  ],
  immediate: [f('M12 2 23 21.500H1Z'), { d: 'M11 9h2v6h-2ZM11 16.700h2v2h-2Z', fill: 'cut' }],
  priority: [s(box(3, 3, 18)), f('M3 21 21 3v18Z')],
  routine: [s(ring(12, 12, 9))],
  zone: [s(ring(12, 12, 9)), s('M7 12h10')],
  'zone-restricted': [s(ring(12, 12, 9)), s('M12 7v6M12 16.300v.2')],
  hazard: [s('M12 3 22 20H2Z'), s('M12 9.500v5M12 17v.1')],
  operation: [s('M3 15 7 5h14l-4 10Z'), s('M6 20h11')],
  movement: [s('M2 7h11v9H2ZM13 10h4l4 3.500V16h-8'), s(ring(6.5, 18, 2)), s(ring(17, 18, 2))],
  camp: [s('M12 4 2 20h20Z'), s('M12 11l-4 9M12 11l4 9')],
  medical: [s('M3 6v13M3 16h18v3M21 16v-3a3 3 0 0 0-3-3h-7v6'), s(ring(7, 12, 2))],
  school: [s('M12 6.500C9 4.500 6 4.500 3 5.500v13c3-1 6-1 9 1 3-2 6-2 9-1v-13c-3-1-6-1-9 1Zm0 0v13')],
  shelter: [s('M3 11l9-7 9 7M5 10v10h14V10M10 20v-6h4v6')],
  site: [s(box(4, 8, 7, 12)), s(box(13, 4, 7, 16))],
  own: [f('M12 2 20 21l-8-4-8 4Z')],
  track: [s('M12 3 19 20l-7-3.500L5 20Z')],
  lost: [s('M12 3 19 20l-7-3.500L5 20Z', '2.500 3'), s('M2 2 22 22')],
  presence: [s('M12 21 4 5a17 17 0 0 1 16 0Z', '3 3')],
  report: [s('M12 2 22 12 12 22 2 12Z'), f('M8 10h3v3l-2 2H8ZM13 10h3v3l-2 2h-1Z')],
  cells: [f('M3 3h8v8H3ZM13 13h8v8h-8Z'), s('M13 3h8v8h-8ZM3 13h8v8H3Z')],
  enters: [s('M21 4a11 11 0 0 0 0 16'), s('M2 12h10M9 8l4 4-4 4')],
  inside: [s(ring(12, 12, 9)), f(ring(12, 12, 3.5))],
  around: [s(ring(13, 12, 8), '3 3'), f(ring(3.5, 12, 2.5))],
  left: [s('M3 4a11 11 0 0 1 0 16'), s('M11 12h10M18 8l4 4-4 4')],
  'conflict-open': [s(`${box(3, 3, 12)}${box(9, 9, 12)}`), f(box(9, 9, 6))],
  'conflict-owned': [s(`${box(2, 2, 10)}${box(7, 7, 10)}`), f(ring(19.5, 4.5, 4))],
  'conflict-contact': [s(`${box(2, 2, 10)}${box(7, 7, 10)}`), f(ring(19.5, 4.5, 4)), f(ring(4.5, 19.5, 4))],
  'conflict-resolved': [s(`${box(2, 7, 8, 10)}${box(14, 7, 8, 10)}`)],
  'conflict-accepted': [s(`${box(2, 2, 10)}${box(7, 7, 10)}`), f('M2 20.500h20v3H2Z')],
  'conflict-expired': [s(`${box(3, 3, 12)}${box(9, 9, 12)}`, '2.500 3')],
  delivered: [s('M3 12h14M12 7l5 5-5 5M21 5v14')],
  displayed: [s(box(3, 4, 18, 12)), s('M8 20h8')],
  'read-back': [s('M4 5h16v11H10l-5 4v-4H4Z'), s('M9 10.500l2 2 4-4')],
  answered: [s('M9 5 3 11l6 6M3 11h11a7 7 0 0 1 7 7v2')],
  relayed: [f(ring(4, 12, 3.2)), f(ring(20, 12, 3.2)), s('M9 12h6')],
  missing: [
    f(ring(4, 12, 3.2)),
    s('M9.500 8.500l5 7M14.500 8.500l-5 7'),
    s(ring(20, 12, 2.8), '2.200 2.200'),
  ],
  'no-answer': [s(ring(12, 12, 9), '3 3'), s('M7.500 12h9', '3 3')],
  signed: [s('M4 20c4-1 5-2 8-6l6-9 2 2-8 8M4 20h16')],
  attested: [s(ring(12, 10, 6)), s('M8 15l-2 6 6-3 6 3-2-6')],
  entered: [s('M5 3h4l2 5-3 2a11 11 0 0 0 6 6l2-3 5 2v4C13 22 2 11 5 3Z')],
  found: [s(ring(10, 10, 6.5)), s('M15 15l6 6M7 10h6')],
  promised: [s('M6 3h9l4 4v14H6Z'), s('M9 13h6')],
  logged: [s('M6 3h9l4 4v14H6Z'), s('M9 11h6M9 15h6')],
  witnessed: [s('M2 12c5-8 15-8 20 0-5 8-15 8-20 0Z'), s(ring(12, 12, 3))],
  caught: [
    f('M8 1h8l7 7v8l-7 7H8l-7-7V8Z'),
    { d: 'M4.500 10h5L8 7h2l2.500 5h-8ZM19.500 14h-5l1.500 3h-2l-2.500-5h8Z', fill: 'cut' },
  ],
  unequal: [s('M4 9h16M4 15h16M15 4 9 20')],
  silent: [f(`${ring(5, 12, 2)}${ring(12, 12, 2)}${ring(19, 12, 2)}`)],
  unverified: [s('M12 3v3M12 18v3M3 12h3M18 12h3'), s(ring(12, 12, 6), '3 2.300')],
  lock: [s(box(4, 11, 16, 10)), s('M8 11V7a4 4 0 0 1 8 0v4')],
  'line-cut': [s('M2 12h6M16 12h6M10 8l4 8M14 8l-4 8')],
  phone: [s('M5 3h4l2 5-3 2a11 11 0 0 0 6 6l2-3 5 2v4C13 22 2 11 5 3Z')],
  go: [s('M5 12h14M13 6l6 6-6 6')],
  compose: [s('M4 20h4L20 8l-4-4L4 16ZM13 7l4 4')],
  declare: [
    s('M4 19 9 5l6 9 5-8'),
    f(`${ring(4, 19, 2)}${ring(9, 5, 2)}${ring(15, 14, 2)}${ring(20, 6, 2)}`),
  ],
  now: [s(ring(12, 12, 9)), s('M12 7v5l4 2')],
  map: [s('M3 6l6-2 6 2 6-2v14l-6 2-6-2-6 2ZM9 4v14M15 6v14')],
  people: [
    s(ring(9, 8, 3.5)),
    s('M2 20c0-4 3-6 7-6s7 2 7 6M16 5a3.500 3.500 0 0 1 0 6.500M18 14c2.500 1 4 3 4 6'),
  ],
  plus: [s('M12 4v16M4 12h16')],
  minus: [s('M4 12h16')],
  check: [s('M4 12l6 6L20 6')],
  cross: [s('M5 5l14 14M19 5 5 19')],
  layers: [s('M12 3 22 9l-10 6L2 9ZM2 14l10 6 10-6')],
  search: [s(ring(10, 10, 6)), s('M15 15l6 6')],
  mark: [s('M10 3a9 9 0 0 0 0 18M14 3a9 9 0 0 1 0 18'), s('M12 1v22', '3 2.500')],
} satisfies Record<string, Stroke[]>;

export type SymbolName = keyof typeof symbols;
export const isSymbol = (name: string): name is SymbolName => Object.hasOwn(symbols, name);
export const strokes = (name: SymbolName): readonly Stroke[] => symbols[name];
