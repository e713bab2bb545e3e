import { api } from './api.ts';
import { page } from './page.svelte.ts';
import { store } from './store.svelte.ts';
import type { Alarm, Deed } from './view.ts';
import { words } from './words.svelte.ts';

/** What a deed of a card opens or does. No deed here signs what binds: that is done where it is read first. */
class Deeds {
  do(deed: Deed, alarm: Alarm): void {
    page.choose(alarm);
    if ((deed === 'read_back' || deed === 'answer') && alarm.dialogue) page.go('dialogue', alarm.dialogue);
    else if (deed === 'take_on' && alarm.subject) void this.takeOn(alarm.subject.id);
    else if (deed === 'relay') page.go('compose', 'Y2');
    else if (deed === 'status') page.go('compose', 'P3');
    else if (deed === 'cancel') page.go('compose', 'D7');
    else if (deed === 'call' || deed === 'script' || deed === 'called_others') page.voice = alarm.id;
  }

  /** O codes go with the duty key that the agent holds for the shift. */
  async takeOn(conflict: string): Promise<void> {
    try {
      const done = await api.sign({ kind: 'take_on', conflict }, null, store.view?.seq ?? 0);
      page.polite = words.t(done.state === 'queued' ? 'queued-said' : 'signed-said', { what: done.text });
      page.focusNext();
    } catch (fault) {
      page.polite = fault instanceof Error ? fault.message : String(fault);
    }
  }

  /** The alarm that keys speak of: the chosen one, else the next deed. */
  current(shown: readonly Alarm[]): Alarm | undefined {
    return shown.find((a) => a.id === page.card) ?? shown[0];
  }

  shelve(alarm: Alarm): void {
    if (alarm.code === 'P6' || alarm.code === 'W9' || !store.view) return;
    void api.shelve(alarm.id).catch(() => undefined);
  }
}

export const deeds = new Deeds();
