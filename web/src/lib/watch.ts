import { isLoud } from './order.ts';
import { speaker, type Sound } from './sound.ts';
import { ms } from './time.ts';
import type { Alarm, View } from './view.ts';

/** The classes of time left, minutes: an encounter sounds again only when it falls into the next. */
const CLASSES = [30, 10, 5, 2];

/** 0 far, 4 nearest. */
export function classOf(alarm: Alarm, now: number): number {
  if (!alarm.clock) return 0;
  const minutes = (ms(alarm.clock.until) - now) / 60_000;
  return CLASSES.filter((limit) => minutes < limit).length;
}

interface Known {
  nearness: number;
  half: boolean;
  last: boolean;
}

/**
 * Which sounds are due. It keeps what has sounded; silence and shelves stop the sound, never the clock.
 * A FLASH sounds on while it stands unread, an IMMEDIATE once, and a relay's again at half its time and at one minute.
 */
export class Sounds {
  #known = new Map<string, Known>();
  #caught = false;

  /** The sounds that are due at this instant, in the order of their weight. */
  due(view: View, now: number): Sound[] {
    const out = new Set<Sound>();
    if (view.host.state === 'caught' && !this.#caught) out.add('record');
    this.#caught = view.host.state === 'caught';
    const open = view.alarms.filter((a) => a.mine && !a.closed_at && isLoud(a) && !a.group);
    for (const alarm of open) {
      if (alarm.shelved_until && ms(alarm.shelved_until) > now) continue;
      if (this.#sounds(alarm, now)) out.add(alarm.precedence === 'FLASH' ? 'flash' : 'immediate');
    }
    const ids = new Set(open.map((a) => a.id));
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
    return (['flash', 'record', 'immediate'] as const).filter((s) => out.has(s));
  }

  #sounds(alarm: Alarm, now: number): boolean {
    const nearness = classOf(alarm, now);
    const known = this.#known.get(alarm.id);
    if (!known) {
      this.#known.set(alarm.id, { nearness, half: false, last: false });
      return true;
    }
    if (alarm.clock?.what === 'relay' || alarm.clock?.what === 'undertaking') {
      const remains = ms(alarm.clock.until) - now;
      const whole = ms(alarm.clock.until) - ms(alarm.clock.from);
      if (!known.last && remains <= 60_000) return (known.last = known.half = true);
      if (!known.half && remains <= whole / 2) return (known.half = true);
      return false;
    }
    if (nearness <= known.nearness) return false;
    known.nearness = nearness;
    return true;
  }
}

/** Whether a FLASH stands that nobody has read back: it sounds every four seconds. */
export function flashStands(view: View, now: number): boolean {
  return view.alarms.some(
    (a) =>
      a.mine &&
      !a.closed_at &&
      !a.group &&
      a.precedence === 'FLASH' &&
      a.deeds.includes('read_back') &&
      !(a.shelved_until && ms(a.shelved_until) > now),
  );
}

export function play(sounds: readonly Sound[]): void {
  for (const sound of sounds.slice(0, 1)) speaker.play(sound);
}
