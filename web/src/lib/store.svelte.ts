import { api, Refused } from './api.ts';
import { apply } from './changes.ts';
import { clock } from './clock.svelte.ts';
import type { Change, View } from './view.ts';

/** How long the page waits before it tries the desk again, milliseconds; doubled each time up to the last. */
const RETRY = [500, 1000, 2000, 5000];
/** Without a beat for so long the line to the desk is taken as cut, seconds. The desk beats every 5. */
const QUIET = 15;

export type Link = 'starting' | 'live' | 'lost' | 'login';

/** The picture of the desk, kept by one stream of changes. */
class Store {
  view = $state<View | null>(null);
  link = $state<Link>('starting');
  /** When the page lost its desk, desk's time. */
  lostAt = $state<string | null>(null);
  /** The desk has another page than this one: it is taken at the next watch, never by itself. */
  newVersion = $state(false);
  #source: EventSource | null = null;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;

  async start(): Promise<void> {
    this.stop();
    this.#watch = setInterval(() => {
      if (this.link === 'live' && clock.silence > QUIET) this.#lose();
    }, 1000);
    await this.#snapshot();
  }

  stop(): void {
    this.#source?.close();
    this.#source = null;
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
  }

  /** Reads the whole anew: at the start, in another language, and when the changes do not fit. */
  async #snapshot(): Promise<void> {
    try {
      const view = await api.view();
      clock.hear(view.now);
      this.view = view;
      this.#live();
      this.#listen();
    } catch (fault) {
      if (fault instanceof Refused && (fault.status === 401 || fault.status === 403)) {
        this.stop();
        this.view = null;
        this.link = 'login';
      } else this.#lose();
    }
  }

  #live(): void {
    this.#tries = 0;
    this.link = 'live';
    this.lostAt = null;
  }

  #listen(): void {
    this.#source?.close();
    const source = api.changes(this.view?.seq ?? 0);
    this.#source = source;
    source.onmessage = (event: MessageEvent<string>) => this.#take(event.data);
    source.addEventListener('beat', (event) => this.#beat((event as MessageEvent<string>).data));
    source.addEventListener('gap', () => void this.#snapshot());
    source.addEventListener('version', () => (this.newVersion = true));
    source.onopen = () => this.#live();
    source.onerror = () => this.#lose();
  }

  #take(data: string): void {
    const view = this.view;
    if (!view) return;
    const change = parsed(data);
    if (!change || !apply(view, change)) {
      void this.#snapshot();
      return;
    }
    clock.hear(change.now);
  }

  #beat(data: string): void {
    const beat = parsed(data);
    if (beat) clock.hear(beat.now);
  }

  #lose(): void {
    this.#source?.close();
    this.#source = null;
    if (this.link !== 'lost') this.lostAt = this.view?.now ?? null;
    this.link = 'lost';
    clearTimeout(this.#timer);
    const wait = RETRY[Math.min(this.#tries++, RETRY.length - 1)]!;
    // Without a picture a snapshot is read; with one, what came since.
    this.#timer = setTimeout(() => void this.#again(), wait);
  }

  async #again(): Promise<void> {
    if (this.view) this.#listen();
    else await this.#snapshot();
  }
}

function parsed(data: string): Change | null {
  try {
    return JSON.parse(data) as Change;
  } catch {
    return null;
  }
}

export const store = new Store();
