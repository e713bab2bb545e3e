#!/usr/bin/env python3
"""Packs Natural Earth's land polygons for the picture.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python3 tools/land.py package/land-10m.json crates/cli/assets/land.bin

The input is TopoJSON on an integer grid. The output is raw deflate of: four little-endian doubles
(degrees of longitude and latitude at grid 0,0 and per grid step), the number of rings, and for
each ring its number of vertices and each vertex as the difference from the one before (the first
ring starts from 0,0). Numbers are LEB128 varints, differences zigzag coded. Rings are not closed.
"""

import json
import struct
import sys
import zlib


def varint(n):
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def zigzag(n):
    return varint(n << 1 if n >= 0 else (-n << 1) - 1)


def rings(topology):
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x, y))
        arcs.append(points)
    for geometry in topology["objects"]["land"]["geometries"]:
        polygons = geometry["arcs"]
        for polygon in polygons if geometry["type"] == "MultiPolygon" else [polygons]:
            for ring in polygon:
                points = []
                for index in ring:
                    arc = arcs[index] if index >= 0 else arcs[~index][::-1]
                    points += arc[1:] if points else arc
                yield [p for i, p in enumerate(points[:-1]) if i == 0 or p != points[i - 1]]


def main(source, target):
    with open(source, encoding="utf-8") as file:
        topology = json.load(file)
    transform = topology["transform"]
    every = [ring for ring in rings(topology) if len(ring) >= 3]
    raw = bytearray(struct.pack("<4d", *transform["translate"], *transform["scale"]))
    raw += varint(len(every))
    x = y = 0
    for ring in every:
        raw += varint(len(ring))
        for nx, ny in ring:
            raw += zigzag(nx - x) + zigzag(ny - y)
            x, y = nx, ny
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(raw)) + packer.flush()
    with open(target, "wb") as file:
        file.write(packed)
    vertices = sum(map(len, every))
    print(f"{len(every)} rings, {vertices} vertices, {len(raw)} bytes, packed {len(packed)}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
