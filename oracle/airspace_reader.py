"""A second reader of OpenAir files as they are published, sharing nothing with the product's: it matches whole
records against regular expressions, and knows only the forms that docs/formats.md names."""

import datetime
import math
import re

from geographiclib.geodesic import Geodesic

NAUTICAL_MILE_M, FOOT_M = 1852.0, 0.3048
# Arcs become points so close that the edges between them lie within so much of the arc.
SAGITTA_M = 0.5

NUMBER = r"([+-]?(?:\d+\.?\d*|\.\d+))"
FEET, METRES = r"FT|FEET|FOOT|'", r"M|METRES?|METERS?"
ABOVE_SEA = "AMSL|MSL|ALT|ASL|QNH"
ABOVE_GROUND = "AGL|ASFC|AGND"
ON_GROUND = "SFC|GND|SURFACE|GROUND"
ELLIPSOID = "W84|WGS84|WGS-84|HAE"
ANY_UNIT = rf"F|{FEET}|{METRES}"
ANY_REFERENCE = rf"{ABOVE_SEA}|{ABOVE_GROUND}|{ON_GROUND}|{ELLIPSOID}|STD|FL"


class Refused(ValueError):
    """What a text is refused for."""


# What lies between two words: a blank, which may be left out where letters, figures and signs of feet change.
BETWEEN = r"(?:\s+|(?<=[A-Z])(?=[\d.+'-])|(?<=[\d.+-])(?=[A-Z'])|(?<=')(?=[A-Z]))"


def matches(pattern, text):
    """A text against a pattern in which a blank stands for what lies between two words."""
    return re.fullmatch(pattern.replace(" ", BETWEEN), text)


def height(text):
    """(metres, reference) of a limit; metres None where it is unlimited or unknown."""
    text = text.strip().upper()
    if len(text) > 200:
        raise Refused(text)
    if matches(ON_GROUND, text):
        return (0.0, "AGL")
    if matches(rf"(?:UNL|UNLIM|UNLTD|UNLIMITED)(?: (?:{ANY_UNIT}))?(?: (?:{ANY_REFERENCE}))?", text):
        return (None, "unlimited")
    if matches(r"UNKNOWN|(?:BY )?NOTAM", text) or matches(rf"BCTA(?: (?:{ANY_UNIT}|{ANY_REFERENCE}))?", text):
        return (None, "unknown")
    level = (
        matches(rf"FL {NUMBER}(?: (?:ALT|STD))?", text)
        or matches(rf"ALT FL {NUMBER}", text)
        or matches(rf"{NUMBER} FL", text)
        or re.fullmatch(r"F(\d{3})", text)
    )
    if level:
        if abs(float(level[1])) >= 1000:
            raise Refused(text)
        return (float(level[1]) * 100 * FOOT_M, "FL")
    after = matches(rf"{NUMBER}(?: (F|{FEET}|{METRES}))?(?: ({ABOVE_SEA}|{ABOVE_GROUND}|{ON_GROUND}|{ELLIPSOID}|STD))?", text)
    before = matches(rf"({ABOVE_SEA}|{ABOVE_GROUND}|{ELLIPSOID}|STD) {NUMBER}(?: (F|{FEET}|{METRES}))?", text)
    last = matches(rf"{NUMBER} ({ABOVE_SEA}|{ABOVE_GROUND}|{ON_GROUND}|{ELLIPSOID}|STD) (F|{FEET}|{METRES})", text)
    if after:
        number, unit, reference = after.groups()
    elif last:
        number, reference, unit = last.groups()
    elif before:
        reference, number, unit = before.groups()
    else:
        raise Refused(text)
    if unit == "F" and reference is None:
        raise Refused(text)
    feet = unit is None or unit == "F" or matches(FEET, unit)
    whole, _, decimals = number.lstrip("+-").partition(".")
    if re.fullmatch(r"[1-9]\d{0,2}", whole) and len(decimals) == 3:
        raise Refused(text)
    return (float(number) * (FOOT_M if feet else 1.0), reference_of(reference))


def reference_of(word):
    if word is None or matches(ABOVE_SEA, word):
        return "AMSL"
    if matches(ELLIPSOID, word):
        return "W84"
    return "FL" if word == "STD" else "AGL"


def instant(text):
    """A datetime, None where the side is open."""
    if text == "NONE":
        return None
    date, hour, minute, second = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)(?::(\d\d))?Z", text).groups()
    day = datetime.datetime.fromisoformat(date).replace(tzinfo=datetime.timezone.utc)
    return day + datetime.timedelta(hours=int(hour), minutes=int(minute), seconds=int(second or 0))


def window(text):
    """(from, until, whether it is only in parts) of an AA record."""
    sides = text.upper().split("/")
    if set(sides) == {"NONE"}:
        return (None, None, True)
    start, end = sides
    return (instant(start), instant(end), False)


def angle(text):
    parts = [float(part) for part in text.split(":")]
    return sum(part / 60**i for i, part in enumerate(parts))


# A number of each axis beside its letter.
POINT_ELSEWHERE = r"(?:[\d.]\s*[NS]|\b[NS]\s*[\d.])(?![A-Z]).*(?:[\d.]\s*[EW]|\b[EW]\s*[\d.])(?![A-Z])"
POINT = r"([\d:.]+)\s*([NS])[\s,]*([\d:.]+)\s*([EW])"


def points(text):
    """(lat, lon) of each position in a text."""
    found = re.findall(POINT, text.upper())
    if re.sub(POINT, "", text.upper()).strip(" \t,"):
        raise Refused(text)
    return [
        (angle(lat) * (-1 if ns == "S" else 1), angle(lon) * (-1 if ew == "W" else 1)) for lat, ns, lon, ew in found
    ]


def records(data):
    """(line, key, value) of each record that is not a comment."""
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            line = line.decode("utf-8")
        except UnicodeDecodeError:
            line = line.decode("cp1252", errors="replace")
        line = line.strip()
        if not line or line.startswith("*"):
            continue
        key, _, value = line.replace("\t", " ").partition(" ")
        key = key.upper()
        if key not in ("AN", "AI", "AG"):
            value = re.split(r"[*;]", value)[0]
        yield number, key, value.strip()


def blocks(data):
    """Each airspace as {"line", "id", "name", "lower", "upper", "windows", "circle" or "ring", "slack_m"}."""
    found, block, declares = [], None, False
    for number, key, value in records(data):
        if key == "AC" and (block is None or block["seen"] & {"AC", "D"}):
            block = {
                "line": number, "id": None, "name": None, "lower": None, "upper": None, "windows": [], "ring": [],
                "circle": None, "slack_m": 0.0, "seen": {"AC"}, "centre": None, "clockwise": True, "wrong": [],
            }
            found.append(block)
            continue
        if block is None:
            continue
        if key in ("AN", "AI", "AL", "AH", "AA", "AY", "AF", "AG", "AX"):
            block["seen"].add("A")
        try:
            take(block, key, value)
        except (Refused, ValueError, AttributeError) as why:
            block["wrong"].append(f"{number}: {key} {value}: {why}")
    # A class with pens and colours alone declares nothing.
    return [block for block in found if block["seen"] & {"A", "D"}]


def take(block, key, value):
    """Takes one record into its block."""
    if key == "AN":
        block["name"] = value or None
    elif key == "AI":
        block["id"] = value or None
    elif key in ("AL", "AH"):
        block["lower" if key == "AL" else "upper"] = height(value)
    elif key == "AA":
        block["windows"].append(window(value))
    elif key == "V":
        name, _, value = value.partition("=")
        if name.strip().upper() == "X":
            [block["centre"]] = points(value)
        elif name.strip().upper() == "D":
            block["clockwise"] = value.strip() == "+"
    elif key.startswith("D") and len(key) == 2:
        block["seen"].add("D")
        outline(block, key, value)
    elif key not in ("AC", "AY", "AF", "AG", "AX", "AT") and re.search(POINT_ELSEWHERE, f"{key} {value}".upper()):
        raise Refused("a place under an unknown name")


def outline(block, key, value):
    """Takes one record of the outline into its block."""
    if key == "DP":
        block["ring"] += points(value)
    elif key == "DC":
        block["circle"] = (*block["centre"], float(value) * NAUTICAL_MILE_M)
    elif key == "DB":
        start, end = points(value)
        block["ring"] += arc(block, start, end)
    elif key == "DA":
        radius, first, last = (float(part) for part in value.split(","))
        lat, lon = block["centre"]
        ends = [Geodesic.WGS84.Direct(lat, lon, azimuth, radius * NAUTICAL_MILE_M) for azimuth in (first, last)]
        block["ring"] += arc(block, *((end["lat2"], end["lon2"]) for end in ends))
    else:
        raise Refused(key)


def arc(block, start, end):
    """Points of the arc around the block's centre; the radius goes evenly from the one end's to the other's."""
    lat, lon = block["centre"]
    polar = [Geodesic.WGS84.Inverse(lat, lon, *p) for p in (start, end)]
    (r0, a0), (r1, a1) = [(line["s12"], line["azi1"]) for line in polar]
    block["slack_m"] = max(block["slack_m"], abs(r1 - r0))
    turn = (a1 - a0) % 360 if block["clockwise"] else -((a0 - a1) % 360)
    steps = max(1, math.ceil(math.radians(abs(turn)) / math.sqrt(8 * SAGITTA_M / max(r0, r1))))
    inner = []
    for k in range(1, steps):
        there = Geodesic.WGS84.Direct(lat, lon, a0 + turn * k / steps, r0 + (r1 - r0) * k / steps)
        inner.append((there["lat2"], there["lon2"]))
    return [start, *inner, end]


def area_and_length(ring):
    """Square metres inside a ring, and metres along it."""
    polygon = Geodesic.WGS84.Polygon()
    for lat, lon in ring:
        polygon.AddPoint(lat, lon)
    _, length, area = polygon.Compute(False, True)
    return abs(area), length


def features(data):
    """The blocks by identifier and name, in the order of their first one."""
    found = {}
    for block in blocks(data):
        ident = block["id"] or block["name"]
        key = (ident, block["name"] or ident) if ident else block["line"]
        found.setdefault(key, []).append(block)
    return found
