import type { Feature, Position } from 'geojson';

import { arc, boundaryOf, circle, lines } from './boundary.ts';
import type { Declaration, View } from './view.ts';

/** What the map draws: shapes with the token of their colour, and marks (a symbol with its label). */
export type Token = '--own' | '--other' | '--site' | '--ink' | '--flash-text' | '--imm-text';
export interface Mark {
  id: string;
  at: [number, number];
  symbol: string | null;
  /** Turned by so many degrees, clockwise from north. */
  turn: number;
  token: Token;
  label:
    | { kind: 'name'; name: string }
    | { kind: 'zone'; of: Declaration }
    | { kind: 'own'; i: number }
    | { kind: 'conflict'; i: number }
    | { kind: 'report'; i: number };
  select: { kind: 'encounter' | 'conflict' | 'declaration'; id: string } | null;
}

type Draw = 'fill' | 'line' | 'thin' | 'dots' | 'wide';
const shape = (draw: Draw, token: Token, geometry: Feature['geometry'], id = ''): Feature => ({
  type: 'Feature',
  properties: { draw, token, id },
  geometry,
});
const polygon = (ring: Position[]) => ({ type: 'Polygon' as const, coordinates: [ring] });
const line = (coordinates: Position[]) => ({ type: 'LineString' as const, coordinates });
const cell = ([w, s, e, n]: [number, number, number, number]) =>
  polygon([
    [w, s],
    [e, s],
    [e, n],
    [w, n],
    [w, s],
  ]);

/** The closed ring of a declaration's area, if it has one. */
export function ringOf(d: Declaration): [number, number][] | null {
  if (d.shape.type === 'circle') return circle(d.shape.center, d.shape.radius_m);
  if (d.shape.type === 'polygon') return d.shape.ring;
  return null;
}

function middle(d: Declaration): [number, number] | null {
  const s = d.shape;
  if (s.type === 'circle') return s.center;
  if (s.type === 'point') return s.at;
  if (s.type === 'polygon') return s.ring[0] ?? null;
  if (s.type === 'corridor') return s.line[Math.floor(s.line.length / 2)] ?? null;
  return s.cells[0] ? [s.cells[0][0], s.cells[0][3]] : null;
}

function tokenOf(d: Declaration, me: string): Token {
  return d.kind === 'site' || d.kind === 'movement' ? '--site' : d.owner === me ? '--own' : '--other';
}

function declared(d: Declaration, me: string): Feature[] {
  const token = tokenOf(d, me);
  const ring = ringOf(d);
  if (d.kind === 'zone' && ring) {
    const out = [shape('fill', token, polygon(ring), d.id)];
    for (const l of lines(ring, boundaryOf(d))) out.push(shape('line', token, line(l)));
    if (d.shape.type === 'circle' && d.shape.ring_m)
      out.push(shape('dots', token, line(circle(d.shape.center, d.shape.radius_m + d.shape.ring_m))));
    return out;
  }
  if (ring) return [shape('fill', token, polygon(ring), d.id), shape('line', token, line(ring))];
  if (d.shape.type === 'corridor')
    return [shape('wide', token, line(d.shape.line), d.id), shape('thin', token, line(d.shape.line))];
  if (d.shape.type === 'cells')
    return d.shape.cells.flatMap((c) => [shape('fill', token, cell(c), d.id), shape('thin', token, cell(c))]);
  return [];
}

/** All shapes, land excepted, in the order of drawing. */
export function shapes(view: View): Feature[] {
  const out = view.declarations.flatMap((d) => declared(d, view.me.party));
  for (const c of view.conflicts)
    for (const of of c.cells)
      out.push(shape('fill', '--other', cell(of), c.id), shape('thin', '--other', cell(of)));
  for (const p of view.presence) {
    const zone = view.declarations.find((d) => d.id === p.zone)?.shape;
    if (zone?.type !== 'circle') continue;
    const wedge = [zone.center, ...arc(zone.center, zone.radius_m, ...p.sector_deg), zone.center];
    out.push(
      shape('fill', p.mine ? '--own' : '--ink', polygon(wedge)),
      shape('dots', p.mine ? '--own' : '--ink', line(wedge)),
    );
  }
  for (const e of view.encounters) {
    const zone = view.declarations.find((d) => d.id === e.zone)?.shape;
    // The part of the boundary that may be crossed: never a line without its spread.
    if (zone?.type === 'circle')
      out.push(shape('wide', '--flash-text', line(arc(zone.center, zone.radius_m, ...e.arc_deg))));
    if (!e.own) continue;
    out.push(shape('dots', '--own', line(e.own.trail)), shape('line', '--flash-text', line(e.own.path)));
  }
  return out;
}

/** Symbols with their labels: alarmed last, so that they are drawn over the rest. */
export function marks(view: View): Mark[] {
  const out: Mark[] = [];
  for (const d of view.declarations) {
    const at = middle(d);
    if (!at) continue;
    const symbol = d.sort ?? d.kind;
    const select = { kind: 'declaration' as const, id: d.id };
    const label =
      d.kind === 'zone' ? { kind: 'zone' as const, of: d } : { kind: 'name' as const, name: d.name };
    out.push({ id: d.id, at, symbol, turn: 0, token: tokenOf(d, view.me.party), label, select });
  }
  view.reports.forEach((r, i) =>
    out.push({
      id: r.id,
      at: r.where,
      symbol: 'report',
      turn: 0,
      token: '--ink',
      label: { kind: 'report', i },
      select: null,
    }),
  );
  view.conflicts.forEach((c, i) => {
    const first = c.cells[0];
    if (!first) return;
    const at: [number, number] = [(first[0] + first[2]) / 2, first[3]];
    out.push({
      id: c.id,
      at,
      symbol: `conflict-${c.state}`,
      turn: 0,
      token: '--imm-text',
      label: { kind: 'conflict', i },
      select: { kind: 'conflict', id: c.id },
    });
  });
  view.encounters.forEach((e, i) => {
    if (!e.own) return;
    const select = { kind: 'encounter' as const, id: `${e.track}:${e.zone}` };
    out.push({
      id: e.track,
      at: e.own.at,
      symbol: 'own',
      turn: e.own.course_deg,
      token: '--own',
      label: { kind: 'own', i },
      select,
    });
  });
  return out;
}

/** What is to be in view at the start: west, south, east, north. */
export function extent(view: View): [number, number, number, number] {
  if (view.space.area) return view.space.area;
  const points = view.declarations.flatMap((d) => ringOf(d) ?? (middle(d) ? [middle(d)!] : []));
  if (!points.length) return [-20, -30, 60, 60];
  const lon = points.map((p) => p[0]);
  const lat = points.map((p) => p[1]);
  return [Math.min(...lon) - 0.3, Math.min(...lat) - 0.3, Math.max(...lon) + 0.3, Math.max(...lat) + 0.3];
}
