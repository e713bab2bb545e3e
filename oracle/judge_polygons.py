"""Pairs of polygons judged by Google's S2 (through spherely), which shares the edge rule.

S2 says `intersects` of polygons whose insides meet, `touches` where only boundaries do (its
boundary model here is semi-open); its predicates are exact.
"""

import numpy as np
import spherely

from oracle import earth
from oracle.judging import APART, OVERLAP, POSSIBLE, TOUCH, Finding, common_failures

BOUND_M = 1e-3


def geography(shape):
    """The S2 geography of a footprint of polygons."""
    parts = [spherely.create_polygon(rings[0], rings[1:] or None) for rings in shape["polygons"]]
    return parts[0] if len(parts) == 1 else spherely.create_multipolygon(parts)


def distance_m(a, b):
    """Metres between two geographies on the sphere."""
    return spherely.distance(a, b, radius=earth.RADIUS_M)


def depth_m(a, b):
    """About how wide the common part is: of a long strip its width, of a disc its radius."""
    common = spherely.intersection(a, b)
    around = spherely.perimeter(common, radius=earth.RADIUS_M)
    return 0.0 if around == 0 else 2 * spherely.area(common, radius=earth.RADIUS_M) / around


def judge(pairs, answers):
    """The findings of a batch."""
    for pair, answer in zip(pairs, answers):
        failures = list(common_failures(pair, answer))
        yield from failures
        if "error" not in answer:
            yield from _judge(pair, answer, geography(pair["a"]), geography(pair["b"]))


def _judge(pair, answer, a, b):
    meet = bool(spherely.intersects(a, b))
    said = answer["relation"]
    finding = _relation_finding(pair, answer, a, b, said, meet)
    if finding:
        yield finding
    known = pair.get("known_m")
    if known is not None and abs(known) > BOUND_M:
        expected = APART if known > 0 else OVERLAP
        if said != expected:
            yield Finding(f"made {known} m apart, so it is {expected}", pair, answer, abs(known), True)
    if known == 0.0 and said == OVERLAP and not meet:
        yield Finding("made to share a boundary only, from the same coordinates", pair, answer, 0.0, True)
    if answer.get("common") and meet:
        yield from _judge_common(pair, answer, a, b)
    if "gap" in answer and not meet:
        yield from _judge_gap(pair, answer, distance_m(a, b))


def _relation_finding(pair, answer, a, b, said, meet):
    if meet and said == OVERLAP or not meet and said == APART:
        return None
    off = depth_m(a, b) if meet else distance_m(a, b)
    if not meet and said == TOUCH and off == 0:
        return None
    what = {
        (True, APART): "missed: S2 finds that they overlap",
        (True, TOUCH): "S2 finds that they overlap, not only touch",
        (True, POSSIBLE): "not decided: S2 finds that they overlap",
        (False, OVERLAP): "false: S2 finds that they do not overlap",
        (False, TOUCH): "S2 finds that they do not touch",
        (False, POSSIBLE): "not decided: S2 finds that they do not overlap",
    }[meet, said]
    return Finding(what, pair, answer, off, off > BOUND_M)


def _judge_gap(pair, answer, sphere_m):
    said = answer["gap"]["horizontal_m"]
    low, high = earth.LOW * sphere_m - 1e-3, earth.HIGH * sphere_m + 1e-3
    if not low <= said <= high:
        off = max(low - said, said - high)
        yield Finding(f"the gap is between {low} and {high} m", pair, answer, off, True)


def _judge_common(pair, answer, a, b):
    """The place lies in both, at least as deep as said; the outline has about the right area. Both
    are for people: they are held to two thousandths of the common part's size or, where slivers
    cross, a thousandth of the area where both may be, and a millionth of the whole shapes."""
    common = answer["common"]
    extent = max(spherely.perimeter(g, radius=earth.RADIUS_M) for g in (a, b)) / 2
    slack = 2e-3 + 1e-6 * extent
    place = spherely.create_point(*common["place"])
    outside = max(distance_m(place, a), distance_m(place, b))
    if outside > slack:
        yield Finding("the common place is outside", pair, answer, outside, True)
    inward = min(distance_m(place, spherely.boundary(g)) for g in (a, b))
    if common["depth_m"] > earth.HIGH * inward + slack:
        yield Finding(f"the place is {inward} m deep on the sphere", pair, answer, common["depth_m"] - inward, True)
    meant = spherely.intersection(a, b)
    area = spherely.area(meant, radius=earth.RADIUS_M)
    around = spherely.perimeter(meant, radius=earth.RADIUS_M)
    said = sum(_area(part) for part in common["outline"])
    moved = abs(said - area) / max(around, 100 * slack)
    # Half the way round is about the size of a thin shape, and more than that of a round one.
    if moved > slack + max(2e-3 * around / 2, 1e-3 * _both_boxes_m(pair)):
        yield Finding(f"the outline has {said} m2, S2's {area}", pair, answer, moved, True)


def _both_boxes_m(pair):
    """The diagonal of the common part of the two shapes' boxes in space."""
    low, high = np.full(3, -np.inf), np.full(3, np.inf)
    for side in ("a", "b"):
        points = earth.vectors([p for part in pair[side]["polygons"] for ring in part for p in ring])
        low, high = np.maximum(low, points.min(axis=0)), np.minimum(high, points.max(axis=0))
    return float(np.linalg.norm(np.maximum(high - low, 0))) * earth.RADIUS_M


def _area(rings):
    """Square metres on the sphere of an outline's part, by the gnomonic plane's triangles."""
    total = 0.0
    for k, ring in enumerate(rings):
        points = earth.vectors(ring[:-1])
        if len(points) < 3:
            continue
        p0 = points[0]
        # Solid angle of the triangles fanned out from the first vertex (Van Oosterom 1983).
        triple = np.sum(p0 * np.cross(points[1:-1] - p0, points[2:] - p0), axis=1)
        below = 1 + points[1:-1] @ p0 + np.sum(points[1:-1] * points[2:], axis=1) + points[2:] @ p0
        angle = abs(np.sum(2 * np.arctan2(triple, below)))
        total += angle * earth.RADIUS_M**2 * (1 if k == 0 else -1)
    return total
