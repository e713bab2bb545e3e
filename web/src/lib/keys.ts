/** Whether somebody is typing: then no key is a command. */
export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
}

/** The commands of the keyboard; what each does is said by `key-*` in the page's texts. */
export const COMMANDS = [
  ['J K', 'next'],
  ['Enter', 'open'],
  ['R', 'read-back'],
  ['A', 'answer'],
  ['O', 'take-on'],
  ['C', 'compose'],
  ['Shift+P', 'p6'],
  ['D', 'declare'],
  ['I', 'selected'],
  ['M', 'map'],
  ['T', 'time'],
  ['H', 'height'],
  ['F', 'record'],
  ['/', 'find'],
  ['S', 'silence'],
  ['Shift+S', 'shelve'],
  ['Shift+L', 'hide'],
  ['B', 'brightness'],
  ['1-5', 'tabs'],
  ['Esc', 'back'],
  ['?', 'help'],
] as const;
