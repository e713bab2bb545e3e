import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, mkdirSync, copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** The program whose desk serves the page. */
export const PROGRAM = resolve(process.env['DECONFLICT_BIN'] ?? '../target/debug/deconflict');
export const PASSPHRASE = 'correct horse';
const SPACE = 'north.example/straits';
const PARTIES = { north: 'Northern Command', south: 'Southern Command' };
type Party = keyof typeof PARTIES;
type Json = Record<string, unknown>;

/** Whether that program is there: without it nothing can be tried on a real desk. */
export const isThere = existsSync(PROGRAM);

/** A line of a process's output that this finds something in. */
function told(child: ChildProcess, find: RegExp): Promise<string> {
  return new Promise((done, fail) => {
    const slow = setTimeout(() => fail(new Error(`nothing told like ${find}`)), 20_000);
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const found = find.exec(line)?.[1];
      if (!found) return;
      clearTimeout(slow);
      done(found);
    });
  });
}

/** A host and the desks of two parties on this machine, set up as their people would, by the commands. */
export class RealSpace {
  folder = mkdtempSync(join(tmpdir(), 'deconflict-page-'));
  #children: ChildProcess[] = [];

  /** What a command prints, run in a party's folder. */
  run(party: Party, args: string[], status = 0): string {
    try {
      return execFileSync(PROGRAM, args, {
        cwd: join(this.folder, party),
        env: { ...process.env, DECONFLICT_PASSPHRASE_FILE: join(this.folder, 'pass') },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    } catch (fault) {
      const left = fault as { status?: number; stdout: string; stderr: string };
      if (status && left.status === status) return left.stdout;
      throw new Error(`${args.join(' ')}: ${left.stderr}`, { cause: fault });
    }
  }

  json(party: Party, args: string[], status = 0): Json {
    return JSON.parse(this.run(party, [...args, '--output', 'json'], status)) as Json;
  }

  #start(party: Party, args: string[]): ChildProcess {
    const child = spawn(PROGRAM, args, {
      cwd: join(this.folder, party),
      env: { ...process.env, DECONFLICT_PASSPHRASE_FILE: join(this.folder, 'pass') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#children.push(child);
    return child;
  }

  async up(): Promise<void> {
    writeFileSync(join(this.folder, 'pass'), `${PASSPHRASE}\n`, { mode: 0o600 });
    const all = Object.keys(PARTIES) as Party[];
    for (const party of all) {
      mkdirSync(join(this.folder, party));
      const name = ['--name', `en=${PARTIES[party]}`, '--contact', '+1 555 0100'];
      this.run(party, ['party', 'new', 'keys', '--id', party, ...name]);
    }
    this.run('north', ['key', 'new', 'log.key', '--name', SPACE]);
    const key = String(this.json('north', ['key', 'show', 'log.key', '--name', SPACE])['vkey']);
    const copy = (from: string, to: string) => copyFileSync(join(this.folder, from), join(this.folder, to));
    for (const party of all) copy(`${party}/keys/member.json`, `north/${party}.json`);
    const draft = ['space', 'draft', '--name', SPACE, '--title', 'en=The straits', '--host-party', 'north'];
    this.run('north', [...draft, '--host-key', key, 'north.json', 'south.json']);
    const sign = ['--key', 'keys/root.key'];
    this.run('north', ['space', 'sign', 'charter.json', ...sign, '--key', 'log.key', '--yes']);
    copy('north/founding.json', 'south/founding.json');
    this.run('south', ['space', 'sign', 'founding.json', ...sign, '--yes']);
    copy('south/founding.json', 'north/founding.json');
    const founded = this.run('north', [
      'host',
      'init',
      'host',
      '--founding',
      'founding.json',
      '--log-key',
      'log.key',
    ]);
    const founding = /founding ([0-9a-f]{64})/.exec(founded)?.[1] ?? '';
    const host = this.#start('north', ['host', 'run', 'host', '--listen', '127.0.0.1:0']);
    const url = await told(host, /(http:\/\/127\.0\.0\.1:\d+)/);
    for (const party of all) {
      const desk = ['desk', 'init', 'desk', '--party', party, '--url', url, '--log', key];
      this.run(party, [...desk, '--founding', founding, '--key', 'keys/duty.key']);
      this.run(party, ['party', 'enrol', 'keys/duty.key', '--root', 'keys/root.key', '--yes']);
    }
  }

  /** A party's desk runs with its page; the link that lets one in. */
  page(party: Party): Promise<string> {
    return told(this.#start(party, ['desk', 'run', '--page']), /^page: (http:\S+)$/);
  }

  /** North declares a zone and asks South to leave it; the message's name. */
  asked(): string {
    const zone = {
      type: 'Feature',
      properties: {
        name: [{ text: 'Zone <b>A</b>', lang: 'en' }],
        radius_m: 30_000,
        lower: 'SFC',
        upper: 'UNL',
        from: '2026-01-01T00:00:00Z',
      },
      geometry: { type: 'Point', coordinates: [38.6, 33.5] },
    };
    writeFileSync(join(this.folder, 'north/zone.geojson'), JSON.stringify(zone));
    const declare = ['declare', 'zone', 'zone.geojson', '--restriction', 'prohibited', '--concerns', 'south'];
    this.json('north', [...declare, '--text', 'en=Keep out.', '--share', 'south', '--yes']);
    const said = ['say', 'W4', '--to', 'south', 'zone=Zone <b>A</b>', 'by=2040-06-06T12:00:00Z'];
    return String(
      this.json('north', [...said, 'exit_sector=west', 'authority=commander', '--yes'])['statement'],
    );
  }

  async down(): Promise<void> {
    for (const child of this.#children.reverse()) {
      const gone = new Promise((done) => child.once('exit', done));
      if (child.exitCode === null && child.kill('SIGTERM')) await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
