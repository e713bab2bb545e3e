"""Polygons whose declared edges are not great circles: straight in longitude and latitude, or
geodesics. The oracle densifies them itself, ten times finer than the product, and lets S2 judge."""

import numpy as np
import spherely

from oracle import earth, judge_polygons
from oracle.judging import APART, OVERLAP, POSSIBLE, TOUCH, Finding, common_failures

# What the product's densified edges may be off, and what the oracle's own are.
BOUND_M, FINE_M = 0.25, 0.01


def pair(rng):
    """A polygon with declared edges against a small polygon that nearly touches one of them."""
    rule = str(rng.choice(["lon-lat", "geodesic"]))
    while True:
        half = 10 ** rng.uniform(-3, 1.1)
        lat = float(rng.uniform(-70, 70))
        lon = float(rng.choice([rng.uniform(-180, 180), 180 - half / 3]))
        n = int(rng.integers(3, 8))
        bearings = (np.arange(n) + rng.uniform(-0.2, 0.2, n)) * 2 * np.pi / n
        ring = [[lon + half * np.cos(b), lat + 0.7 * half * np.sin(b)] for b in bearings]
        if max(abs(p[1]) for p in ring) < 80:
            break
    ring = [[_wrapped(x), float(y)] for x, y in ring]
    k = int(rng.integers(n))
    edge = densified(ring[k], ring[(k + 1) % n], rule)
    at = edge[int(rng.integers(len(edge)))]
    gap_m = float(rng.choice([0.02, 0.1, 0.3, 1, 10, 100]) * rng.choice([-1, 1]))
    # The declared boundary runs near the tip of a triangle that stands off by the gap.
    outward = np.degrees(bearings[k] + bearings[(k + 1) % n] + (2 * np.pi if k == n - 1 else 0)) / 2
    azimuth = 90 - float(outward)
    tip = earth.travel(at, azimuth, gap_m)
    reach = 10 ** rng.uniform(1, 5)
    small = [tip, earth.travel(tip, azimuth + 20, reach), earth.travel(tip, azimuth - 20, reach)]
    return {
        "family": rule,
        "a": {"polygons": [[ring]], "rule": rule},
        "b": {"polygons": [[[list(p) for p in small]]]},
        "dense": [q for i in range(n) for q in densified(ring[i], ring[(i + 1) % n], rule)],
    }


def densified(start, end, rule):
    """Points of a declared edge, the start included, arcs between them within `FINE_M` of it."""
    metres = float(earth.geodesic_m([start], [end])[0])
    if rule == "geodesic":
        # The arc lies within 6.6e-11 L^2 of the geodesic.
        pieces = int(np.ceil(metres / np.sqrt(FINE_M / 6.6e-11))) + 1
        return [list(start)] + [list(p) for p in earth.geodesic_points(start, end, pieces - 1)]
    across = _wrapped(end[0] - start[0])
    # A parallel of length L bulges L^2 tan(lat) / (8 R) from the arc; at most tan(80) = 5.7 here.
    pieces = int(np.ceil(metres / np.sqrt(FINE_M * 8 * earth.RADIUS_M / 6.0))) + 1
    return [[_wrapped(start[0] + across * t), start[1] + (end[1] - start[1]) * t] for t in np.arange(pieces) / pieces]


def judge(pairs, answers):
    """The findings of a batch."""
    for pair_, answer in zip(pairs, answers):
        yield from common_failures(pair_, answer)
        if "error" in answer:
            continue
        a, b = spherely.create_polygon(pair_["dense"]), judge_polygons.geography(pair_["b"])
        meet, said = bool(spherely.intersects(a, b)), answer["relation"]
        if meet and said in (OVERLAP, POSSIBLE) or not meet and said == APART:
            off = 0.0 if said != POSSIBLE else judge_polygons.depth_m(a, b)
            if off > BOUND_M:
                yield Finding("not decided, deep inside", pair_, answer, off, True)
            continue
        off = judge_polygons.depth_m(a, b) if meet else judge_polygons.distance_m(a, b)
        # A doubt within the residual must be said: only the oracle's own error excuses a miss.
        bound = 2 * FINE_M if said in (APART, TOUCH) else BOUND_M
        yield Finding(f"declared edges say {'overlap' if meet else 'apart'}", pair_, answer, off, off > bound)


def _wrapped(lon):
    return float((lon + 180) % 360 - 180)
