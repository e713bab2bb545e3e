"""Pairs with a circle, a corridor or a required separation, and the true distance between their
skeletons.

A circle's skeleton is its centre, a corridor's its line, a polygon's the polygon itself. Because the
shortest geodesic between two skeletons has a point at every distance, two shapes meet exactly when
the skeletons are no farther apart than their radii together. So the skeletons are made first, their
distance is measured, and the radii are chosen to meet, miss or nearly do so. A required separation
is one more radius.
"""

import math

import numpy as np
import spherely

from oracle import earth
from oracle.shapes import Frame, near, place, polygons, size, star

# Where two shapes are made to nearly meet: metres between them, negative inside one another.
GAPS_M = [1e-7, 1e-5, 1e-4, 1e-3, 5e-3, 0.011, 0.02, 0.1, 1.0, 30.0]


def skeletons(rng):
    """Two skeletons: {"point"}, {"line"} or a footprint of polygons, at any distance up to nearly
    antipodal."""
    kinds = rng.choice(["point", "line", "polygon"], size=2, p=[0.4, 0.35, 0.25])
    reaches = [size(rng, 1, 2e6), size(rng, 1, 2e6)]
    at = place(rng, max(reaches))
    far = rng.random()
    if far < 0.6:
        apart = sum(reaches) * 10 ** rng.uniform(-1, 1)
    elif far < 0.9:
        apart = size(rng, 1, 1.9e7)
    else:
        apart = rng.uniform(0.9, 1) * math.pi
    other = near(rng, at, min(apart, math.pi * (1 - 1e-9)))
    return [_skeleton(rng, k, c, r) for k, c, r in zip(kinds, (at, other), reaches)]


def _skeleton(rng, kind, at, reach):
    frame = Frame(rng, at)
    if kind == "point":
        return {"point": frame.ring([(0, 0)])[0]}
    if kind == "polygon":
        ring = star(rng, reach)
        rings = [ring]
        if rng.random() < 0.3:
            rings.append(ring * rng.uniform(0.5, 0.9))
        return polygons([frame.ring(r) for r in rings])
    legs = int(rng.choice([1, 2, 3, 6, 15]))
    if legs == 1 and rng.random() < 0.2:
        # One leg of up to 170 degrees.
        end = near(rng, at, rng.uniform(0.5, 2.96))
        return {"line": [frame.ring([(0, 0)])[0], earth.lonlats(end)[0].tolist()]}
    if rng.random() < 0.05:
        lon = float(rng.choice([0.0, 90.0, 180.0, -180.0, 33.0]))
        across = float(rng.uniform(60, 89))
        return {"line": [[lon, across], [lon, 90.0], [lon - math.copysign(170, lon), across]]}
    heading, points, turn = rng.uniform(0, 2 * math.pi), [np.zeros(2)], rng.choice([0.2, 1.0, 3.0])
    for _ in range(legs):
        heading += rng.uniform(-turn, turn)
        step = math.tan(reach) * rng.uniform(0.05, 2) / legs
        points.append(points[-1] + step * np.array([math.cos(heading), math.sin(heading)]))
    return {"line": frame.ring(points)}


def geography(skeleton):
    """Its S2 geography."""
    if "point" in skeleton:
        return spherely.create_point(*skeleton["point"])
    if "line" in skeleton:
        return spherely.create_linestring([tuple(p) for p in skeleton["line"]])
    parts = [spherely.create_polygon(rings[0], rings[1:] or None) for rings in skeleton["polygons"]]
    return parts[0] if len(parts) == 1 else spherely.create_multipolygon(parts)


def _points_and_arcs(skeleton):
    """Its vertices and its arcs (starts, ends), n-vectors."""
    if "point" in skeleton:
        empty = np.zeros((0, 3))
        return earth.vectors([skeleton["point"]]), empty, empty
    if "line" in skeleton:
        v = earth.vectors(skeleton["line"])
        return v, v[:-1], v[1:]
    rings = [earth.vectors(r) for part in skeleton["polygons"] for r in part]
    return np.concatenate(rings), np.concatenate(rings), np.concatenate([np.roll(r, -1, axis=0) for r in rings])


def _candidates(one, other):
    """The (point, start, end) among which the nearest pair of points of two skeletons that do not
    meet must be: vertices of one against arcs of the other, without those that the proven bounds
    rule out."""
    (pa, sa, ea), (pb, sb, eb) = _points_and_arcs(one), _points_and_arcs(other)
    jobs = []
    for points, starts, ends in ((pa, sb, eb), (pb, sa, ea)):
        n, m = len(points), len(starts)
        jobs.append((np.repeat(points, m, axis=0), np.tile(starts, (n, 1)), np.tile(ends, (n, 1))))
    if len(sa) == 0 and len(sb) == 0:
        jobs = [(pa, pb, pb)]
    points, starts, ends = (np.concatenate(parts) for parts in zip(*jobs))
    t, sphere = earth.foot(points, starts, ends)
    kept = earth.LOW * sphere <= earth.HIGH * sphere.min() * (1 + 1e-9) + 1e-12
    points, starts, ends, t, sphere = points[kept], starts[kept], ends[kept], t[kept], sphere[kept]
    if len(points) > 3 and sphere.max() < 0.3:
        # The foot on the sphere is off by less than 1 % of the distance along the arc, so the
        # distance there is at most 1e-4 too long.
        at_foot = earth.geodesic_m(earth.lonlats(points), earth.lonlats(earth.on_arc(starts, ends, t)))
        kept = at_foot <= at_foot.min() * (1 + 2e-4) + 1e-6
        points, starts, ends = points[kept], starts[kept], ends[kept]
    return points, starts, ends


def distances_m(pairs):
    """The geodesic metres between the skeletons of each pair, 0 where they meet, and for each that
    is not 0 the nearest two points (lon, lat)."""
    result, ends_of = np.zeros(len(pairs)), [None] * len(pairs)
    owners, points, starts, ends = [], [], [], []
    for i, (one, other) in enumerate(pairs):
        if spherely.distance(geography(one), geography(other)) == 0:
            continue
        p, s, e = _candidates(one, other)
        owners += [i] * len(p)
        points.append(p)
        starts.append(s)
        ends.append(e)
    if not owners:
        return result, ends_of
    points, starts, ends = np.concatenate(points), np.concatenate(starts), np.concatenate(ends)
    metres, nearest = earth.arc_distances_m(points, starts, ends)
    result[list(set(owners))] = np.inf
    at = earth.lonlats(points)
    for k, i in enumerate(owners):
        if metres[k] < result[i]:
            result[i], ends_of[i] = metres[k], (at[k], nearest[k])
    return result, ends_of


def with_radii(rng, skeleton_pair, distance_m):
    """The pair of footprints, and a required separation in metres, that together are a chosen bit
    more or less than the distance of their skeletons; and that bit in metres (positive: apart)."""
    parts = [1e7 if "point" in s else 1e6 if "line" in s else 0.0 for s in skeleton_pair]
    # Two polygons have nothing but the separation.
    parts.append(1e6 if max(parts) == 0 or rng.random() < 0.2 else 0.0)
    least = [1.0 if most else 0.0 for most in parts[:2]] + [0.0]
    aim = rng.random()
    if aim < 0.65 and distance_m < sum(parts) * 0.99:
        together = distance_m - float(rng.choice(GAPS_M)) * float(rng.choice([-1, 1]))
    elif aim < 0.95:
        together = distance_m * 10 ** rng.uniform(-1, 1)
    else:
        together = 10 ** rng.uniform(0, 7)
    left = min(max(together, sum(least)), sum(parts))
    shares = [0.0, 0.0, 0.0]
    for i in rng.permutation(3):
        others = [j for j in range(3) if j != i and shares[j] == 0.0]
        low = max(least[i], left - sum(parts[j] for j in others))
        high = min(parts[i], left - sum(least[j] for j in others))
        shares[i] = float(min(max(low + (high - low) * rng.random() ** 2, least[i]), parts[i]))
        left -= shares[i]
    shapes = [_shape(s, r) for s, r in zip(skeleton_pair, shares)]
    return shapes, shares[2], distance_m - sum(shares)


def _shape(skeleton, radius):
    if "point" in skeleton:
        return {"circle": [*skeleton["point"], radius]}
    if "line" in skeleton:
        return {"corridor": skeleton["line"], "half_width_m": radius}
    return skeleton
