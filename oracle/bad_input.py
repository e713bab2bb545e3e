"""Puts bad files to `deconflict check` and wants a clear refusal in bounded memory and time.

    python -m oracle.bad_input --deconflict target/debug/deconflict
"""

import argparse
import io
import json
import math
import multiprocessing
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

MEMORY_MB, SECONDS = 2500, 30
BIG = 100 * 1024 * 1024


def feature(coordinates, kind="Polygon"):
    """A GeoJSON file with one feature."""
    geometry = f'{{"type":"{kind}","coordinates":{coordinates}}}'
    return f'{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"name":"bad"}},"geometry":{geometry}}}]}}'.encode()


def zipped(members):
    """A zip archive, deflated."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def petals(count):
    """A ring that returns to its first vertex after each of many narrow triangles."""
    ring = []
    for k in range(count):
        angles = (2 * math.pi * (k + part) / count for part in (0.2, 0.8))
        ring += [[10.0, 50.0], *([10 + 0.01 * math.cos(a), 50 + 0.01 * math.sin(a)] for a in angles)]
    return json.dumps([[*ring, ring[0]]])


SQUARE = "[[[7,52],[8,52],[8,53],[7,53],[7,52]]]"
KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>bad</name>%s</Placemark></kml>'
RING = "<Polygon><outerBoundaryIs><LinearRing><coordinates>%s</coordinates></LinearRing></outerBoundaryIs></Polygon>"
INTENT = '{"operational_intents":[{"id":"x","volumes":[{"volume":{"outline_polygon":{"vertices":%s}}}]}]}'


def cases():
    """(name, file name, what makes the bytes, what the message must match)."""
    yield "empty", "a.geojson", lambda: b"", "."
    yield "nothing but blanks", "a.openair.txt", lambda: b"\n\n", "."
    yield "truncated", "a.geojson", lambda: feature(SQUARE)[:-40], "line|end|EOF"
    yield "not UTF-8", "a.geojson", lambda: feature(SQUARE).replace(b"bad", b"b\xff\xfed"), "UTF-8"
    yield "not UTF-8", "a.csv", lambda: b"id,name,lat,lon,radius_m\n1,\xc3\x28,52,7,300\n", "UTF-8"
    yield "not UTF-8", "a.kml", lambda: KML.encode()[:60] + b"\xff\xfe\xc3\x28", "UTF-8|line"
    yield "NaN", "a.geojson", lambda: feature("[[[NaN,52],[8,52],[8,53],[NaN,52]]]"), "line 1|number"
    yield "overflowing number", "a.geojson", lambda: feature("[[[1e999,52],[8,52],[8,53],[1e999,52]]]"), "number|range"
    yield "NaN", "a.csv", lambda: b"id,name,lat,lon,radius_m\n1,x,NaN,7,300\n", "row 2"
    yield "text for a number", "a.geojson", lambda: feature('[[["7",52],[8,52],[8,53],["7",52]]]'), "number"
    yield "out of range", "a.geojson", lambda: feature("[[[7,152],[8,52],[8,53],[7,152]]]"), "latitude"
    yield "out of range", "a.kml", lambda: (KML % (RING % "7,152 8,52 8,53 7,152")).encode(), "latitude|152"
    yield "out of range", "a.csv", lambda: b"id,name,lat,lon,radius_m\n1,x,52,7,300\n2,y,52,700,300\n", "row 3"
    yield "out of range", "a.f3548.json", lambda: (INTENT % '[{"lat":91,"lng":7},{"lat":52,"lng":8},{"lat":53,"lng":8}]').encode(), "latitude|91"
    yield "radius out of range", "a.openair.txt", lambda: b"AC D\nAN X\nAL SFC\nAH FL 100\nV X=50:00:00 N 001:00:00 W\nDC 99999\n", "line"
    yield "self-crossing", "a.geojson", lambda: feature("[[[7,52],[8,53],[8,52],[7,53],[7,52]]]"), "cross"
    yield "self-crossing", "a.kml", lambda: (KML % (RING % "7,52 8,53 8,52 7,53 7,52")).encode(), "cross"
    yield "self-crossing", "a.f3548.json", lambda: (INTENT % json.dumps([{"lat": a, "lng": b} for b, a in [(7, 52), (8, 53), (8, 52), (7, 53)]])).encode(), "cross"
    yield "unclosed", "a.geojson", lambda: feature("[[[7,52],[8,52],[8,53],[7,53]]]"), "clos|first"
    yield "two vertices", "a.geojson", lambda: feature("[[[7,52],[8,52],[7,52]]]"), "vertices|positions|area"
    yield "no area", "a.geojson", lambda: feature("[[[7,0],[8,0],[9,0],[7,0]]]"), "area"
    yield "hole outside", "a.geojson", lambda: feature("[[[7,52],[8,52],[8,53],[7,53],[7,52]],[[17,52],[18,52],[18,53],[17,52]]]"), "hole|inside"
    yield "the same hole twice", "a.geojson", lambda: feature("[[[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[2,1],[2,2],[1,2],[1,1]],[[1,1],[2,1],[2,2],[1,2],[1,1]]]"), "hole"
    yield "wider than half the globe", "a.geojson", lambda: feature("[[[-120,60],[120,60],[120,85],[-120,85],[-120,60]]]"), "half round"
    yield "5,000 petals on one vertex", "a.geojson", lambda: feature(petals(5000)), "vert"
    yield "upside-down heights", "a.openair.txt", lambda: b"AC D\nAN X\nAL 5000 ft\nAH 1000 ft\nV X=50:00:00 N 001:00:00 W\nDC 5\n", "above|lower"
    yield "deeply nested", "a.geojson", lambda: feature("[" * 200_000 + "]" * 200_000), "deep|nest|recursion"
    yield "deeply nested", "a.kml", lambda: (KML % ("<Folder>" * 100_000)).encode(), "deep|nest|line"
    yield "entity bomb", "a.kml", lambda: b'<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><kml><Placemark><name>&b;</name></Placemark></kml>', "."
    yield "not a zip", "a.kmz", lambda: b"PK\x03\x04 nonsense", "zip|archive|KMZ|kmz"
    yield "not a zip", "a.xlsx", lambda: b"nonsense", "zip|workbook|xlsx|XLSX"
    yield "zip bomb", "a.kmz", lambda: zipped({"doc.kml": b"<kml>" + b" " * 4 * BIG}), "more than"
    yield "zip bomb", "a.xlsx", lambda: zipped({"xl/worksheets/sheet1.xml": b"<x>" + b" " * 4 * BIG, "xl/workbook.xml": b"<workbook/>"}), "."
    yield "zip without KML", "a.kmz", lambda: zipped({"readme.txt": b"x"}), "kml|KML"
    yield "unknown extension", "a.bin", lambda: bytes(range(256)) * 10, "format|UTF-8"
    yield "too many vertices", "a.geojson", lambda: feature("[[" + ",".join(f"[{i * 1e-6},{(i % 2) * 1e-7}]" for i in range(250_000)) + "]]"), "vertices|clos"
    # 100 MB each.
    yield "100 MB of one string", "a.geojson", lambda: b'"' + b"x" * BIG, "line|end|EOF|feature"
    yield "100 MB of brackets", "a.geojson", lambda: b"[" * BIG, "deep|nest|recursion"
    yield "100 MB of zeros", "a.csv", lambda: b"\0" * BIG, "."
    yield "100 MB on one line", "a.openair.txt", lambda: b"AN " + b"x" * BIG, "line"
    yield "100 MB of rows without meaning", "a.csv", lambda: b"id,name,lat,lon,radius_m\n" + b"x,y,z,w,v\n" * (BIG // 10), "row"
    yield "100 MB of tags", "a.kml", lambda: b"<kml>" + b"<Placemark>" * (BIG // 11), "deep|nest|line"
    row = b"[7.123456,52.123456],"
    yield "100 MB of vertices", "a.geojson", lambda: feature("[[%s]]").replace(b"%s", row * (BIG // len(row)) + b"[7,52]"), "vertices|memory"
    yield "more than is read", "a.geojson", lambda: b" " * (257 * 1024 * 1024), "MB|MiB|bytes|large"


def ask(binary, path):
    """Exit status, what was said on standard error, peak memory in MB, seconds."""
    begin = time.monotonic()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen([binary, "check", "--within", path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        # Beside the status, the memory of this one process.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read(200_000).decode("utf-8", "replace")
    return process.returncode, said, usage.ru_maxrss / 1024, time.monotonic() - begin


def limit_time():
    """No case may take longer than this: the kernel ends it, and the status shows it."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def faults(answer, pattern, name):
    """What is wrong with an answer."""
    status, said, memory_mb, _ = answer
    if status != 2:
        yield f"exit status {status}, not 2"
    if not said.strip():
        yield "nothing is said on standard error"
    if "panicked" in said or "RUST_BACKTRACE" in said:
        yield "it panicked"
    if name not in said:
        yield "the file is not named"
    if not re.search(pattern, said):
        yield f"the message says nothing of /{pattern}/"
    if len(said) > 100_000:
        yield "the message is over 100 kB"
    if memory_mb > MEMORY_MB:
        yield f"{memory_mb:.0f} MB of memory"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--deconflict", required=True, help="the deconflict binary")
    binary = os.path.abspath(parser.parse_args().deconflict)
    multiprocessing.set_start_method("fork")
    limit_time()
    wrong, count, most_mb, longest = 0, 0, 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, file_name, make, pattern in cases():
            path = Path(folder) / file_name
            # In a process of its own: what this one holds would count as the next one's memory.
            writer = multiprocessing.Process(target=lambda: path.write_bytes(make()))
            writer.start()
            writer.join()
            length = path.stat().st_size
            answer = ask(binary, str(path))
            path.unlink()
            count += 1
            most_mb, longest = max(most_mb, answer[2]), max(longest, answer[3])
            first = answer[1].strip().splitlines()[:1]
            print(f"{name} ({file_name}, {length} bytes): {answer[2]:.0f} MB, {answer[3]:.1f} s: {' '.join(first)[:200]}")
            for fault in faults(answer, pattern, file_name):
                wrong += 1
                print(f"WRONG: {name} ({file_name}): {fault}\n  {answer[1][:600]}")
    print(f"bad input: {count} files, {wrong} wrong; at most {most_mb:.0f} MB and {longest:.1f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
