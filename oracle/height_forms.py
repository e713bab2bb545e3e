"""Writes heights in every form and in forms near them, and compares how `deconflict show` reads them with a second
reader.

    python -m oracle.height_forms --deconflict target/debug/deconflict --forms 4000 --seed 1

Each height is the upper limit of an airspace of its own: what is read must be read alike, and what one of the two
refuses the other must refuse."""

import argparse
import collections
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from oracle import airspace_reader

WORDS = (
    "SFC GND SURFACE GROUND UNL UNLIM UNLTD UNLIMITED UNKNOWN NOTAM BY BCTA FL F STD ALT AMSL MSL ASL QNH AGL ASFC AGND "
    "W84 WGS84 WGS-84 HAE FT FEET FOOT ' M METRES METERS KM NM MNM MAX ABOVE AND OR TO ( ) , / - + . ft agl Fl"
).split()
NUMBERS = "0 1 65 065 095 100 999 1000 6500 3500 65.5 5.500 1.250 1.125 1.0670 0.500 12.5 -100 +300 3,500 660 10 1e3 65.".split()


def forms(random_source, count):
    """So many texts: the forms of the grammar with words exchanged, left out, put in and joined."""
    patterns = [
        ["FL", "N"], ["N", "FL"], ["F", "N"], ["N"], ["N", "FT"], ["N", "FT", "AMSL"], ["N", "M", "AGL"], ["N", "AGL"],
        ["ALT", "N", "FT"], ["MSL", "N"], ["SFC"], ["UNL"], ["UNL", "FT"], ["FL", "N", "STD"], ["N", "FT", "STD"],
        ["BY", "NOTAM"], ["BCTA", "FT"], ["N", "M", "W84"], ["FL", "N", "(", "MNM", "N", "FT", ")"], ["GND", "N", "FT"],
        ["FL", "N", "N", "FT", "AGL"], ["N", "F", "ASFC"], ["ALT", "FL", "N"], ["N", "AMSL", "FT"], ["FL", "N", "ALT"], ["FT", "N"],
    ]
    for _ in range(count):
        words = list(random_source.choice(patterns))
        for _ in range(random_source.choice([0, 0, 1, 1, 2])):
            at = random_source.randrange(len(words) + 1)
            change = random_source.randrange(4)
            if change == 0 and words:
                words[min(at, len(words) - 1)] = random_source.choice(WORDS)
            elif change == 1 and len(words) > 1:
                del words[min(at, len(words) - 1)]
            elif change == 2:
                words.insert(at, random_source.choice([*WORDS, "N"]))
            else:
                random_source.shuffle(words)
        words = [random_source.choice(NUMBERS) if word == "N" else word for word in words]
        glue = random_source.choice([" ", " ", "", "  "])
        yield glue.join(words).strip()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--deconflict", required=True)
    parser.add_argument("--forms", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    texts = list(forms(random.Random(options.seed), options.forms))
    blocks = [f"AC D\nAN {i}\nAH {text}\nV X=46:00:00 N 010:00:00 E\nDC 1\n" for i, text in enumerate(texts)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "heights.openair"
        path.write_text("".join(blocks))
        command = [options.deconflict, "show", path, "--output", "json", "--leave-out-mistaken"]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 4):
        raise SystemExit(f"exit status {done.returncode}\n{done.stderr}")
    volumes = {int(feature["id"]): feature["volumes"][0] for feature in json.loads(done.stdout)["features"]}
    counts, wrong = collections.Counter(), []
    for i, text in enumerate(texts):
        told = volumes.get(i)
        told = told and (told["upper_m"], told["upper_reference"])
        try:
            expected = airspace_reader.height(text)
        except airspace_reader.Refused:
            expected = None
        counts["read" if expected else "refused"] += 1
        same = told == expected or (
            told and expected and told[1] == expected[1] and None not in (told[0], expected[0])
            and abs(told[0] - expected[0]) < 1e-6
        )
        if not same:
            wrong.append(f"  `{text}`: {told} and not {expected}")
    print(f"{len(texts)} forms of heights, {counts['read']} read, {counts['refused']} refused, {len(wrong)} differ")
    print("\n".join(wrong[:30]))
    # A generator that only makes nonsense judges nothing.
    return 1 if wrong or min(counts.values(), default=0) < len(texts) / 10 else 0


if __name__ == "__main__":
    sys.exit(main())
