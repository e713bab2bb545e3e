"""Shapes of every size, anywhere on the globe, built where they are easy to reason about.

A `Frame` is the gnomonic plane that touches the sphere at a point: straight lines in it are
great-circle arcs, so whatever is true of straight edges in the plane (inside, crossing, convex) is
true on the sphere. Lengths in it are tangents of angles from its centre.
"""

import math

import numpy as np

from oracle import earth


class Frame:
    """A gnomonic plane, turned at random around its centre."""

    def __init__(self, rng, centre):
        helper = np.array([1.0, 0, 0]) if abs(centre[0]) < 0.6 else np.array([0, 1.0, 0])
        east = earth.unit(np.cross(helper, centre))
        north = np.cross(centre, east)
        turn = rng.uniform(0, 2 * math.pi)
        self.centre = centre
        self.x = math.cos(turn) * east + math.sin(turn) * north
        self.y = math.cos(turn) * north - math.sin(turn) * east

    def ring(self, points):
        """The (lon, lat) of points of the plane, as lists."""
        points = np.asarray(points, dtype=float)
        xyz = self.centre + points[:, :1] * self.x + points[:, 1:] * self.y
        return earth.lonlats(xyz).tolist()


def place(rng, reach):
    """A direction somewhere on the globe; the awkward places are likelier than their area says.
    `reach` (radians) is how far a shape will extend: it is put across a pole or the antimeridian."""
    kind = rng.choice(6, p=[0.35, 0.2, 0.2, 0.1, 0.05, 0.1])
    if kind == 0:  # anywhere
        return earth.unit(rng.normal(size=3))
    pole = 90.0 * rng.choice([-1, 1])
    off = math.degrees(min(reach, 1.0)) * rng.uniform(-1, 1)
    if kind == 1:  # around or beside a pole
        return earth.vectors([(rng.uniform(-180, 180), pole - math.copysign(abs(off), pole))])[0]
    if kind == 2:  # across the antimeridian
        lat = rng.uniform(-85, 85)
        return earth.vectors([(180 + off / math.cos(math.radians(lat)), lat)])[0]
    if kind == 3:  # equator and Greenwich
        return earth.vectors([(rng.choice([0.0, 90.0, 180.0]) + off, off * rng.uniform(-1, 1))])[0]
    if kind == 4:  # exactly at a pole
        return np.array([0.0, 0.0, math.copysign(1.0, pole)])
    return earth.vectors([(rng.uniform(-180, 180), rng.uniform(-1, 1) * 89.9999)])[0]


def near(rng, centre, radians):
    """A direction `radians` away from another."""
    frame = Frame(rng, centre)
    return math.cos(radians) * centre + math.sin(radians) * frame.x


def star(rng, reach, vertices=None, spiky=None):
    """A star-shaped ring around the plane's origin, vertices up to `reach` (radians) away."""
    n = int(vertices or rng.choice([3, 4, 5, 6, 8, 12, 20], p=[0.2, 0.2, 0.15, 0.15, 0.15, 0.1, 0.05]))
    slack = 0.15 if n == 3 else 0.4
    bearings = (np.arange(n) + rng.uniform(-slack, slack, n)) * 2 * math.pi / n
    smallest = 0.05 if (rng.random() < 0.3 if spiky is None else spiky) else 0.5
    radii = np.tan(reach * rng.uniform(smallest, 1, n))
    return np.stack([radii * np.cos(bearings), radii * np.sin(bearings)], axis=1)


def wedge_holes(rng, ring, most):
    """Triangular holes in the wedges of a star, none touching another."""
    n = len(ring)
    wedges = rng.permutation(np.arange(0, n - 1, 2))[: int(rng.integers(1, most + 1))]
    holes = []
    for i in wedges:
        outer = rng.uniform(0.3, 0.9)
        apex = (ring[i] + ring[i + 1]) * rng.uniform(0.02, 0.1)
        holes.append(np.array([apex, ring[i] * outer, ring[i + 1] * outer]))
    return holes


def size(rng, smallest_m, largest_m):
    """A length in radians, log-uniform."""
    return 10 ** rng.uniform(math.log10(smallest_m), math.log10(largest_m)) / earth.RADIUS_M


def polygons(*parts):
    """A footprint of polygons, each a list of rings of (lon, lat)."""
    return {"polygons": list(parts)}


def turned(shape, degrees):
    """The shape with all longitudes turned eastwards."""

    def turn(value):
        if isinstance(value[0], (list, tuple)):
            return [turn(v) for v in value]
        lon = value[0] + degrees
        lon = lon - 360 if lon > 180 else lon + 360 if lon < -180 else lon
        return [lon, *value[1:]]

    return {k: turn(v) if k in ("polygons", "circle", "corridor") else v for k, v in shape.items()}


def reordered(rng, shape):
    """The same shape said otherwise: rings turned and reversed, a path from its other end."""
    if "polygons" in shape:
        def ring(points):
            k = int(rng.integers(len(points)))
            points = points[k:] + points[:k]
            return points[::-1] if rng.random() < 0.5 else points

        parts = [[ring(r) for r in p] for p in shape["polygons"]]
        order = rng.permutation(len(parts))
        return {**shape, "polygons": [parts[i] for i in order]}
    if "corridor" in shape:
        return {**shape, "corridor": shape["corridor"][::-1]}
    return shape
