"""Outlines that cross themselves, read a second time, against circles.

What an outline may mean is told here by counting, in the gnomonic plane, how often it winds round a
point: readers fill what it winds round an odd number of times, or any number but none, or only the
way round that the whole goes. What any of them fills is the outer bound, what all fill the inner
one. Where a loop goes the other way round than the whole, or is wound round twice, and is no
rounding, the outer bound is the convex hull; where one the other way round is over 5 km wide the
outline is refused. Distances are geodesics.
"""

import math

import numpy as np

from oracle import earth
from oracle.judging import APART, OVERLAP, POSSIBLE, Finding, common_failures
from oracle.shapes import Frame, place, star

BOUND_M = 1e-2
# The product's limits for loops, and how far generated ones keep from them.
ROUNDING_WIDTH_M, ROUNDING_SHARE, CERTAIN_SHARE, REFUSED_WIDTH_M = 500, 0.02, 0.2, 5000


def pair(rng):
    """A star with one to three spikes across its edges, and a circle that comes near a bound."""
    while True:
        reach_m = 10 ** rng.uniform(4, 5.5)
        frame = Frame(rng, place(rng, reach_m / earth.RADIUS_M))
        ring = star(rng, reach_m / earth.RADIUS_M, vertices=int(rng.integers(4, 9)), spiky=False)
        wide = rng.random() < 0.3
        for edge in sorted(rng.permutation(len(ring) - 1)[: int(rng.integers(1, 4))], reverse=True):
            ring = np.insert(ring, edge + 1, spike(rng, ring[edge], ring[edge + 1], wide), axis=0)
        outline = Outline(ring, frame)
        if outline.regime is not None:
            break
    probe = probe_near(rng, outline)
    lonlat = frame.ring([probe])[0]
    to_any, to_every = outline.distances_m(probe)
    nearest = [d for d in (to_any, to_every) if 2 < d < 1e6]
    gap_m = float(rng.choice([0.02, 0.1, 1, 10])) * float(rng.choice([-1, 1]))
    radius = float(rng.choice(nearest)) + gap_m if nearest and rng.random() < 0.7 else 10 ** rng.uniform(0, 3)
    radius = max(radius, 1.0)
    shape = frame.ring(ring)
    if rng.random() < 0.5:
        shape = shape[::-1]
    turn = int(rng.integers(len(shape)))
    return {
        "family": outline.regime,
        "a": {"polygons": [[shape[turn:] + shape[:turn]]]},
        "b": {"circle": [*lonlat, radius]},
        "to_any_m": to_any - radius,
        "to_every_m": to_every - radius,
    }


def spike(rng, start, end, wide):
    """Three points between two of an edge: on along it, back on one side, on again on the other, so
    that the way crosses itself once. With `wide` kilometres off the edge, else metres."""
    along = end - start
    length = np.linalg.norm(along)
    across = np.array([-along[1], along[0]]) / length * rng.choice([-1, 1])
    off_m = 10 ** (rng.uniform(3, 4.5) if wide else rng.uniform(0, 2))
    off = off_m / earth.RADIUS_M
    tip, back, on = sorted(rng.uniform(0.2, 0.8, 3))[::-1] if wide else narrow(rng, length, off)
    return [start + along * tip, start + along * back + across * off, start + along * (back + (tip - back) * on) - across * off * rng.uniform(0.1, 1)]


def narrow(rng, length, off):
    """Where the three points of a narrow spike stand: the tip, how far it goes back, and how far
    between the two it comes on again, each as a share."""
    tip = rng.uniform(0.2, 0.8)
    back = min(off * 10 ** rng.uniform(0, 1.5) / length, 0.15)
    return tip, tip - back, rng.uniform(0.2, 0.8)


class Outline:
    """A ring of the plane that crosses itself, cut where it does."""

    def __init__(self, ring, frame):
        self.ring, self.frame = np.asarray(ring, dtype=float), frame
        self.starts, self.ends, crossings = cut(self.ring)
        self.way = math.copysign(1, area(self.ring))
        middles = (self.starts + self.ends) / 2
        along = self.ends - self.starts
        left = np.stack([-along[:, 1], along[:, 0]], axis=1) * 1e-6
        self.left = np.array([self.winding(p) for p in middles + left])
        self.right = np.array([self.winding(p) for p in middles - left])
        self.hull = None
        self.regime = self._regime(crossings)

    def winding(self, point):
        """How often the ring winds round a point, the way of the whole counting up."""
        a = self.ring - point
        b = np.roll(a, -1, axis=0)
        turn = np.arctan2(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], np.sum(a * b, axis=1))
        return int(round(np.sum(turn) / (2 * math.pi) * self.way))

    def _regime(self, crossings):
        """Which rule holds for it; None where it is too near a limit to tell, or too tangled."""
        backward, repeated = [], []
        for i, j, at in crossings:
            # A spike's loop is the triangle of its crossing and the two points between.
            if j != i + 2:
                return None
            loop = np.array([at, self.ring[i + 1], self.ring[i + 2]])
            (backward if area(loop) * self.way < 0 else repeated).append(loop)
        if not crossings:
            return None
        scale = earth.RADIUS_M**2
        size = lambda loops: sum(abs(area(loop)) for loop in loops)
        whole = (abs(area(self.ring)) + size(backward) - 2 * size(repeated)) * scale
        width = lambda loop: 4 * abs(area(loop)) / perimeter(loop) * earth.RADIUS_M
        share = lambda loop: abs(area(loop)) * scale / whole
        widths = [width(loop) for loop in backward + repeated]
        shares = [share(loop) for loop in backward + repeated]
        if all(w < 0.9 * ROUNDING_WIDTH_M for w in widths) and all(s < 0.75 * ROUNDING_SHARE for s in shares):
            return "rounding"
        if any(width(loop) > 1.2 * REFUSED_WIDTH_M for loop in backward):
            return "refused"
        doubtful = [w > 1.2 * ROUNDING_WIDTH_M or s > 1.4 * ROUNDING_SHARE for w, s in zip(widths, shares)]
        if any(doubtful) and all(width(loop) < 0.8 * REFUSED_WIDTH_M for loop in backward):
            self.hull = convex_hull(self.ring)
            if all(share(loop) < 0.75 * CERTAIN_SHARE for loop in backward):
                return "misdrawn"
        return None

    def distances_m(self, point):
        """Geodesic metres from a point to what any reading fills, and to what every reading fills."""
        winding = self.winding(point)
        if self.hull is None:
            to_any = 0.0 if winding else self._to_bound(point, lambda n: n != 0)
        else:
            ends = np.roll(self.hull, -1, axis=0)
            inside = all(area(np.array([p, q, point])) > 0 for p, q in zip(self.hull, ends))
            to_any = 0.0 if inside else self._to_arcs(point, self.hull, ends)
        every = lambda n: n > 0 and n % 2 == 1
        return to_any, 0.0 if every(winding) else self._to_bound(point, every)

    def _to_bound(self, point, inside):
        kept = [inside(a) != inside(b) for a, b in zip(self.left, self.right)]
        return self._to_arcs(point, self.starts[kept], self.ends[kept])

    def _to_arcs(self, point, starts, ends):
        points, starts, ends = (earth.vectors(self.frame.ring(p)) for p in ([point] * len(starts), starts, ends))
        return float(np.min(earth.arc_distances_m(points, starts, ends)[0]))


def cut(ring):
    """The edges of a ring cut where they cross, as starts and ends; and the crossings (i, j, point)."""
    n = len(ring)
    cuts, crossings = {i: [0.0, 1.0] for i in range(n)}, []
    for i in range(n):
        for j in range(i + 2, n):
            if (i, j) == (0, n - 1):
                continue
            p, r = ring[i], ring[(i + 1) % n] - ring[i]
            q, s = ring[j], ring[(j + 1) % n] - ring[j]
            cross = r[0] * s[1] - r[1] * s[0]
            if cross == 0:
                continue
            t = ((q - p)[0] * s[1] - (q - p)[1] * s[0]) / cross
            u = ((q - p)[0] * r[1] - (q - p)[1] * r[0]) / cross
            if 0 < t < 1 and 0 < u < 1:
                cuts[i].append(t)
                cuts[j].append(u)
                crossings.append((i, j, p + t * r))
    starts, ends = [], []
    for i in range(n):
        p, r, at = ring[i], ring[(i + 1) % n] - ring[i], sorted(cuts[i])
        starts += [p + t * r for t in at[:-1]]
        ends += [p + t * r for t in at[1:]]
    return np.array(starts), np.array(ends), crossings


def area(ring):
    """The area on the plane, positive counter-clockwise."""
    x, y = (ring - ring[0]).T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)


def perimeter(ring):
    """The length of a ring on the plane."""
    return float(np.sum(np.linalg.norm(ring - np.roll(ring, -1, axis=0), axis=1)))


def convex_hull(points):
    """The convex hull, counter-clockwise, by wrapping it up."""
    hull, at = [], int(np.argmin(points[:, 0]))
    while True:
        hull.append(points[at])
        following = (at + 1) % len(points)
        for k in range(len(points)):
            if area(np.array([points[at], points[following], points[k]])) < 0:
                following = k
        at = following
        if np.array_equal(points[at], hull[0]):
            return np.array(hull)


def probe_near(rng, outline):
    """A point of the plane near an edge of the cut ring, most often of a loop's, or anywhere about."""
    k = int(rng.integers(len(outline.starts)))
    beside_loops = np.flatnonzero((outline.left > 1) | (outline.left < 0) | (outline.right > 1) | (outline.right < 0))
    if len(beside_loops) and rng.random() < 0.6:
        k = int(rng.choice(beside_loops))
    start, along = outline.starts[k], outline.ends[k] - outline.starts[k]
    if rng.random() < 0.2:
        return outline.ring[int(rng.integers(len(outline.ring)))] * rng.uniform(0, 1.5)
    across = np.array([-along[1], along[0]])
    return start + along * rng.uniform(0, 1) + across * rng.choice([-1, 1]) * 10 ** rng.uniform(-3, 0)


def judge(pairs, answers):
    """The findings of a batch."""
    for pair_, answer in zip(pairs, answers):
        if pair_["family"] == "refused":
            if "crosses" not in answer.get("error", {}).get("what", ""):
                yield Finding("a loop that is no rounding was not refused", pair_, answer, math.inf, True)
            continue
        yield from common_failures(pair_, answer)
        if "error" in answer:
            continue
        to_any, to_every, said = pair_["to_any_m"], pair_["to_every_m"], answer["relation"]
        truth = APART if to_any > 0 else OVERLAP if to_every < 0 else POSSIBLE
        if said != truth:
            off = min(abs(to_any), abs(to_every))
            what = f"{to_any} m from the outer bound and {to_every} m from the inner one, so it is {truth}"
            yield Finding(what, pair_, answer, off, off > BOUND_M)
        elif said == POSSIBLE and answer["reasons"] != ["self_crossing"] and min(abs(to_any), abs(to_every)) > BOUND_M:
            yield Finding("possible for another reason than the crossing", pair_, answer, math.inf, True)
