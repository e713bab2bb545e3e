import { deeds } from './deeds.ts';
import { typing } from './keys.ts';
import { inbox } from './order.ts';
import { page, type Screen } from './page.svelte.ts';
import { speaker } from './sound.ts';
import { store } from './store.svelte.ts';
import type { Alarm, Deed } from './view.ts';

const TABS: readonly Screen[] = ['now', 'map', 'compose', 'declare', 'record'];

const focus = (id: string) => requestAnimationFrame(() => document.getElementById(id)?.focus());

function step(by: number): void {
  const { cards, rows } = inbox(store.view?.alarms ?? []);
  const list = [...cards, ...rows];
  const at = list.findIndex((a) => a.id === page.card);
  const next = list[Math.max(0, Math.min(list.length - 1, at < 0 ? 0 : at + by))];
  if (!next) return;
  page.choose(next);
  focus(`card-${next.id}`);
}

function act(deed: Deed): void {
  const view = store.view;
  if (!view || view.me.locked) return;
  const { cards, rows } = inbox(view.alarms);
  const list = [...cards, ...rows];
  const current = deeds.current(list);
  const alarm: Alarm | undefined = current?.deeds.includes(deed)
    ? current
    : list.find((a) => a.deeds.includes(deed));
  if (alarm) deeds.do(deed, alarm);
}

function open(): void {
  const alarm = store.view?.alarms.find((a) => a.id === page.card);
  if (alarm?.dialogue) page.go('dialogue', alarm.dialogue);
}

/** Esc goes back and never discards. */
function back(): void {
  if (page.help) page.help = false;
  else if (page.voice !== null) page.voice = null;
  else if (page.hidden) page.hidden = false;
  else if (page.drawer) page.drawer = false;
  else if (page.screen !== 'now') page.go('now');
}

function shelve(): void {
  const alarm = store.view?.alarms.find((a) => a.id === page.card);
  if (alarm) deeds.shelve(alarm);
}

const KEYS: Record<string, () => void> = {
  j: () => step(1),
  k: () => step(-1),
  r: () => act('read_back'),
  a: () => act('answer'),
  o: () => act('take_on'),
  c: () => page.go('compose'),
  P: () => page.go('compose', 'P6'),
  d: () => page.go('declare'),
  i: () => ((page.drawer = !page.drawer), focus('selected-title')),
  m: () => focus('map-title'),
  t: () => focus('time-title'),
  h: () => focus('height-title'),
  f: () => page.go('record'),
  '/': () => (page.go('compose'), focus('find')),
  s: () => speaker.silence(),
  S: shelve,
  L: () => (page.hidden = !page.hidden),
  b: () => page.nextBrightness(),
  '?': () => ((page.help = !page.help), focus('help-title')),
  '.': () => (page.shift = 0),
  '[': () => (page.shift -= 1),
  ']': () => (page.shift += 1),
  '{': () => (page.shift -= 15),
  '}': () => (page.shift += 15),
};

/** What a key does. None when somebody types, none with Ctrl, Alt or the system's key. */
export function key(event: KeyboardEvent): void {
  void speaker.open();
  if (event.key === 'Escape') {
    back();
    return;
  }
  if (!page.keys || event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
  if (event.key === 'Enter') {
    if (event.target instanceof HTMLElement && event.target.closest('button, a, summary')) return;
    open();
    return;
  }
  const tab = TABS[Number(event.key) - 1];
  const does = tab ? () => page.go(tab) : KEYS[event.shiftKey ? event.key : event.key.toLowerCase()];
  if (!does) return;
  event.preventDefault();
  does();
}
