/**
 * Two forms of one place, each typed by a person. They are compared, never converted into one another on screen:
 * a converted form would agree with any mistake.
 */
export interface Place {
  lat: number;
  lon: number;
}

const EARTH_M = 6_371_008.8;
/** Two forms of a place agree within so many metres. */
export const AGREE_M = 50;

const DECIMAL = /^\s*(\d{1,2}(?:\.\d+)?)\s*°?\s*([NS])[\s,]+(\d{1,3}(?:\.\d+)?)\s*°?\s*([EW])\s*$/i;
const DMS =
  /^\s*(\d{1,2})\s*[°\s]\s*(\d{1,2})\s*['′\s]\s*(\d{1,2}(?:\.\d+)?)\s*(?:"|″|'')?\s*([NS])[\s,]+(\d{1,3})\s*[°\s]\s*(\d{1,2})\s*['′\s]\s*(\d{1,2}(?:\.\d+)?)\s*(?:"|″|'')?\s*([EW])\s*$/i;

function placed(lat: number, ns: string, lon: number, ew: string): Place | null {
  if (!(lat <= 90 && lon <= 180)) return null;
  return { lat: /s/i.test(ns) ? -lat : lat, lon: /w/i.test(ew) ? -lon : lon };
}

/** `33.315000N 38.700000E`: latitude first, hemisphere letters. Null if it is not of that form. */
export function decimal(text: string): Place | null {
  const f = DECIMAL.exec(text);
  return f ? placed(Number(f[1]), f[2]!, Number(f[3]), f[4]!) : null;
}

/** `33°19′54.0″N 38°42′00.0″E`. Null if it is not of that form, or minutes or seconds reach 60. */
export function dms(text: string): Place | null {
  const f = DMS.exec(text);
  if (!f) return null;
  const n = [1, 2, 3, 5, 6, 7].map((i) => Number(f[i]));
  if (n[1]! >= 60 || n[2]! >= 60 || n[4]! >= 60 || n[5]! >= 60) return null;
  return placed(n[0]! + n[1]! / 60 + n[2]! / 3600, f[4]!, n[3]! + n[4]! / 60 + n[5]! / 3600, f[8]!);
}

/** Metres between two places on a sphere; good to 0.6 %. */
export function apart(a: Place, b: Place): number {
  const rad = Math.PI / 180;
  const h =
    Math.sin(((b.lat - a.lat) * rad) / 2) ** 2 +
    Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(((b.lon - a.lon) * rad) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

export type Pair =
  | { state: 'one' }
  | { state: 'unread'; which: 'first' | 'second' }
  | { state: 'agree' | 'differ'; apart_m: number; part: Part | null }
  | { state: 'swapped'; apart_m: number };
/** Where two forms part first. */
export type Part = {
  axis: 'latitude' | 'longitude';
  unit: 'degrees' | 'minutes' | 'seconds';
  here: number;
  there: number;
};

function split(v: number): [number, number, number] {
  const total = Math.round(Math.abs(v) * 36_000) / 10;
  return [Math.floor(total / 3600), Math.floor((total % 3600) / 60), Math.round((total % 60) * 10) / 10];
}

function parting(a: Place, b: Place): Part | null {
  for (const [axis, x, y] of [
    ['latitude', a.lat, b.lat],
    ['longitude', a.lon, b.lon],
  ] as const) {
    const p = split(x);
    const q = split(y);
    const units = ['degrees', 'minutes', 'seconds'] as const;
    for (const [i, unit] of units.entries()) {
      const far = unit === 'seconds' ? Math.abs(p[i]! - q[i]!) > 1.5 : p[i] !== q[i];
      if (far) return { axis, unit, here: p[i]!, there: q[i]! };
    }
  }
  return null;
}

/** What two typed forms say of one another. */
export function pair(first: string, second: string): Pair {
  const a = decimal(first);
  if (first.trim() && !a) return { state: 'unread', which: 'first' };
  if (!second.trim() || !a) return { state: 'one' };
  const b = dms(second);
  if (!b) return { state: 'unread', which: 'second' };
  const apart_m = apart(a, b);
  if (apart_m <= AGREE_M) return { state: 'agree', apart_m, part: null };
  if (apart({ lat: a.lon, lon: a.lat }, b) <= 5000) return { state: 'swapped', apart_m };
  return { state: 'differ', apart_m, part: parting(a, b) };
}

/** `33.7480N 37.8400E`; four decimals for a track, six for a site. */
export function placeText(lat: number, lon: number, decimals: 4 | 6): string {
  const part = (v: number, pos: string, neg: string) =>
    `${Math.abs(v).toFixed(decimals)}${v < 0 ? neg : pos}`;
  return `${part(lat, 'N', 'S')} ${part(lon, 'E', 'W')}`;
}

/** A distance, `3 m`, `1.85 km`, `52 km`, or in NM. */
export function distanceText(m: number, units: 'km' | 'nm'): string {
  if (units === 'nm' && m >= 1000) return `${(m / 1852).toFixed(m < 18_520 ? 2 : 0)} NM`;
  return m < 1000 ? `${Math.round(m)} m` : `${(m / 1000).toFixed(m < 10_000 ? 2 : 0)} km`;
}
