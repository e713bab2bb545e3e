"""Checks the times in `deconflict check` on examples/ by brute force.

    python -m oracle.examples --deconflict target/debug/deconflict

The files are checked as they are, and again with every window made the whole century. What is in
conflict then must be in conflict as it is exactly when the windows, read here by other code, meet for
longer than an instant; and it must begin and end with their common part.
"""

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
FILES = ["temporary.openair.txt", "temporary.geojson", "operations.json", "airspace.geojson", "sites.csv"]
CENTURY = ("2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z")
ALWAYS = (None, None, False)


def instant(text):
    """An instant, or None."""
    return text and datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def intents(text):
    """The windows of F3548 intents by (id, volume), and the file with windows of a century."""
    file, windows = json.loads(text), {}
    for intent in file["operational_intents"]:
        for k, volume in enumerate(intent["volumes"]):
            ends = [volume[name] for name in ("time_start", "time_end")]
            windows[intent["id"], k] = (*(instant(end["value"]) for end in ends), False)
            for end, value in zip(ends, CENTURY):
                end["value"] = value
    return windows, json.dumps(file)


def features(text):
    """The same of ED-318 features: a volume for each applicability, part-time where it is a
    schedule."""
    file, windows = json.loads(text), {}
    for feature in file["features"]:
        properties = feature["properties"]
        for k, period in enumerate(properties.get("limitedApplicability", [])):
            ends = (instant(period.get(name)) for name in ("startDateTime", "endDateTime"))
            windows[feature["id"], k] = (*ends, "schedule" in period)
            period.clear()
            period["startDateTime"], period["endDateTime"] = CENTURY
    return windows, json.dumps(file)


def airspaces(text):
    """The same of OpenAir records: one volume each, AI before AA."""
    windows, lines, name = {}, [], None
    for line in text.splitlines():
        if line.startswith("AI "):
            name = line[3:]
        if line.startswith("AA "):
            windows[name, 0] = (*(instant(end) for end in line[3:].split("/")), False)
            line = "AA " + "/".join(CENTURY)
        lines.append(line)
    return windows, "\n".join(lines) + "\n"


def check(binary, folder):
    """The conflicts of the files in a folder by the keys of their two volumes."""
    command = [binary, "check", "--within", *FILES, "--output", "json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)
    if done.returncode != 1:
        raise SystemExit(f"exit status {done.returncode}, not 1: {done.stderr.decode()[:2000]}")

    def key(side):
        return side["file"], side["id"], side["volume"]

    return {(key(c["a"]), key(c["b"])): c for c in json.loads(done.stdout)["conflicts"]}


def common(one, other):
    """The common part of two windows; None where they do not meet for longer than an instant."""
    begins = [w[0] for w in (one, other) if w[0]]
    ends = [w[1] for w in (one, other) if w[1]]
    window = (max(begins, default=None), min(ends, default=None))
    return None if None not in window and window[0] >= window[1] else window


def expected(whole, windows):
    """What must be answered: the relation and the common window of each pair."""
    for (a, b), conflict in whole.items():
        one, other = windows.get(a, ALWAYS), windows.get(b, ALWAYS)
        window = common(one, other)
        if window:
            relation = "possible" if one[2] or other[2] else conflict["relation"]
            yield (a, b), (relation, *window)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--deconflict", required=True, help="the deconflict binary")
    binary = str(Path(parser.parse_args().deconflict).resolve())
    readers = {"operations.json": intents, ".geojson": features, ".openair.txt": airspaces}
    windows = {}
    with tempfile.TemporaryDirectory() as folder:
        for file in FILES:
            text = (EXAMPLES / file).read_text(encoding="utf-8")
            for end, read in readers.items():
                if file.endswith(end):
                    found, text = read(text)
                    windows |= {(file, *key): window for key, window in found.items()}
            (Path(folder) / file).write_text(text, encoding="utf-8")
        whole = check(binary, folder)
    said = {
        key: (c["relation"], instant(c["from"]), instant(c["until"])) for key, c in check(binary, EXAMPLES).items()
    }
    meant = dict(expected(whole, windows))
    wrong = [(key, meant.get(key), said.get(key)) for key in meant | said if meant.get(key) != said.get(key)]
    for key, should, answer in wrong:
        print(f"WRONG {key}: meant {should}, answered {answer}")
    print(f"examples: {len(windows)} windows; {len(whole)} pairs in conflict at some time, {len(meant)} of them "
          f"while both are in force; {len(said)} answered; {len(wrong)} wrong")
    return 1 if wrong or not meant or len(meant) == len(whole) else 0


if __name__ == "__main__":
    sys.exit(main())
