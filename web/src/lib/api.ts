import type { Draft, Entry, Preview, SignResult, View } from './view.ts';

/** What the desk refused, and how it says so. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(text);
  }
}

/** What a problem says in words (RFC 9457); whatever else was answered as it is. */
function detail(text: string): string {
  try {
    const told = (JSON.parse(text) as { detail?: unknown }).detail;
    return typeof told === 'string' ? told : text;
  } catch {
    return text;
  }
}

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const answer = await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...init });
  if (!answer.ok) throw new Refused(answer.status, detail(await answer.text()).slice(0, 400));
  return (await answer.json()) as T;
}

const post = <T>(path: string, body: unknown) =>
  ask<T>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const lang = () => encodeURIComponent(document.documentElement.lang);

export const api = {
  view: () => ask<View>(`/v1/view?lang=${lang()}`),
  changes: (after: number) => new EventSource(`/v1/changes?after=${after}&lang=${lang()}`),
  preview: (draft: Draft, signal?: AbortSignal) =>
    ask<Preview>(`/v1/preview?lang=${lang()}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(draft),
      ...(signal ? { signal } : {}),
    }),
  /**
   * `seq` is the picture on which it was decided: the desk signs that this was seen, and nothing later. `proof` is the
   * passphrase of one's own key, where the deed binds; it is kept nowhere.
   */
  sign: (draft: Draft, proof: string | null, seq: number) =>
    post<SignResult>(`/v1/sign?lang=${lang()}`, { draft, proof, seq }),
  entries: (before: number | null, n: number) =>
    ask<Entry[]>(`/v1/entries?n=${n}&lang=${lang()}${before === null ? '' : `&before=${before}`}`),
  /** Says that a dialogue was on a screen: the receipt DISPLAYED. */
  displayed: (dialogue: string) => post<unknown>('/v1/displayed', { dialogue }),
  shelve: (alarm: string) => post<unknown>('/v1/shelve', { alarm }),
  login: (token: string) => post<unknown>('/v1/login', { token }),
  unlock: (proof: string) => post<unknown>('/v1/unlock', { proof }),
};
