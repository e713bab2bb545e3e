import { api, Refused } from './api.ts';
import type { Draft, Preview } from './view.ts';
import { words } from './words.svelte.ts';

/** Asks the desk what a draft would say; nothing leaves the desk. The last draft wins. */
export class Previewer {
  result = $state.raw<Preview | null>(null);
  /** Whether the result is that of the last draft. */
  fresh = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: AbortController | null = null;
  #last = '';

  ask(draft: Draft | null): void {
    const key = draft ? JSON.stringify(draft) : '';
    if (key === this.#last) return;
    this.#last = key;
    this.#running?.abort();
    clearTimeout(this.#timer);
    if (!draft) {
      this.result = null;
      return;
    }
    this.fresh = false;
    this.#timer = setTimeout(() => void this.#send(draft), 80);
  }

  async #send(draft: Draft): Promise<void> {
    this.#running = new AbortController();
    const signal = this.#running.signal;
    try {
      this.result = await api.preview(draft, signal);
      this.fresh = true;
    } catch (fault) {
      if (signal.aborted) return;
      const text = fault instanceof Refused && fault.message ? fault.message : words.t('desk-no-answer');
      this.result = { refused: [text], renderings: [] };
      this.fresh = true;
    }
  }
}
