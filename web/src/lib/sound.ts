/**
 * Three sounds in all, made by the browser, no file: FLASH two rising notes, IMMEDIATE one note, record three falling.
 */
export type Sound = 'flash' | 'immediate' | 'record';

const NOTES: Record<Sound, number[]> = { flash: [660, 990], immediate: [660], record: [660, 495, 370] };
/** FLASH sounds again so often until it is read back, milliseconds. */
export const FLASH_EVERY = 4000;
/** `S` gives so much quiet, milliseconds. */
export const SILENCE = 60_000;

class Speaker {
  #context: AudioContext | null = null;
  #quietUntil = 0;
  /** How many sounds were asked for; what a test counts. */
  played: Record<Sound, number> = { flash: 0, immediate: 0, record: 0 };

  /** A browser lets sound out only after a press or a key: it is called from there. False: the device stays mute. */
  async open(): Promise<boolean> {
    try {
      this.#context ??= new AudioContext();
      await this.#context.resume();
      return this.#context.state === 'running';
    } catch {
      return false;
    }
  }

  get muted(): boolean {
    return this.#context?.state !== 'running';
  }

  silence(): void {
    this.#quietUntil = performance.now() + SILENCE;
  }

  get quiet(): boolean {
    return performance.now() < this.#quietUntil;
  }

  play(sound: Sound): void {
    if (this.quiet) return;
    this.played[sound]++;
    const context = this.#context;
    if (!context || context.state !== 'running') return;
    NOTES[sound].forEach((hertz, i) => {
      const at = context.currentTime + i * 0.18;
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.frequency.value = hertz;
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(0.35, at + 0.015);
      gain.gain.exponentialRampToValueAtTime(0.001, at + 0.17);
      tone.connect(gain).connect(context.destination);
      tone.start(at);
      tone.stop(at + 0.18);
    });
  }
}

export const speaker = new Speaker();
