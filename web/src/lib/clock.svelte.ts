import { ms } from './time.ts';

/**
 * The desk's time, and the one place where it ticks. The browser's clock is never asked: the desk says what time it
 * is with every message, and between two messages the time since the last is counted by the browser's timer.
 */
class DeskClock {
  /** Milliseconds since 1970, desk's time, at the last tick. NaN until the desk has spoken. */
  now = $state(Number.NaN);
  #desk = Number.NaN;
  #heard = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The desk said what time it is. */
  hear(moment: string): void {
    const at = ms(moment);
    if (Number.isNaN(at)) return;
    this.#desk = at;
    this.#heard = performance.now();
    this.#tick();
  }

  /** Seconds since the desk last spoke. */
  get silence(): number {
    return (performance.now() - this.#heard) / 1000;
  }

  #tick = (): void => {
    clearTimeout(this.#timer);
    const exact = this.#desk + (performance.now() - this.#heard);
    this.now = Math.floor(exact / 1000) * 1000;
    this.#timer = setTimeout(this.#tick, 1000 - (exact % 1000) + 1);
  };

  stop(): void {
    clearTimeout(this.#timer);
  }
}

export const clock = new DeskClock();
