"""Checks `deconflict check` on real airspace: UK temporary restrictions against UK airspace.

    python -m oracle.uk_airspace --deconflict target/debug/deconflict

An independent computation: its own reader, S2 for polygons, geodesics for circles, every height
compared over what is possible. Pairs whose boundaries come within a metre of deciding otherwise (and,
for an arc whose two ends are published at different distances from its centre, within that
difference) are listed and excused.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import spherely

from oracle import earth, heights, judge_polygons, openair, round_pairs

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "uk-airspace"
BOUND_M = 1.0


def skeleton(block):
    """The skeleton and radius of a block's footprint."""
    if "circle" in block:
        lon, lat, radius = block["circle"]
        return {"point": [lon, lat]}, radius
    return {"polygons": [[[list(p) for p in block["ring"]]]]}, 0.0


def untangled(block):
    """The block without the small loops that rounded positions make where an arc meets a line: the
    vertices between two crossing edges are left out, and the slack grows by the loop's reach."""
    while "circle" not in block:
        ring = block["ring"]
        try:
            spherely.create_polygon(ring)
            break
        except ValueError:
            first, second = crossing(ring)
        loop = ring[first + 1 : second + 1]
        reach = max(earth.geodesic_m([ring[first]] * len(loop), loop))
        if reach > 500:
            raise ValueError(f"{block['name']}: a loop of {reach:.0f} m is no rounding")
        block = {**block, "ring": ring[: first + 1] + ring[second + 1 :], "slack_m": block["slack_m"] + reach}
    return block


def crossing(ring):
    """Two edges of a ring that cross, by the vertices they start from."""
    starts = earth.vectors(ring)
    ends = np.roll(starts, -1, axis=0)
    normals = np.cross(starts, ends)
    # Both ends of each edge lie on different sides of the other.
    from_start, from_end = np.sign(normals @ starts.T), np.sign(normals @ ends.T)
    splits = from_start * from_end < 0
    # Neighbours meet without crossing: two off the diagonal, and not the last with the first.
    found = np.argwhere(np.triu(splits & splits.T, 2))
    return next((int(i), int(j)) for i, j in found if (i, j) != (0, len(ring) - 1))


def gaps_m(pairs):
    """Metres between the footprints of each pair, negative where they overlap by so much."""
    skeletons = [(skeleton(a), skeleton(b)) for a, b in pairs]
    distances, _ = round_pairs.distances_m([(a[0], b[0]) for a, b in skeletons])
    for (a, b), distance in zip(skeletons, distances):
        if distance == 0 and a[1] == b[1] == 0:
            shapes = [judge_polygons.geography(s[0]) for s in (a, b)]
            yield -judge_polygons.depth_m(*shapes)
        else:
            yield float(distance) - a[1] - b[1]


def band(block):
    """The block's heights as the driver's volumes have them."""
    return {"lower": list(block["lower"]), "upper": list(block["upper"])}


def caps(blocks):
    """For each block a direction and the angle within which its footprint lies around it."""
    centres, reaches = [], []
    for _, block in blocks:
        if "circle" in block:
            lon, lat, radius = block["circle"]
            points, around = earth.vectors([(lon, lat)]), radius / earth.LOW / earth.RADIUS_M
        else:
            points, around = earth.vectors(block["ring"]), 0.0
        centre = earth.unit(points.mean(axis=0))
        centres.append(centre)
        reaches.append(around + earth.angle(points, centre).max())
    return np.array(centres), np.array(reaches)


def expected(plans, structures):
    """For each pair of keys: what is meant, and how far in metres beyond the slack of published arcs
    that is from being otherwise. Pairs that the heights keep apart, and those whose caps are ten
    kilometres apart, are not measured."""
    (centres, reaches), (others, other_reaches) = caps(plans), caps(structures)
    result, pairs = {}, []
    for i, plan in enumerate(plans):
        clear_m = (earth.angle(others, centres[i]) - other_reaches - reaches[i]) * earth.RADIUS_M
        for structure, far in zip(structures, clear_m > 10_000):
            vertical = heights.truth(band(plan[1]), band(structure[1]), {})
            result[plan[0], structure[0]] = (heights.APART, np.inf, vertical)
            if not far and vertical != heights.APART:
                pairs.append((plan, structure))
    for (plan, structure), gap in zip(pairs, gaps_m([(p[1], s[1]) for p, s in pairs])):
        key = plan[0], structure[0]
        vertical = result[key][2]
        margin = abs(gap) - plan[1]["slack_m"] - structure[1]["slack_m"]
        result[key] = (vertical if gap < 0 else heights.APART, margin, vertical)
    return result


def keyed(blocks):
    """Blocks with the keys that the output gives them: the name, and a count where it recurs."""
    seen = {}
    for block in map(untangled, blocks):
        index = seen.get(block["name"], 0)
        seen[block["name"]] = index + 1
        yield (block["name"], index), block


def answered(binary, plan, against):
    """What `deconflict check` prints."""
    command = [binary, "check", plan, "--against", against, "--output", "json"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=300)
    if done.returncode != 1:
        raise SystemExit(f"exit status {done.returncode}, not 1: {done.stderr.decode()[:2000]}")
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--deconflict", required=True, help="the deconflict binary")
    options = parser.parse_args()
    files = [DATA / "uk-temporary.openair.txt", DATA / "uk-airspace.openair.txt"]
    if not all(f.exists() for f in files):
        print("skipped: UK airspace: ../shared/data/uk-airspace not found")
        return 0
    plans, structures = (list(keyed(openair.volumes(f.read_text(encoding="utf-8")))) for f in files)
    meant = expected(plans, structures)
    output = answered(options.deconflict, *map(str, files))
    said = {}
    for conflict in output["conflicts"]:
        key = tuple((conflict[side]["id"], conflict[side]["volume"]) for side in "ab")
        said[key] = conflict["relation"]
    return compare(meant, said, output)


def compare(meant, said, output):
    """Prints the differences and the counts; the exit status."""
    wrong = [f"not a pair of these files: {key}" for key in said if key not in meant]
    excused = 0
    for key, (relation, margin, vertical) in meant.items():
        answer = said.get(key, "apart")
        if answer == ("apart" if relation == "touch" else relation):
            continue
        line = f"{key}: answered {answer}, meant {relation} (heights {vertical}), {margin:.3f} m from the boundary (less the arcs' slack)"
        if margin < BOUND_M:
            excused += 1
            print("within a metre:", line)
        else:
            wrong.append(line)
    counts = {r: sum(1 for m in meant.values() if m[0] == r) for r in ("overlap", "possible", "touch")}
    answers = {r: sum(1 for v in said.values() if v == r) for r in ("overlap", "possible", "touch")}
    print(f"volumes: {output['volumes']}; pairs: {len(meant)}; meant: {counts}; answered: {answers}; "
          f"{excused} excused within {BOUND_M} m; {len(wrong)} wrong")
    for line in wrong[:40]:
        print("WRONG", line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
