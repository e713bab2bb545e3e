"""A second reader of OpenAir, as small as the UK airspace files allow, sharing nothing with the
product's."""

import math
import re

from geographiclib.geodesic import Geodesic

NAUTICAL_MILE_M, FOOT_M = 1852.0, 0.3048
# Arcs become points so close that the edges between them are within five centimetres of the arc.
SAGITTA_M = 0.05


def volumes(text):
    """Each block as {"name", "lower", "upper", "slack_m", and "circle": [lon, lat, metres] or "ring"};
    heights as (metres, reference)."""
    found, block, clockwise, centre = [], {}, True, None
    for line in text.splitlines():
        command, _, rest = line.strip().partition(" ")
        if command == "AC":
            block, clockwise, centre = {"ring": [], "slack_m": 0.0}, True, None
            found.append(block)
        elif command == "AN":
            block["name"] = rest
        elif command in ("AL", "AH"):
            block["lower" if command == "AL" else "upper"] = height(rest)
        elif command == "V" and rest.startswith("D="):
            clockwise = rest == "D=+"
        elif command == "V":
            centre = point(rest.removeprefix("X="))
        elif command == "DP":
            block["ring"].append(point(rest))
        elif command == "DC":
            block["circle"] = [*centre, float(rest) * NAUTICAL_MILE_M]
        elif command == "DB":
            start, end = (point(p) for p in rest.split(","))
            points, uneven_m = arc(centre, start, end, clockwise)
            block["ring"] += points
            block["slack_m"] = max(block["slack_m"], uneven_m)
        elif command not in ("AY", "*", ""):
            raise ValueError(f"not expected in these files: {line}")
    for block in found:
        ring = [p for i, p in enumerate(block["ring"]) if p != block["ring"][i - 1]]
        block["ring"] = ring
    return found


def point(text):
    """(lon, lat) of `52:03:51 N 001:00:56 W`."""
    lat, ns, lon, ew = text.split()
    return (degrees(lon) * (-1 if ew == "W" else 1), degrees(lat) * (-1 if ns == "S" else 1))


def degrees(text):
    """Degrees of `d:m:s`."""
    d, m, s = (float(part) for part in text.split(":"))
    return d + m / 60 + s / 3600


def height(text):
    """(metres, reference) of `SFC`, `FL 95` or `1500 ft MSL`."""
    if text == "SFC":
        return (0.0, "AGL")
    if level := re.fullmatch(r"FL (\d+)", text):
        return (float(level[1]) * 100 * FOOT_M, "FL")
    feet = re.fullmatch(r"(\d+) ft MSL", text)
    return (float(feet[1]) * FOOT_M, "AMSL")


def arc(centre, start, end, clockwise):
    """Points of the arc around a centre, from start to end. Published arcs rarely have both ends
    equally far from the centre: the radius goes evenly from the one's to the other's. With it, that
    difference in metres."""
    def polar(p):
        line = Geodesic.WGS84.Inverse(centre[1], centre[0], p[1], p[0])
        return line["s12"], line["azi1"]

    (r0, a0), (r1, a1) = polar(start), polar(end)
    turn = (a1 - a0) % 360 if clockwise else -((a0 - a1) % 360)
    steps = max(1, math.ceil(math.radians(abs(turn)) / math.sqrt(8 * SAGITTA_M / max(r0, r1))))
    inner = []
    for k in range(1, steps):
        t = k / steps
        there = Geodesic.WGS84.Direct(centre[1], centre[0], a0 + turn * t, r0 + (r1 - r0) * t)
        inner.append((there["lon2"], there["lat2"]))
    return [start, *inner, end], abs(r1 - r0)
