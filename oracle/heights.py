"""Heights and times judged by brute force.

What is published: the geoid lies between -107 and 86 m above the ellipsoid; terrain and sea-level
pressure between given bounds (worldwide: -440 to 8849 m, 870 to 1085 hPa); an air column is 0.80 to
1.15 times as thick as the standard atmosphere's between the same pressures. Heights of one reference
compare as numbers. Every declared band is non-empty, and what reaches above the sea reaches above the
ground; so what begins at the surface begins below the upper limit of all that is above the sea. A
band that the given bounds turn upside down contradicts them: every answer about it is `possible`.

Two judges: `truth` compares each lower with each upper limit over the extremes; and many random
worlds within the bounds, in each of which all heights are known, may contradict no answer.
"""

import itertools

import numpy as np

from oracle.judging import APART, OVERLAP, POSSIBLE, TOUCH, Finding, common_failures

GEOID_M, COLUMN = (-107.0, 86.0), (0.80, 1.15)
TERRAIN_M, QNH_HPA = (-440.0, 8849.0), (870.0, 1085.0)
RANK = [APART, TOUCH, POSSIBLE, OVERLAP]
WORLDS = 60


def pair(rng):
    """Two discs on one spot with heights of any reference and times that often just meet."""
    rules = {}
    if rng.random() < 0.4:
        low = float(rng.integers(-40, 300)) * 10
        rules["terrain"] = [low, low + float(rng.integers(0, 100)) * 10]
    if rng.random() < 0.4:
        low = float(rng.integers(900, 1050))
        rules["pressure"] = [low, low + float(rng.integers(0, 40))]
    if rng.random() < 0.3:
        rules["separation"] = [0.0, float(rng.integers(0, 4)) * 50, int(rng.integers(0, 3))]
    same = str(rng.choice(["W84", "AMSL", "AGL", "FL"])) if rng.random() < 0.3 else None
    return {
        "family": "same reference" if same else "any references",
        "a": _volume(rng, same),
        "b": _volume(rng, same),
        "rules": rules,
        "worlds": int(rng.integers(2**31)),
    }


def _volume(rng, same):
    volume = {"circle": [7.0, 52.0, 100.0]}
    top = rng.choice([200, 2000, 12000])
    while True:
        lower, upper = _limit(rng, same, top), _limit(rng, same, top)
        if isinstance(lower, list) and isinstance(upper, list) and lower[1] == upper[1] and lower[0] > upper[0]:
            lower, upper = upper, lower
        volume |= {"lower": lower, "upper": upper}
        # A band must be possible at all; all but a few are.
        if any(_holds(volume, w) for w in _worlds(rng, {}, 20)):
            break
    if rng.random() < 0.5:
        start = int(rng.integers(0, 6))
        volume |= {"from": start, "until": start + int(rng.integers(0, 6))}
        if rng.random() < 0.3:
            volume[str(rng.choice(["from", "until"]))] = None
    if rng.random() < 0.1:
        volume["part_time"] = True
    return volume


def _limit(rng, same, top):
    kind = rng.random()
    if kind < 0.06:
        return "unknown"
    if kind < 0.12:
        return "unlimited"
    if kind < 0.25 and same in (None, "AGL"):
        return [0.0, "AGL"]
    # Few different numbers, so that limits often coincide.
    return [float(rng.integers(-1, 21)) * float(top) / 20, same or str(rng.choice(["W84", "AMSL", "AGL", "FL"]))]


def standard_height_m(hpa):
    """The height of a pressure in the ICAO standard atmosphere."""
    return 288.15 / 0.0065 * (1 - (hpa / 1013.25) ** (287.05287 * 0.0065 / 9.80665))


def amsl_m(limit, world):
    """A limit above mean sea level in a world (geoid, terrain, QNH, column); infinite where it is
    unlimited."""
    geoid, terrain, qnh, column = world
    metres, reference = limit
    if reference == "FL":
        return (metres - standard_height_m(qnh)) * column
    return metres + {"W84": -geoid, "AMSL": 0.0, "AGL": terrain}[reference]


def _ranges(rules):
    return [GEOID_M, rules.get("terrain", TERRAIN_M), rules.get("pressure", QNH_HPA), COLUMN]


def _worlds(rng, rules, count):
    for _ in range(count):
        yield [
            float(rng.choice(r)) if rng.random() < 0.4 else float(rng.uniform(*r))
            for r in _ranges(rules)
        ]


def _ends(volume, world):
    """The volume's lower and upper end in a world; infinite where unlimited or unknown."""
    ends = []
    for limit, infinite in ((volume["lower"], -np.inf), (volume["upper"], np.inf)):
        ends.append(infinite if isinstance(limit, str) else amsl_m(limit, world))
    return ends


def _holds(volume, world):
    """Whether the band is non-empty in a world and, if it reaches above the sea, above the ground."""
    low, high = _ends(volume, world)
    return low <= high and (high <= 0 or high >= world[1])


def truth(a, b, rules):
    """What the published bounds tell of two bands: `overlap`, `touch`, `possible` or `apart`."""
    if _contradicted(a, rules) or _contradicted(b, rules):
        return POSSIBLE
    separation = rules.get("separation", [0, 0, 0])[1]
    orders = [_order(a, b, separation, rules), _order(b, a, separation, rules)]
    if "above" in orders:
        return APART
    if orders == ["equal", "equal"]:
        return OVERLAP
    if "equal" in orders:
        return TOUCH
    return OVERLAP if orders == ["below", "below"] else POSSIBLE


def _extremes(limit, rules):
    """The least and the greatest height above mean sea level that a limit may have."""
    heights = [amsl_m(limit, world) for world in itertools.product(*_ranges(rules))]
    return min(heights), max(heights)


def _contradicted(volume, rules):
    """Whether a band is upside down by what is said of terrain and pressure: then nothing follows
    from them."""
    lower, upper = volume["lower"], volume["upper"]
    if isinstance(lower, str) or isinstance(upper, str) or lower[1] == upper[1]:
        return False
    return _extremes(lower, rules)[0] > _extremes(upper, rules)[1]


def _order(a, b, separation, rules):
    """How the lower limit of `a` lies to the upper one of `b`: below, equal, above or open."""
    lower, upper = a["lower"], b["upper"]
    if "unlimited" in (lower, upper):
        return "below"
    if "unknown" not in (lower, upper):
        if lower[1] == upper[1]:
            difference = lower[0] - (upper[0] + separation)
            return "below" if difference < 0 else "equal" if difference == 0 else "above"
        low, high = _extremes(lower, rules), _extremes(upper, rules)
        at_ground = lower[1] == "AGL" and lower[0] <= 0
        if low[1] < high[0] + separation:
            return "below"
        if low[0] > high[1] + separation and not at_ground:
            return "above"
        if at_ground and high[0] > 0 and high[1] >= rules.get("terrain", TERRAIN_M)[0]:
            return "below"
    # A band is not empty: what lies at or below its own other end is on the right side of it.
    below = _at_most(a["upper"], upper, rules) or _at_most(lower, b["lower"], rules)
    return "below" if below else "open"


def _at_most(limit, other, rules):
    """Whether one limit is known to lie at or below another."""
    if isinstance(limit, str) or isinstance(other, str):
        return False
    if limit[1] == other[1]:
        return limit[0] <= other[0]
    return _extremes(limit, rules)[1] <= _extremes(other, rules)[0]


def _reference(limit):
    return None if isinstance(limit, str) else limit[1]


def _times(a, b, rules):
    separation = rules.get("separation", [0, 0, 0])[2]

    def order(x, y):
        start, end = x.get("from"), y.get("until")
        return -1 if start is None or end is None else (start > end + separation) - (start < end + separation)

    orders = [order(a, b), order(b, a)]
    if 1 in orders:
        return APART
    if 0 in orders and orders != [0, 0]:
        return TOUCH
    return POSSIBLE if a.get("part_time") or b.get("part_time") else OVERLAP


def judge(pairs, answers):
    """The findings of a batch."""
    for pair_, answer in zip(pairs, answers):
        yield from common_failures(pair_, answer)
        if "error" not in answer:
            yield from _judge(pair_, answer)


def _judge(pair_, answer):
    a, b, rules = pair_["a"], pair_["b"], pair_["rules"]
    times = _times(a, b, rules)
    meant = min(truth(a, b, rules), times, key=RANK.index)
    if answer["relation"] != meant:
        yield Finding(f"the bounds and the times say {meant}", pair_, answer, float("inf"), True)
    if times != OVERLAP:
        return
    separation = rules.get("separation", [0, 0, 0])[1]
    if separation and all("FL" in (_reference(v["lower"]), _reference(v["upper"])) for v in (a, b)):
        # Between flight levels a required separation is counted in flight levels, as air traffic
        # control does, whatever the column of air.
        return
    for world in _worlds(np.random.default_rng(pair_["worlds"]), rules, WORLDS):
        if not (_holds(a, world) and _holds(b, world)):
            continue
        (low_a, high_a), (low_b, high_b) = _ends(a, world), _ends(b, world)
        unknown = "unknown" in (a["lower"], a["upper"], b["lower"], b["upper"])
        clear_m = max(low_a - high_b, low_b - high_a) - separation
        if answer["relation"] == APART and clear_m < -1e-6 and not unknown:
            yield Finding(f"they meet where geoid, terrain, QNH and column are {world}", pair_, answer, -clear_m, True)
        if answer["relation"] == OVERLAP and clear_m > 1e-6:
            yield Finding(f"they are apart where geoid, terrain, QNH and column are {world}", pair_, answer, clear_m, True)
