"""The earth as the oracles see it: n-vectors, great-circle arcs, and geodesics by PROJ.

An edge is the great-circle arc between the n-vectors of its ends, geodetic latitude taken straight
to the sphere; a distance is the length of the shortest geodesic on WGS84.
"""

import math

import numpy as np
import pyproj

RADIUS_M = 6371008.8
# Ellipsoidal over spherical distance lies between these two, everywhere (M/R and N/R).
LOW, HIGH = 0.994417, 1.004487

_WGS84 = pyproj.Geod(a=6378137.0, f=1 / 298.257223563)
_GOLDEN = (math.sqrt(5) - 1) / 2


def vectors(lonlat):
    """The n-vectors, shape (n, 3), of points (lon, lat) in degrees, shape (n, 2)."""
    lonlat = np.asarray(lonlat, dtype=float).reshape(-1, 2)
    lon, lat = np.radians(lonlat[:, 0]), np.radians(lonlat[:, 1])
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def lonlats(xyz):
    """Points (lon, lat) in degrees of directions, which need not be unit vectors."""
    xyz = np.asarray(xyz, dtype=float).reshape(-1, 3)
    lon = np.degrees(np.arctan2(xyz[:, 1], xyz[:, 0]))
    lat = np.degrees(np.arctan2(xyz[:, 2], np.hypot(xyz[:, 0], xyz[:, 1])))
    return np.stack([lon, lat], axis=1)


def unit(v):
    """Vectors of length 1 in the same directions."""
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def angle(a, b):
    """The angle between unit vectors, accurate for small ones too."""
    return np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), np.sum(a * b, axis=-1))


def geodesic_m(a, b):
    """Geodesic metres between points (lon, lat), row by row."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return _WGS84.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2]


def travel(start, azimuth_deg, metres):
    """The point (lon, lat) that a geodesic reaches."""
    lon, lat, _ = _WGS84.fwd(start[0], start[1], azimuth_deg, metres)
    return (lon, lat)


def geodesic_points(start, end, count):
    """`count` points between two points on their shortest geodesic, ends not included."""
    return _WGS84.npts(start[0], start[1], end[0], end[1], count)


def foot(point, start, end):
    """Row by row: how far along the arc start-end (0 to 1, by angle) its point nearest to `point`
    lies on the sphere, and how far in radians that is from `point`."""
    length = angle(start, end)
    # atan2 of components along the arc's direction and along its start, in the arc's plane.
    along = unit_or_zero(end - start * np.sum(start * end, axis=-1, keepdims=True))
    across = np.arctan2(np.sum(point * along, axis=-1), np.sum(point * start, axis=-1))
    inside = (across > 0) & (across < length)
    to_start, to_end = angle(point, start), angle(point, end)
    t = np.where(inside, across / np.where(length > 0, length, 1), np.where(to_start <= to_end, 0.0, 1.0))
    at_foot = angle(point, on_arc(start, end, t))
    return t, at_foot


def unit_or_zero(v):
    """Unit vectors; zero vectors stay zero."""
    norm = np.linalg.norm(v, axis=-1, keepdims=True)
    return v / np.where(norm > 0, norm, 1)


def on_arc(start, end, t):
    """Row by row, the unit vector at fraction `t` (by angle) of the arc start-end."""
    length = angle(start, end)[..., None]
    along = unit_or_zero(end - start * np.sum(start * end, axis=-1, keepdims=True))
    s = np.asarray(t)[..., None] * length
    return unit(np.cos(s) * start + np.sin(s) * along)


def arc_distances_m(points, starts, ends):
    """Row by row, the geodesic metres from a point to a great-circle arc (n-vectors all), by
    sampling and golden section; and the nearest point (lon, lat) of the arc."""
    at = lonlats(points)

    def metres(t):
        return geodesic_m(at, lonlats(on_arc(starts, ends, t)))

    t0, near = foot(points, starts, ends)
    length = np.maximum(angle(starts, ends), 1e-15)
    # The ellipsoid moves the nearest point by less than 1 % of the distance; far away (the distance
    # varies little along the arc) the whole arc is sampled instead.
    width = np.where(near > 0.3, 1.0, np.minimum(1.0, 0.03 * near / length + 1e-12))
    low, high = np.clip(t0 - width, 0, 1), np.clip(t0 + width, 0, 1)
    samples = np.linspace(0, 1, 33)
    grid = low[:, None] + (high - low)[:, None] * samples
    n, k = grid.shape
    wide = np.repeat(np.arange(n), k)
    values = geodesic_m(at[wide], lonlats(on_arc(starts[wide], ends[wide], grid.ravel()))).reshape(n, k)
    best = np.argmin(values, axis=1)
    rows = np.arange(n)
    low, high = grid[rows, np.maximum(best - 1, 0)], grid[rows, np.minimum(best + 1, k - 1)]
    c, d = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_c, at_d = metres(c), metres(d)
    for _ in range(26):
        left = at_c < at_d
        low, high = np.where(left, low, c), np.where(left, d, high)
        probe = np.where(left, high - _GOLDEN * (high - low), low + _GOLDEN * (high - low))
        at_probe = metres(probe)
        c, d = np.where(left, probe, d), np.where(left, c, probe)
        at_c, at_d = np.where(left, at_probe, at_d), np.where(left, at_c, at_probe)
    candidates = np.stack([c, d, t0, np.zeros(n), np.ones(n)], axis=1)
    found = np.stack([at_c, at_d, metres(t0), metres(np.zeros(n)), metres(np.ones(n))], axis=1)
    best = np.argmin(found, axis=1)
    t = candidates[rows, best]
    return found[rows, best], lonlats(on_arc(starts, ends, t))
