import type { Declaration } from './view.ts';

/**
 * The boundary of a zone says who stands where: each state is a shape of its own, told without colour.
 * Lines are made in metres round the zone's middle, so that they keep their shape at every zoom.
 */
export type Kind = 'agreed' | 'partly' | 'disputed' | 'notified' | 'silent' | 'not_asked' | 'withdrew';
export interface Boundary {
  kind: Kind;
  /** How many of those whom it binds have signed, 0 to 1. */
  share: number;
  /** Teeth outwards: it is unilateral towards the reader. They combine with every kind. */
  teeth: boolean;
}
type Point = [number, number];

/** What a zone's boundary is to say, from where the parties stand. A dispute is never hidden by a consent. */
export function boundaryOf(zone: Pick<Declaration, 'standing' | 'unilateral_to_me' | 'owner'>): Boundary {
  const others = zone.standing.filter((s) => s.party !== zone.owner);
  const count = (stands: string) => others.filter((s) => s.stands === stands).length;
  const agreed = count('agreed');
  const share = others.length ? agreed / others.length : 0;
  const kind: Kind = count('disputed')
    ? 'disputed'
    : count('withdrew')
      ? 'withdrew'
      : others.length && agreed === others.length
        ? 'agreed'
        : agreed
          ? 'partly'
          : count('silent')
            ? 'silent'
            : count('notified')
              ? 'notified'
              : 'not_asked';
  return { kind, share, teeth: zone.unilateral_to_me };
}

const M_PER_DEG = 111_195;
const scaleOf = (lat: number) => Math.max(0.01, Math.cos((lat * Math.PI) / 180));

/** A circle as a closed ring, clockwise from north; degrees, longitude first; radius in metres. */
export function circle(center: Point, radius: number, steps = 180): Point[] {
  return arc(center, radius, 0, 360, steps);
}

/** An arc from one course to another, degrees clockwise from north. */
export function arc(center: Point, radius: number, from: number, to: number, steps = 48): Point[] {
  const k = scaleOf(center[1]);
  return Array.from({ length: steps + 1 }, (_, i) => {
    const a = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
    return [
      center[0] + (Math.sin(a) * radius) / (M_PER_DEG * k),
      center[1] + (Math.cos(a) * radius) / M_PER_DEG,
    ] satisfies Point;
  });
}

/** A closed ring that can be walked by the part of its length. */
class Walk {
  #points: Point[];
  #sums: number[] = [0];
  #k: number;
  readonly size: number;

  constructor(ring: readonly Point[]) {
    this.#k = scaleOf(ring[0]?.[1] ?? 0);
    this.#points = ring.map(([lon, lat]) => [lon * M_PER_DEG * this.#k, lat * M_PER_DEG]);
    for (let i = 1; i < this.#points.length; i++) {
      const [a, b] = [this.#points[i - 1]!, this.#points[i]!];
      this.#sums.push(this.#sums[i - 1]! + Math.hypot(b[0] - a[0], b[1] - a[1]));
    }
    this.size = this.#sums.at(-1)!;
  }

  /** Metres at a part of the way, and the direction there. */
  at(part: number): { p: Point; dir: Point } {
    const want = (((part % 1) + 1) % 1) * this.size;
    let i = 1;
    while (i < this.#sums.length - 1 && this.#sums[i]! < want) i++;
    const [a, b] = [this.#points[i - 1]!, this.#points[i]!];
    const length = this.#sums[i]! - this.#sums[i - 1]! || 1;
    const t = (want - this.#sums[i - 1]!) / length;
    return {
      p: [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t],
      dir: [(b[0] - a[0]) / length, (b[1] - a[1]) / length],
    };
  }

  /** Clockwise rings have their outside to the left of the way. */
  get outward(): 1 | -1 {
    let area = 0;
    for (let i = 1; i < this.#points.length; i++) {
      const [a, b] = [this.#points[i - 1]!, this.#points[i]!];
      area += a[0] * b[1] - b[0] * a[1];
    }
    return area < 0 ? 1 : -1;
  }

  /** A line from part to part of the way, `inset` metres inwards. */
  piece(from: number, to: number, inset = 0): Point[] {
    const steps = Math.max(2, Math.ceil((to - from) * 180));
    return Array.from({ length: steps + 1 }, (_, i) => this.off(from + ((to - from) * i) / steps, 0, -inset));
  }

  /** A place beside the way: `along` and `out` in metres. */
  off(part: number, along: number, out: number): Point {
    const { p, dir } = this.at(part);
    const o = this.outward * out;
    return this.#back([p[0] + dir[0] * along - dir[1] * o, p[1] + dir[1] * along + dir[0] * o]);
  }

  #back([x, y]: Point): Point {
    return [x / (M_PER_DEG * this.#k), y / M_PER_DEG];
  }
}

/** The lines of a boundary round a closed ring. */
export function lines(ring: readonly Point[], of: Boundary): Point[][] {
  const walk = new Walk(ring);
  const unit = walk.size / (2 * Math.PI) / 20;
  const out: Point[][] = [];
  const dashes = (n: number, filled: number) => {
    for (let i = 0; i < n; i++) out.push(walk.piece(i / n, (i + filled) / n));
  };
  const n = 16;
  switch (of.kind) {
    case 'agreed':
      out.push(walk.piece(0, 1), walk.piece(0, 1, unit * 0.9));
      break;
    case 'partly':
      out.push(walk.piece(0, 1), walk.piece(0, of.share, unit * 0.9));
      break;
    case 'notified':
      dashes(24, 0.7);
      break;
    case 'silent':
      dashes(90, 0.25);
      break;
    case 'not_asked':
      for (let i = 0; i < 40; i++) {
        out.push(walk.piece(i / 40, (i + 0.5) / 40));
        out.push(walk.piece((i + 0.7) / 40, (i + 0.78) / 40));
      }
      break;
    case 'disputed':
    case 'withdrew':
      for (let i = 0; i < n; i++) {
        const gap = i % 2 ? 0 : 0.2;
        const next = i % 2 ? 0.2 : 0;
        out.push(walk.piece((i + gap) / n, (i + 1 - next) / n));
        if (i % 2 === 0)
          out.push(...(of.kind === 'disputed' ? unequal(walk, i / n, unit) : cross(walk, i / n, unit)));
      }
  }
  if (of.teeth)
    for (let i = 0; i < n; i++)
      for (const t of [0.3, 0.5, 0.7]) {
        const part = (i + t) / n;
        out.push([walk.off(part, 0, 0), walk.off(part, 0, unit)]);
      }
  return out;
}

function unequal(walk: Walk, part: number, u: number): Point[][] {
  return [
    [walk.off(part, -u * 0.5, u * 0.28), walk.off(part, u * 0.5, u * 0.28)],
    [walk.off(part, -u * 0.5, -u * 0.28), walk.off(part, u * 0.5, -u * 0.28)],
    [walk.off(part, -u * 0.3, -u * 0.7), walk.off(part, u * 0.3, u * 0.7)],
  ];
}

function cross(walk: Walk, part: number, u: number): Point[][] {
  return [
    [walk.off(part, -u * 0.5, u * 0.5), walk.off(part, u * 0.5, -u * 0.5)],
    [walk.off(part, -u * 0.5, -u * 0.5), walk.off(part, u * 0.5, u * 0.5)],
  ];
}
