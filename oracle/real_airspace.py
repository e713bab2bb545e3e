"""Reads whole OpenAir files as they are published with `deconflict show` and with a second reader, and compares every
height, time and area.

    python -m oracle.real_airspace --deconflict target/debug/deconflict

Skipped, saying so, where the files are not there."""

import argparse
import datetime
import json
import subprocess
import sys
from pathlib import Path

from oracle import airspace_reader

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "real" / "openair"
# How much two areas may differ: what `show` promises for long edges.
SHARE = 0.005


def shown(deconflict, path):
    """What `show` says of a file: features, and the lines of those that it left out."""
    command = [deconflict, "show", path, "--output", "json", "--leave-out-mistaken"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 4):
        raise SystemExit(f"{path}: exit status {done.returncode}\n{done.stderr}")
    answer = json.loads(done.stdout)
    lines = {int(omission["place"].removeprefix("line ")) for omission in answer["left_out"]}
    if (done.returncode == 4) != bool(lines):
        raise SystemExit(f"{path}: exit status {done.returncode} with {len(lines)} left out")
    return answer["features"], lines


def instant(text):
    return text and datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def differences(block, window, volume):
    """In what a volume differs from a block in one of its windows."""
    for side in ("lower", "upper"):
        metres, reference = block[side] or (None, "unknown")
        told = (volume[f"{side}_m"], volume[f"{side}_reference"])
        if told[1] != reference or (metres is None) != (told[0] is None):
            yield f"{side}: {told} and not {(metres, reference)}"
        elif metres is not None and abs(metres - told[0]) > 1e-6:
            yield f"{side}: {told[0]} m and not {metres} m"
    times = (instant(volume["from"]), instant(volume["until"]), volume["part_time"])
    if times != window:
        yield f"times: {times} and not {window}"
    footprint = volume["footprint"]
    if block["circle"]:
        lat, lon, radius = block["circle"]
        told = (footprint.get("lat"), footprint.get("lon"), footprint.get("radius_m"))
        if None in told or max(abs(a - b) for a, b in zip(told, (lat, lon, radius))) > 1e-6:
            yield f"circle: {footprint} and not {block['circle']}"
    elif footprint["shape"] != "polygons":
        yield f"shape: {footprint['shape']} and not a polygon"
    else:
        area, length = airspace_reader.area_and_length(block["ring"])
        if abs(area - footprint["area_m2"]) > SHARE * area + (block["slack_m"] + 1) * length:
            yield f"area: {footprint['area_m2']} m2 and not {area:.0f} m2"


def judge(deconflict, path):
    """What is wrong with what `show` says of a file, and how many volumes were compared and left out."""
    features, left_out = shown(deconflict, path)
    read = airspace_reader.features(path.read_bytes())
    wrong, compared = [], 0
    expected = {}
    for key, blocks in read.items():
        blocks = [block for block in blocks if block["line"] not in left_out]
        wrong += [f"not refused: {fault}" for block in blocks for fault in block["wrong"]]
        if blocks:
            expected[key] = [(b, w) for b in blocks for w in b["windows"] or [(None, None, False)]]
    if len(expected) != len(features):
        wrong.append(f"{len(features)} features and not {len(expected)}")
    for (key, pairs), feature in zip(expected.items(), features):
        ident = key[0] if isinstance(key, tuple) else feature["id"]
        if feature["id"] != ident:
            wrong.append(f"feature {feature['id']} and not {ident}")
            break
        if len(pairs) != len(feature["volumes"]):
            wrong.append(f"{ident}: {len(feature['volumes'])} volumes and not {len(pairs)}")
            continue
        for (block, window), volume in zip(pairs, feature["volumes"]):
            compared += 1
            wrong += [f"line {block['line']} ({ident}): {what}" for what in differences(block, window, volume)]
    return wrong, compared, len(left_out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--deconflict", required=True)
    deconflict = parser.parse_args().deconflict
    files = sorted(DATA.glob("*"))
    if not files:
        print(f"skipped: {DATA} not found")
        return 0
    failed = 0
    for path in files:
        wrong, compared, left_out = judge(deconflict, path)
        print(f"{path.name}: {compared} volumes compared, {left_out} left out, {len(wrong)} differ")
        for line in wrong[:20]:
            print(f"  {line}")
        failed += len(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
