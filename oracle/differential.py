"""Puts random pairs to the product's `relation` and to the judges, and compares.

    python -m oracle.differential --driver target/debug/deconflict-oracle --pairs 20000 --seed 1

Every pair follows from the seed. A wrong answer ends the run with exit status 1; it stands in the
report file as the line of JSON that was put to the driver, with what was answered and why it is
wrong.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import zlib
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

from oracle import (
    crossing_outlines,
    declared_edges,
    heights,
    judge_polygons,
    judge_rounds,
    polygon_pairs,
    round_pairs,
)
from oracle.judging import Finding, Tally
from oracle.shapes import reordered, turned

CHUNK = 500
# Of a thousand pairs, how many of each kind.
SHARES = {"polygons": 440, "rounds": 390, "declared": 50, "heights": 100, "crossing": 20}
JUDGES = {
    "polygons": judge_polygons.judge,
    "rounds": judge_rounds.judge,
    "declared": declared_edges.judge,
    "heights": heights.judge,
    "crossing": crossing_outlines.judge,
}


def polygons_chunk(rng, count):
    """Pairs of polygons, every tenth also turned and said otherwise."""
    makers, shares = zip(*polygon_pairs.FAMILIES)
    pairs = []
    while len(pairs) < count:
        maker = makers[int(rng.choice(len(makers), p=shares))]
        a, b, known = maker(rng)
        pair = {"family": maker.__name__, "a": a, "b": b, "known_m": known}
        pairs += with_variants(rng, pair, len(pairs))
    return pairs


def rounds_chunk(rng, count):
    """Pairs with distances; every tenth also turned and said otherwise."""
    skeletons = [round_pairs.skeletons(rng) for _ in range(count * 3 // 4)]
    distances, nearest = round_pairs.distances_m(skeletons)
    pairs = []
    for skeleton, distance, points in zip(skeletons, distances, nearest):
        (a, b), separation, gap_m = round_pairs.with_radii(rng, skeleton, float(distance))
        kinds = sorted("circle" if "circle" in s else "corridor" if "corridor" in s else "polygon" for s in (a, b))
        pair = {
            "family": " and ".join(kinds),
            "a": a,
            "b": b,
            "rules": {"separation": [separation, 0, 0]},
            "gap_m": gap_m,
            "distance_m": float(distance),
            "nearest": None if points is None else [[float(x) for x in p] for p in points],
        }
        pairs += with_variants(rng, pair, len(pairs))
    return pairs


def with_variants(rng, pair, index):
    """The pair, and for every tenth the ways of moving it that may not change the answer."""
    if rng.random() > 0.1:
        return [pair]
    angle, quarter = float(rng.uniform(-180, 180)), float(rng.choice([-90, 90, 180]))

    def variant(name, change):
        moved = {**pair, "family": name, "base": index, "a": change(pair["a"]), "b": change(pair["b"])}
        return {**moved, "known_m": None} if pair.get("known_m") == 0.0 and name != "reordered" else moved

    return [
        pair,
        variant("turned", partial(turned, degrees=angle)),
        variant("turned by right angles", partial(turned, degrees=quarter)),
        variant("reordered", partial(reordered, rng)),
    ]


def declared_chunk(rng, count):
    """Polygons with edges of another rule."""
    return [declared_edges.pair(rng) for _ in range(count)]


def crossing_chunk(rng, count):
    """Outlines that cross themselves."""
    return [crossing_outlines.pair(rng) for _ in range(count)]


def heights_chunk(rng, count):
    """Pairs that differ in heights and times."""
    return [heights.pair(rng) for _ in range(count)]


MAKERS = {
    "polygons": polygons_chunk,
    "rounds": rounds_chunk,
    "declared": declared_chunk,
    "heights": heights_chunk,
    "crossing": crossing_chunk,
}


def question(pair):
    """The line that is put to the driver."""
    return {key: pair[key] for key in ("a", "b", "rules", "detail") if key in pair}


def ask(driver, pairs):
    """The driver's answers."""
    lines = "".join(json.dumps(question(pair)) + "\n" for pair in pairs)
    done = subprocess.run([driver], input=lines.encode(), stdout=subprocess.PIPE, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or len(answers) != len(pairs):
        culprit = pairs[len(answers)] if len(answers) < len(pairs) else pairs[-1]
        raise RuntimeError(
            f"the driver ended with status {done.returncode} after {len(answers)} of {len(pairs)} "
            f"pairs, at: {json.dumps(question(culprit))}"
        )
    return answers


def run_chunk(driver, seed, task):
    """Makes, asks and judges one chunk."""
    kind, index, count = task
    rng = np.random.default_rng([seed, zlib.crc32(kind.encode()), index])
    pairs = MAKERS[kind](rng, count)
    for pair in pairs:
        if rng.random() < 0.1:
            pair["detail"] = True
    tally = Tally()
    try:
        answers = ask(driver, pairs)
    except RuntimeError as error:
        tally.add(Finding(str(error), {}, {}, float("inf"), True))
        return kind, tally
    for pair, answer in zip(pairs, answers):
        tally.count(pair, answer)
        count_known(tally, pair, answer)
    for finding in JUDGES[kind](pairs, answers):
        tally.add(finding)
    for finding in changed_answers(pairs, answers):
        tally.add(finding)
    return kind, tally


def changed_answers(pairs, answers):
    """Findings of pairs that were only said otherwise (other first vertex, other direction) and are
    answered otherwise. Turned pairs are judged one by one: beyond the bounds, right means equal."""
    for pair, answer in zip(pairs, answers):
        if pair["family"] != "reordered":
            continue
        before = answers[pair["base"]].get("relation")
        if answer.get("relation") != before:
            near = abs(pair["gap_m"]) <= judge_rounds.BOUND_M if "gap_m" in pair else False
            yield Finding(f"said otherwise, it was {before}", pair, answer, 0.0, not near)


def count_known(tally, pair, answer):
    """Counts pairs made with a known gap, by its decade."""
    known = pair.get("gap_m", pair.get("known_m"))
    if known is None or known == 0 or "relation" not in answer or abs(known) > 100:
        return
    decade = int(np.floor(np.log10(abs(known))))
    side = "gap" if known > 0 else "overlap"
    right = answer["relation"] == ("apart" if known > 0 else "overlap")
    key = f"made with a {side} of 1e{decade} m"
    n, good = tally.known.get(key, (0, 0))
    tally.known[key] = (n + 1, good + right)


def tasks(pairs, seconds):
    """The chunks to run: so many pairs, or as many as fit in the time."""
    start, made, index = time.monotonic(), dict.fromkeys(SHARES, 0), 0
    while time.monotonic() - start < seconds:
        todo = {k: pairs * s // 1000 - made[k] for k, s in SHARES.items()} if pairs else None
        if todo and max(todo.values()) <= 0:
            return
        for kind, share in SHARES.items():
            count = CHUNK * share // 400
            count = min(count, todo[kind]) if todo else count
            if count > 0:
                made[kind] += count
                yield (kind, index, count)
        index += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--driver", required=True, help="the deconflict-oracle binary")
    parser.add_argument("--pairs", type=int, default=0, help="how many pairs (about); 0: no limit")
    parser.add_argument("--minutes", type=float, default=1e6, help="stop after so many minutes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", choices=sorted(SHARES), help="only pairs of this kind")
    parser.add_argument("--report", default="out/disagreements.jsonl", help="where wrong answers go")
    options = parser.parse_args()
    if options.only:
        for kind in list(SHARES):
            SHARES[kind] = 1000 if kind == options.only else 0
    started = time.monotonic()
    totals = {kind: Tally() for kind in SHARES}
    # An executor, not a Pool: when a worker is killed this one says so, a Pool waits for ever.
    with ProcessPoolExecutor(options.jobs) as pool:
        work = bounded(pool, partial(run_chunk, options.driver, options.seed), tasks(options.pairs, options.minutes * 60))
        for kind, tally in work:
            totals[kind].merge(tally)
    return report(totals, options, time.monotonic() - started)


def bounded(pool, function, items):
    """Results in order, with no more than a few items begun ahead of them."""
    waiting = []
    for item in items:
        waiting.append(pool.submit(function, item))
        while len(waiting) > 8:
            yield waiting.pop(0).result()
    for future in waiting:
        yield future.result()


def report(totals, options, seconds):
    """Prints what came out; the exit status."""
    wrong = []
    for kind, tally in totals.items():
        if not tally.pairs and not tally.wrong:
            continue
        answers = ", ".join(f"{n} {what}" for what, n in sorted(tally.answers.items()))
        print(f"{kind}: {tally.pairs} pairs ({answers}); {len(tally.wrong)} wrong; "
              f"{tally.excused} differ within the bound, at most {tally.worst_excused_m:.3g} m off")
        families = ", ".join(f"{what} {n}" for what, n in sorted(tally.by_family.items()))
        print(f"  {families}")
        for key, (n, right) in sorted(tally.known.items()):
            print(f"  {key}: {right} of {n} answered as made")
        wrong += tally.wrong
    pairs = sum(t.pairs for t in totals.values())
    print(f"oracle: seed {options.seed}, {pairs} pairs in {seconds:.0f} s, {len(wrong)} wrong")
    if wrong:
        write_report(wrong, options.report)
    return 1 if wrong or not pairs else 0


def write_report(wrong, path):
    """Prints the first wrong answers and writes all of them."""
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        for finding in wrong:
            row = {"what": finding.what, "off_m": finding.off_m, "answer": finding.answer, "pair": finding.pair}
            out.write(json.dumps(row) + "\n")
    for finding in wrong[:10]:
        answer = {k: v for k, v in finding.answer.items() if k != "common"}
        print(f"WRONG ({finding.pair.get('family', '')}): {finding.what}; answered {json.dumps(answer)}", file=sys.stderr)
        print(f"  {json.dumps(question(finding.pair))[:2000]}", file=sys.stderr)
    print(f"all {len(wrong)} wrong answers are in {path}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
