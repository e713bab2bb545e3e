import type { Change, View } from './view.ts';

const KEYS: Record<string, string> = { queue: 'statement' };
type Row = Record<string, unknown>;

/** The id of a list's element in a path. */
export function idOf(list: string, row: Row): string {
  if (list === 'encounters') return `${String(row['track'])}:${String(row['zone'])}`;
  return String(row[KEYS[list] ?? 'id']);
}

const UNSAFE = new Set(['__proto__', 'constructor', 'prototype']);

function setIn(target: Row, parts: readonly string[], value: unknown): boolean {
  let at: Row = target;
  for (const part of parts.slice(0, -1)) {
    const next = at[part];
    if (typeof next !== 'object' || next === null || UNSAFE.has(part)) return false;
    at = next as Row;
  }
  const last = parts.at(-1);
  if (last === undefined || UNSAFE.has(last)) return false;
  at[last] = value;
  return true;
}

/**
 * Applies one change in place. False: the change names what this page does not hold, so that its picture is not the
 * desk's: a snapshot is to be read anew. A change that was applied already is passed over.
 */
export function apply(view: View, change: Change): boolean {
  if (change.seq <= view.seq) return true;
  const root = view as unknown as Row;
  let whole = true;
  for (const [path, value] of Object.entries(change.set ?? {})) whole = setPath(root, path, value) && whole;
  for (const path of change.drop ?? []) dropPath(root, path);
  view.seq = change.seq;
  view.now = change.now;
  return whole;
}

function setPath(root: Row, path: string, value: unknown): boolean {
  const [member, id, ...rest] = path.split('/');
  if (!member || UNSAFE.has(member)) return false;
  if (id === undefined) {
    root[member] = value;
    return true;
  }
  const holder = root[member];
  if (!Array.isArray(holder)) {
    return typeof holder === 'object' && holder !== null && setIn(holder as Row, [id, ...rest], value);
  }
  const list = holder as Row[];
  const at = list.findIndex((row) => idOf(member, row) === id);
  if (rest.length) return at >= 0 && setIn(list[at]!, rest, value);
  if (at >= 0) list[at] = value as Row;
  else list.push(value as Row);
  return true;
}

function dropPath(root: Row, path: string): void {
  const [member, id] = path.split('/');
  if (!member) return;
  const holder = root[member];
  if (id === undefined || !Array.isArray(holder)) return;
  const at = (holder as Row[]).findIndex((row) => idOf(member, row) === id);
  if (at >= 0) holder.splice(at, 1);
}
