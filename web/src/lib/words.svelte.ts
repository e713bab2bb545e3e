import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';

import { age, clockText, left, momentText, ms } from './time.ts';
import { ltr, named, pieces, rendered, rtl } from './text.ts';

export const LANGS = ['en', 'ru', 'ar'] as const;
export type Lang = (typeof LANGS)[number];

/** The channel's words are read in place from the vocabulary; the page's own stand beside them. */
const LOADERS: Record<Lang, () => Promise<[{ default: string }, { default: string }]>> = {
  en: () =>
    Promise.all([import('../../../crates/vocabulary/lang/en.ftl?raw'), import('../../lang/en.ftl?raw')]),
  ru: () =>
    Promise.all([import('../../../crates/vocabulary/lang/ru.ftl?raw'), import('../../lang/ru.ftl?raw')]),
  ar: () =>
    Promise.all([import('../../../crates/vocabulary/lang/ar.ftl?raw'), import('../../lang/ar.ftl?raw')]),
};

/** A bundle of the given sources. Numbers stay as they are: a height is never grouped. */
export function bundleOf(lang: string, sources: readonly string[]): FluentBundle {
  const bundle = new FluentBundle(lang, { useIsolating: true });
  for (const source of sources) bundle.addResource(new FluentResource(source));
  return bundle;
}

export function isLang(text: string | undefined): text is Lang {
  return LANGS.some((l) => l === text);
}

class Words {
  lang = $state<Lang>('en');
  #bundle = $state.raw<FluentBundle | null>(null);

  get ready(): boolean {
    return this.#bundle !== null;
  }

  /** Loads a language and turns the page to it. Map, time and height are never mirrored: their parts say so. */
  async use(lang: Lang): Promise<void> {
    const sources = await LOADERS[lang]();
    this.#bundle = bundleOf(
      lang,
      sources.map((s) => s.default),
    );
    this.lang = lang;
    document.documentElement.lang = lang;
    document.documentElement.dir = lang === 'ar' ? 'rtl' : 'ltr';
    document.cookie = `deconflict_lang=${lang}; path=/; max-age=31536000; samesite=strict`;
  }

  has(id: string): boolean {
    return this.#bundle?.hasMessage(id) ?? false;
  }

  /** A text by its id. Arguments are shown as given, isolated. A text that lacks shows its id. */
  t(id: string, args?: Record<string, FluentVariable>): string {
    const value = this.#bundle?.getMessage(id)?.value;
    if (!this.#bundle || value === undefined || value === null) return id;
    return this.#bundle.formatPattern(value, args ?? null);
  }

  /** Time left as the clocks show it: `1:26`, `1 h 25`, `3 d`; past: with the word for over. */
  left(until: number, now: number): string {
    const l = left(until, now);
    const text =
      l.form === 'clock'
        ? ltr(l.text)
        : l.form === 'hours'
          ? this.t('left-hours', { h: String(l.h), m: String(l.m).padStart(2, '0') })
          : this.t('left-days', { d: String(l.d) });
    return l.over ? this.t('over', { text }) : text;
  }

  /** Within a sentence: "in 24 min", "in 1 h 25 min", "24 min ago". */
  until(until: number, now: number): string {
    if (until <= now) return this.ago(until, now);
    const s = Math.floor((until - now) / 1000);
    if (s < 60) return this.t('in-seconds', { n: String(s) });
    if (s < 3600) return this.t('in-minutes', { n: String(Math.floor(s / 60)) });
    if (s < 48 * 3600)
      return this.t('in-hours', { h: String(Math.floor(s / 3600)), m: String(Math.floor((s % 3600) / 60)) });
    return this.t('in-days', { n: String(Math.floor(s / 86400)) });
  }

  /** A text within a picture, which is never mirrored: the text itself still runs as its language does. */
  run(text: string): string {
    return this.lang === 'ar' ? rtl(text) : text;
  }

  ago(since: number, now: number): string {
    const a = age(since, now);
    return this.t(`ago-${a.unit}`, { n: String(a.n) });
  }

  /** `10:40 UTC (13:40 local, in 1 h 25 min)`. */
  full(at: number, now: number, offsetMin: number): string {
    return this.t('time-full', {
      utc: ltr(`${momentText(at, now)} UTC`),
      local: ltr(clockText(at, offsetMin, false)),
      when: this.until(at, now),
    });
  }

  /** A text of the desk with its marks for times put in. */
  render(text: string, now: number, offsetMin: number): string {
    return pieces(rendered(text))
      .map((p) => {
        if (typeof p === 'string') return p;
        const at = ms(p.moment);
        if (p.mark === 'until') return this.until(at, now);
        if (p.mark === 'ago') return this.ago(at, now);
        return p.mark === 'at' ? this.full(at, now, offsetMin) : ltr(momentText(at, now));
      })
      .join('');
  }

  /** The name of a party that is shown; an unknown one by its id. */
  party(id: string, names: Record<string, string>): string {
    return named(names[id] ?? id);
  }
}

export const words = new Words();
