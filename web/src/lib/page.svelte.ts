import type { Alarm } from './view.ts';
import { isLang, words, type Lang } from './words.svelte.ts';

export type Brightness = 'dark' | 'day' | 'night';
export const BRIGHTNESS: readonly Brightness[] = ['day', 'dark', 'night'];
export type Screen = 'now' | 'map' | 'compose' | 'declare' | 'record' | 'dialogue' | 'table' | 'login';
const SCREENS: readonly Screen[] = [
  'now',
  'map',
  'compose',
  'declare',
  'record',
  'dialogue',
  'table',
  'login',
];
export type Selection = { kind: 'encounter' | 'conflict' | 'declaration' | 'dialogue'; id: string };

/** What this one page shows: screen, card, selection, brightness. Nothing of it is the desk's. */
class Page {
  screen = $state<Screen>('now');
  /** The dialogue, the code or the entry that the screen is about. */
  about = $state<string | null>(null);
  card = $state<string | null>(null);
  selection = $state<Selection | null>(null);
  brightness = $state<Brightness>('dark');
  drawer = $state(false);
  /** The alarm whose call by voice is open. */
  voice = $state<string | null>(null);
  /** After the first picture: cards that come from then on are new. */
  freshCards = $state(false);
  /** The screen's content is hidden from others' eyes; precedence and clock stay. */
  hidden = $state(false);
  help = $state(false);
  keys = $state(true);
  /** Where the time lanes stand against now, minutes. */
  shift = $state(0);
  /** The last sentence for each of the two live regions. */
  assertive = $state('');
  polite = $state('');

  read(): void {
    const root = document.documentElement;
    const mode = root.dataset['mode'];
    if (mode === 'dark' || mode === 'day' || mode === 'night') this.brightness = mode;
    this.follow();
  }

  /** Takes screen and subject from the address: `#/dialogue/d4`. */
  follow(): void {
    const [screen, about] = location.hash.replace(/^#\/?/, '').split('/');
    this.screen = SCREENS.find((s) => s === screen) ?? 'now';
    this.about = about ? decodeURIComponent(about) : null;
  }

  go(screen: Screen, about: string | null = null): void {
    location.hash = `#/${screen}${about === null ? '' : `/${encodeURIComponent(about)}`}`;
    this.follow();
  }

  /** List and map have one selection. */
  choose(alarm: Alarm): void {
    this.card = alarm.id;
    this.selection = alarm.subject ?? (alarm.dialogue ? { kind: 'dialogue', id: alarm.dialogue } : null);
  }

  /** A deed moves the focus to the next card's title. */
  focusNext(): void {
    requestAnimationFrame(() =>
      (document.querySelector<HTMLElement>('.card h3') ?? document.getElementById('needs-you'))?.focus(),
    );
  }

  bright(mode: Brightness): void {
    this.brightness = mode;
    document.documentElement.dataset['mode'] = mode;
    document.cookie = `deconflict_mode=${mode}; path=/; max-age=31536000; samesite=strict`;
  }

  nextBrightness(): void {
    this.bright(BRIGHTNESS[(BRIGHTNESS.indexOf(this.brightness) + 1) % BRIGHTNESS.length]!);
  }
}

export const page = new Page();

/** The language that the page starts in: the watch's last choice, else English until the desk says its own. */
export function firstLang(): Lang {
  const lang = document.documentElement.lang;
  return isLang(lang) ? lang : words.lang;
}
