import { createReadStream, existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';

import { apply } from '../src/lib/changes.ts';
import type { Change, Draft, Preview, SignResult, View } from '../src/lib/view.ts';
import { entries, view, type Scene, type Tongue } from './space.ts';

/** A desk that is none: it serves the built page and a made-up space, and pushes what a test asks it to. */
export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
  "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};
/** What the sender signed; what is read back is held against it. */
const SIGNED: Record<string, Record<string, string>> = {
  d1: { zone: 'Z-1', from_sector: 'west', entry_time: '09:38' },
  d4: { zone: 'Z-1', exit_sector: 'west', by: '10:40' },
};

export class Desk {
  scene: Scene = 'morning';
  loggedIn = true;
  down = false;
  /** What was signed, with the proof that came with it. */
  signed: { draft: Draft; proof: string | null; seq: number }[] = [];
  #views = new Map<Tongue, View>();
  #shown = performance.now();
  #streams = new Map<ServerResponse, Tongue>();
  #log: Change[] = [];
  #server: Server;
  #beat: ReturnType<typeof setInterval>;

  constructor(readonly folder: string) {
    this.#server = createServer((q, r) => void this.#serve(q, r));
    this.#beat = setInterval(() => {
      for (const stream of this.#streams.keys())
        stream.write(`event: beat\ndata: ${JSON.stringify({ seq: 0, now: this.now() })}\n\n`);
    }, 2000);
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(port, '127.0.0.1', done));
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : port}`;
  }

  async close(): Promise<void> {
    clearInterval(this.#beat);
    this.cutStreams();
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  show(scene: Scene): void {
    this.scene = scene;
    this.loggedIn = true;
    this.down = false;
    this.signed = [];
    this.#shown = performance.now();
    this.#views.clear();
    this.#log = [];
    this.cutStreams();
  }

  at(lang: Tongue): View {
    const held = this.#views.get(lang) ?? view(this.scene, lang);
    this.#views.set(lang, held);
    return held;
  }

  /** The desk's time: the scene's, and what has gone since it was shown. */
  now(): string {
    const from = Date.parse(view(this.scene, 'en').now);
    return new Date(from + Math.floor(performance.now() - this.#shown)).toISOString();
  }

  cutStreams(): void {
    for (const stream of this.#streams.keys()) stream.destroy();
    this.#streams.clear();
  }

  /** Pushes a change to every page; the text is that of the page's language where `make` says so. */
  push(make: (lang: Tongue) => Pick<Change, 'set' | 'drop'>): void {
    const seq = (this.#log.at(-1)?.seq ?? 1) + 1;
    for (const lang of ['en', 'ru', 'ar'] as const) {
      const held = this.at(lang);
      const change: Change = { seq, now: this.now(), ...make(lang) };
      apply(held, structuredClone(change));
      if (lang === 'en') this.#log.push(change);
      for (const [stream, its] of this.#streams)
        if (its === lang) stream.write(`data: ${JSON.stringify(change)}\n\n`);
    }
  }

  async #serve(q: IncomingMessage, r: ServerResponse): Promise<void> {
    const url = new URL(q.url ?? '/', 'http://desk');
    const asked = url.searchParams.get('lang');
    const lang: Tongue = asked === 'ru' || asked === 'ar' ? asked : 'en';
    if (this.down) return void q.socket.destroy();
    if (!url.pathname.startsWith('/v1/')) return this.#file(url.pathname, r);
    if (url.pathname === '/v1/login') {
      const { token } = JSON.parse(await body(q)) as { token: string };
      this.loggedIn = token === 'once';
      return json(r, this.loggedIn ? 200 : 403, {});
    }
    if (!this.loggedIn) return json(r, 401, {});
    if (url.pathname === '/v1/view') return json(r, 200, { ...this.at(lang), now: this.now() });
    if (url.pathname === '/v1/changes') return this.#changes(Number(url.searchParams.get('after')), lang, r);
    if (url.pathname === '/v1/entries')
      return json(r, 200, url.searchParams.has('before') ? [] : entries(lang));
    if (url.pathname === '/v1/preview') return json(r, 200, preview(JSON.parse(await body(q)) as Draft));
    if (url.pathname === '/v1/sign')
      return json(r, 200, this.#sign(JSON.parse(await body(q)) as Desk['signed'][number]));
    await body(q);
    return json(r, 200, {});
  }

  #changes(after: number, lang: Tongue, r: ServerResponse): void {
    r.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    r.write(': open\n\n');
    for (const change of this.#log) if (change.seq > after) r.write(`data: ${JSON.stringify(change)}\n\n`);
    this.#streams.set(r, lang);
    r.on('close', () => this.#streams.delete(r));
  }

  #sign(asked: { draft: Draft; proof: string | null; seq: number }): SignResult {
    this.signed.push(asked);
    const { draft } = asked;
    const now = this.now();
    if (draft.kind === 'read_back') {
      const id = draft.dialogue;
      this.push((lang) => ({
        set: {
          [`dialogues/${id}/receipts/read_back`]: now,
          ...(id === 'd1'
            ? {
                'alarms/a-w1/deeds': ['answer', 'call'],
                'alarms/a-w1/clock': { what: 'answer', until: '2017-05-18T09:22:02Z', from: now },
              }
            : {}),
          [`dialogues/${id}/limits`]: this.at(lang)
            .dialogues.find((d) => d.id === id)!
            .limits.filter((l) => l.what !== 'read_back'),
        },
      }));
    }
    if (draft.kind === 'answer')
      this.push(() => ({
        set: { [`dialogues/${draft.dialogue}/receipts/answered`]: now },
        drop: [draft.dialogue === 'd1' ? 'alarms/a-w1' : 'alarms/a-w4'],
      }));
    if (draft.kind === 'take_on')
      this.push(() => ({
        set: {
          [`conflicts/${draft.conflict}/state`]: 'owned',
          [`conflicts/${draft.conflict}/owner`]: 'south',
        },
        drop: ['alarms/a-o4'],
      }));
    const cut = this.scene === 'cut';
    return { state: cut ? 'queued' : 'signed', statement: `s${this.signed.length}`, text: draft.kind };
  }

  #file(path: string, r: ServerResponse): void {
    const name = normalize(path === '/' ? '/index.html' : decodeURIComponent(path));
    const file = join(this.folder, name);
    if (name.includes('..') || !existsSync(file)) return json(r, 404, {});
    r.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
    createReadStream(file).pipe(r);
  }
}

function preview(draft: Draft): Preview {
  const none: Preview = { refused: [], renderings: [] };
  if (draft.kind === 'read_back') {
    const signed = SIGNED[draft.dialogue] ?? {};
    const fields = Object.fromEntries(
      Object.entries(signed).map(
        ([name, value]) =>
          [
            name,
            !draft.fields[name] ? 'empty' : draft.fields[name] === value ? 'agrees' : 'differs',
          ] as const,
      ),
    );
    return { ...none, fields };
  }
  const renderings = [
    {
      party: 'north',
      lang: 'en',
      text:
        draft.kind === 'answer'
          ? `South answers: ${draft.answer} ${Object.values(draft.params).join(' ')}`
          : 'South requests that Desert Column leave zone \u2066Z-1\u2069 by \u206610:40 UTC\u2069.',
    },
    {
      party: 'south',
      lang: 'ru',
      text: 'Юг просит, чтобы Пустынная колонна покинула зону \u2066Z-1\u2069 к \u206610:40 UTC\u2069.',
    },
    {
      party: 'centre',
      lang: 'ar',
      text: 'يطلب الجنوب أن يغادر رتل البادية المنطقة \u2066Z-1\u2069 قبل \u206610:40 UTC\u2069.',
    },
  ];
  if (draft.kind === 'message')
    return {
      ...none,
      renderings,
      precedence: draft.code === 'P6' ? 'FLASH' : 'IMMEDIATE',
      repeat: draft.code === 'W4' ? 2 : 1,
      ...(draft.code === 'W4'
        ? {
            time_check: {
              rows: [
                { text: 'To read back and answer, then to relay by radio', minutes: 30 },
                { text: 'Way out, 52 km by road at 50 km/h', minutes: 62 },
              ],
              given_s: 5680,
              needed_s: 5520,
              enough: true,
              limit: '2017-05-18T10:38:00Z',
            },
          }
        : {}),
      compared: [
        { ok: true, text: 'The way out crosses no site, hazard or notified movement that this desk holds.' },
        { ok: false, text: 'South disputes this version of the zone.' },
      ],
      limits: [
        { what: 'read_back', minutes: 10 },
        { what: 'answer', minutes: 30 },
      ],
      holders: [
        { party: 'north', how: 'in full', can_choose: false },
        { party: 'centre', how: 'in full', can_choose: false },
      ],
    };
  if (draft.kind === 'declaration')
    return {
      ...none,
      late: 'The start is 1 h away. It will be marked LATE. It is never refused.',
      conflicts: [
        {
          title: 'N-3, hazard area of North',
          text: '\u206610:40\u2069 to \u206611:20\u2069, between waypoints 2 and 3.',
        },
      ],
      holders: [
        { party: 'north', how: 'in full', can_choose: true },
        { party: 'centre', how: 'that a conflict exists, on the 5 km grid', can_choose: false },
      ],
    };
  return { ...none, renderings };
}

async function body(q: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of q) text += String(part);
  return text;
}

function json(r: ServerResponse, status: number, value: unknown): void {
  r.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  r.end(JSON.stringify(value));
}
