"""Pairs with circles, corridors and separations judged by Karney's geodesics.

The distance between the skeletons comes from PROJ's geodesics; every hundredth is measured again by
GeographicLib's own Python between the points that were found nearest.
"""

from geographiclib.geodesic import Geodesic

from oracle.judging import APART, OVERLAP, POSSIBLE, TOUCH, Finding, common_failures

BOUND_M = 1e-2


def judge(pairs, answers):
    """The findings of a batch; each pair carries its true `gap_m`, negative inside one another
    (where the skeletons themselves meet, minus the radii)."""
    for i, (pair, answer) in enumerate(zip(pairs, answers)):
        yield from common_failures(pair, answer)
        if i % 100 == 0 and pair["nearest"]:
            _check_engine(pair)
        if "error" not in answer:
            yield from _judge(pair, answer)


def _check_engine(pair):
    (lon1, lat1), (lon2, lat2) = pair["nearest"]
    again = Geodesic.WGS84.Inverse(lat1, lon1, lat2, lon2)["s12"]
    if abs(again - pair["distance_m"]) > 1e-6:
        raise RuntimeError(f"PROJ and GeographicLib differ: {pair['distance_m']} {again} {pair['nearest']}")


def _judge(pair, answer):
    gap, said = pair["gap_m"], answer["relation"]
    truth = APART if gap > 0 else OVERLAP
    if said != truth:
        what = {
            APART: f"missed: they overlap by {-gap} m",
            OVERLAP: f"false: they are {gap} m apart",
            TOUCH: f"touch, with a gap of {gap} m",
            POSSIBLE: f"not decided, with a gap of {gap} m",
        }[said]
        yield Finding(what, pair, answer, abs(gap), abs(gap) > BOUND_M)
    # The product's gap does not count the required separation.
    between = max(gap + pair["rules"]["separation"][0], 0.0)
    if "gap" in answer and (between > 0 or said == APART):
        off = abs(answer["gap"]["horizontal_m"] - between)
        if off > BOUND_M + 1e-9 * between:
            yield Finding(f"they are {between} m apart", pair, answer, off, True)
