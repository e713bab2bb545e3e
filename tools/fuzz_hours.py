"""Adds what the fuzz targets ran, from their logs, to the table in fuzz/HOURS.md."""

import datetime
import re
import sys
from pathlib import Path

TABLE = Path(__file__).resolve().parent.parent / "fuzz" / "HOURS.md"
HEAD = """# Hours fuzzed

Cumulative, by target; `make soak` adds to it. Found: inputs that broke a check, all mended since.

| target | hours | inputs | found | last run |
|---|---|---|---|---|
"""


def old_rows():
    """The table as it stands: target to [hours, inputs, found, last run]."""
    if not TABLE.exists():
        return {}
    rows = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and re.fullmatch(r"[\d.]+", cells[1]):
            rows[cells[0]] = [float(cells[1]), int(cells[2]), int(cells[3]), cells[4]]
    return rows


def main():
    rows = old_rows()
    for path in map(Path, sys.argv[1:]):
        log = path.read_text(encoding="utf-8", errors="replace")
        done = re.search(r"^Done (\d+) runs in (\d+) second", log, re.M)
        if done is None and "SUMMARY: libFuzzer" not in log:
            continue
        row = rows.setdefault(path.stem.removeprefix("fuzz-"), [0.0, 0, 0, ""])
        if done:
            row[0] += int(done.group(2)) / 3600
            row[1] += int(done.group(1))
        else:
            row[2] += 1
        row[3] = datetime.date.today().isoformat()
    lines = [f"| {t} | {h:.2f} | {n} | {found} | {day} |" for t, (h, n, found, day) in sorted(rows.items())]
    TABLE.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
