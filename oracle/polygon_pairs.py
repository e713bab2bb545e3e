"""Families of pairs of polygons whose edges are great-circle arcs.

Each family returns (a, b, known): `known` is None or the pair's signed distance in metres by
construction, negative where they overlap by that much.
"""

import math

import numpy as np

from oracle import earth
from oracle.shapes import Frame, near, place, polygons, size, star, wedge_holes


def random_stars(rng):
    """Stars of any size at a distance at which they may or may not meet."""
    ra = size(rng, 1, 3e6)
    rb = min(ra * 10 ** rng.uniform(-2, 2), 0.5) if rng.random() < 0.7 else size(rng, 1, 3e6)
    rb = max(rb, 1 / earth.RADIUS_M)
    at = place(rng, ra)
    other = near(rng, at, min(rng.uniform(0, 1.3) * (ra + rb), 3.0))
    return _star_at(rng, at, ra), _star_at(rng, other, rb), None


def near_touch(rng):
    """A true gap or overlap from 0.1 um to 5 mm, at edges from 1 m to 1000 km."""
    length = size(rng, 1, 1e6)
    gap_m = 10 ** rng.uniform(-7, -2.3) * rng.choice([-1, 1])
    gap = gap_m / earth.RADIUS_M
    left, height = length * rng.uniform(0.1, 0.9), length * rng.uniform(0.1, 1)
    right = length - left
    frame = Frame(rng, place(rng, length))
    kind = rng.choice(["vertex", "edge", "hole", "corner"])
    below = [(-length * rng.uniform(0, 1), -height), (length * rng.uniform(0.01, 1), -height * rng.uniform(0.1, 1))]
    apex = (length * rng.uniform(-1, 1), height)
    if kind == "edge":
        tip = [(-left * rng.uniform(0.1, 1.5), -gap), (right * rng.uniform(0.1, 1.5), -gap)]
        return _two(rng, frame, [[(-left, 0), (right, 0), apex]], [[*tip, below[0]]], gap_m)
    if kind == "corner":
        shell = [(0, 0), (length * rng.uniform(0.05, 1), height), (-length * rng.uniform(0.05, 1), height)]
        return _two(rng, frame, [shell], [[(0, -gap), *below]], gap_m)
    if kind == "hole":
        far = 3 * length
        shell = [(-far, -far), (far, -far), (far, far), (-far, far)]
        hole = [(-left, 0), (right, 0), (0, height)]
        inside = [(0, gap), (right * 0.2, height * 0.3), (-left * 0.2, height * 0.3)]
        return _two(rng, frame, [shell, hole], [inside], gap_m)
    return _two(rng, frame, [[(-left, 0), (right, 0), apex]], [[(0, -gap), *below]], gap_m)


def shared(rng):
    """Whole edges or single vertices in common: outside (a touch), inside (an overlap)."""
    reach = size(rng, 1, 2e6)
    frame = Frame(rng, place(rng, reach))
    n = int(rng.integers(3, 12))
    bearings = (np.arange(n) + rng.uniform(-0.15, 0.15, n)) * 2 * math.pi / n
    convex = math.tan(reach) * np.stack([np.cos(bearings), np.sin(bearings)], axis=1)
    a = frame.ring(convex)
    kind = rng.choice(["edge", "vertex", "same", "subset", "jitter", "inner edge"])
    i, j = 0, 1
    if kind == "same":
        k = int(rng.integers(n))
        return polygons([a]), polygons([(a[k:] + a[:k])[:: rng.choice([-1, 1])]]), None
    if kind == "subset" and n > 3:
        kept = sorted(rng.choice(n, size=int(rng.integers(3, n)), replace=False))
        return polygons([a]), polygons([[a[k] for k in kept]]), None
    if kind == "jitter":
        b = frame.ring(convex * (1 + 10 ** rng.uniform(-14, -5) * rng.uniform(-1, 1, (n, 2))))
        return polygons([a]), polygons([b]), None
    if kind == "inner edge":
        apex = (convex[i] + convex[j]) * rng.uniform(0.05, 0.3)
        return polygons([a]), polygons([[a[i], a[j], *frame.ring([apex])]]), None
    if kind == "vertex":
        # Beyond the tangent at the vertex of the circle that the vertices lie on.
        out = convex[i]
        side = np.array([-out[1], out[0]])
        tips = [out * 1.5 + side * rng.uniform(0.05, 0.3), out * 1.5 - side * rng.uniform(0.05, 0.3)]
        return polygons([a]), polygons([[a[i], *frame.ring(tips)]]), 0.0
    apex = (convex[i] + convex[j]) * rng.uniform(1.2, 1.6)
    return polygons([a]), polygons([[a[j], a[i], *frame.ring([apex])]]), 0.0


def holes(rng):
    """Polygons with holes: the other one inside a hole, across it, filling it, or anywhere."""
    reach = size(rng, 10, 3e6)
    at = place(rng, reach)
    frame = Frame(rng, at)
    kind = rng.choice(["big hole", "fills", "wedges", "both"])
    shell = star(rng, reach, vertices=rng.integers(5, 14))
    if kind in ("big hole", "fills"):
        hole = shell * rng.uniform(0.3, 0.95)
        a = polygons([frame.ring(shell), frame.ring(hole)])
        if kind == "fills":
            return a, polygons([frame.ring(hole)]), 0.0
        other = star(rng, reach * rng.uniform(0.01, 0.8))
        return a, polygons([frame.ring(other + shell[0] * rng.uniform(-0.5, 1.2))]), None
    a = polygons([frame.ring(shell), *[frame.ring(h) for h in wedge_holes(rng, shell, 3)]])
    if kind == "wedges":
        other = star(rng, reach * 10 ** rng.uniform(-3, 0))
        return a, polygons([frame.ring(other + shell[int(rng.integers(len(shell)))] * rng.uniform(-1, 1.2))]), None
    second = Frame(rng, near(rng, at, reach * rng.uniform(0, 1.5)))
    around = star(rng, reach * rng.uniform(0.3, 1), vertices=6)
    return a, polygons([second.ring(around), *[second.ring(h) for h in wedge_holes(rng, around, 2)]]), None


def nested(rng):
    """One inside the other, often much smaller."""
    reach = size(rng, 10, 5e6)
    frame = Frame(rng, place(rng, reach))
    shell = star(rng, reach)
    inner = shell * rng.uniform(0.001, 0.999) if rng.random() < 0.5 else star(rng, reach * 0.04, spiky=False)
    return polygons([frame.ring(shell)]), polygons([frame.ring(inner)]), None


def several(rng):
    """Multipolygons: separate parts, some with a hole."""
    reach = size(rng, 10, 1e6)
    at = place(rng, 4 * reach)
    return _parts(rng, Frame(rng, at), reach), _parts(rng, Frame(rng, near(rng, at, reach * rng.uniform(0, 4))), reach), None


def slivers(rng):
    """A sliver, thin down to a tenth of a millimetre, against a star or another sliver."""
    length = size(rng, 10, 3e6)
    width = min(10 ** rng.uniform(-4, 1) / earth.RADIUS_M, length / 2)
    at = place(rng, length)
    frame = Frame(rng, at)
    a = [(-length, 0), (length * rng.uniform(-0.5, 0.5), width), (length, 0), (length * rng.uniform(-0.5, 0.5), -width)]
    a.sort(key=lambda p: math.atan2(p[1] / width, p[0] / length))
    if rng.random() < 0.5:
        turn = 10 ** rng.uniform(-9, 0)
        shift = rng.uniform(-3, 3) * width
        b = [(x * math.cos(turn) - y * math.sin(turn), shift + x * math.sin(turn) + y * math.cos(turn)) for x, y in a]
        return polygons([frame.ring(a)]), polygons([frame.ring(b)]), None
    return polygons([frame.ring(a)]), _star_at(rng, near(rng, at, length * rng.uniform(0, 1.5)), size(rng, 1, 1e6)), None


def huge(rng):
    """Thousands of kilometres, up to nearly a hemisphere, often on opposite sides of the earth."""
    ra, rb = rng.uniform(0.3, 1.45, 2)
    at = place(rng, ra)
    other = -at if rng.random() < 0.3 else near(rng, at, rng.uniform(0, math.pi))
    if rng.random() < 0.3:
        rb = size(rng, 1, 1e6)
    return _star_at(rng, at, ra, rng.integers(4, 12)), _star_at(rng, earth.unit(other), rb, rng.integers(4, 12)), None


def awkward_numbers(rng):
    """Vertices exactly at a pole, at +180 and -180 degrees, at zero, on round numbers."""
    def corner():
        lon = float(rng.choice([-180, 180, -90, 0, 90, 179, -179, 45]))
        return [lon, float(rng.choice([0, 0, 1, -1, 45, 60, -60, 89]))]

    while True:
        shapes = []
        for _ in range(2):
            lon, lat = corner()
            w, h = float(rng.choice([1, 2, 30, 90])), float(rng.choice([1, 2, 30]))
            top = min(lat + h, 90.0)
            box = [[lon, lat], [lon + w, lat], [lon + w, top], [lon, top]]
            if top == 90.0:
                box = box[:3] if rng.random() < 0.5 else [box[0], box[1], [float(rng.integers(-180, 180)), 90.0]]
            shapes.append(polygons([[[x - 360 if x > 180 else x, y] for x, y in box]]))
        if all(len({tuple(p) for p in s["polygons"][0][0]}) == len(s["polygons"][0][0]) for s in shapes):
            return (*shapes, None)


def many_vertices(rng):
    """Hundreds of vertices each, boundaries that run close to one another."""
    reach = size(rng, 10, 3e6)
    at = place(rng, reach)
    n = int(rng.integers(100, 800))
    a = star(rng, reach, vertices=n, spiky=rng.random() < 0.5)
    if rng.random() < 0.5:
        # The same boundary, a little smaller, larger or shifted here and there.
        frame = Frame(rng, at)
        b = a * (1 + 10 ** rng.uniform(-9, -2) * rng.uniform(-1, 1, (n, 1)))
        return polygons([frame.ring(a)]), polygons([frame.ring(b)]), None
    other = near(rng, at, reach * rng.uniform(0.8, 1.8))
    return polygons([Frame(rng, at).ring(a)]), _star_at(rng, other, reach, rng.integers(100, 800)), None


FAMILIES = [
    (random_stars, 0.33),
    (many_vertices, 0.01),
    (near_touch, 0.2),
    (shared, 0.1),
    (holes, 0.12),
    (nested, 0.05),
    (several, 0.06),
    (slivers, 0.05),
    (huge, 0.05),
    (awkward_numbers, 0.03),
]


def _star_at(rng, at, reach, vertices=None):
    return polygons([Frame(rng, at).ring(star(rng, reach, vertices))])


def _two(rng, frame, a, b, gap_m):
    a, b = polygons([frame.ring(r) for r in a]), polygons([frame.ring(r) for r in b])
    return (a, b, gap_m) if rng.random() < 0.5 else (b, a, gap_m)


def _parts(rng, frame, reach):
    cells = rng.permutation(9)[: int(rng.integers(2, 5))]
    parts = []
    for cell in cells:
        ring = star(rng, reach / 3) + math.tan(reach) * (np.array(divmod(int(cell), 3)) - 1)
        parts.append([frame.ring(ring)])
    return polygons(*parts)
