#!/usr/bin/env python3
"""Plays the story of a zone around a garrison at a border crossing, with the built command: a host and the
desks of two powers and an aid agency, real keys, real processes on this machine. It ends by itself, leaves
no process, and fails loudly. The place is real (At-Tanf, 2017); units, tracks and words are invented."""

import argparse
import base64
import datetime
import hashlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
import zlib
from pathlib import Path

SPACE = "deconflict.example/at-tanf"
DESKS = ["power-1", "power-2", "aid"]
PARTIES = {
    "un": ("Coordination centre", "hotline +0 000 0100", []),
    "power-1": ("First power", "operations room, +0 000 0201", []),
    "power-2": ("Second power", "operations room, +0 000 0301", ["allied-forces"]),
    "aid": ("Aid agency", "convoy desk, +0 000 0401", []),
}
# What the second power would have the zone say.
OWN_TEXT = "30 km, and the road open to all who are notified."
GARRISON = {"lat": 33.5, "lon": 38.6}
# A step that takes longer than this hangs: every one of them ends by itself.
PATIENCE_S = 120
# Seconds that the first request to leave gives: an answer is due within a third.
ASKED_S = 60
# Columns of what is printed.
WIDTH = 110


class Wrong(Exception):
    """Something did not go as the story says."""


class Stage:
    """Where the story is played: a folder, the command, the host's process."""

    def __init__(self, command, folder, pace_s):
        self.command, self.folder, self.pace_s = command, folder, pace_s
        self.host = None

    def path(self, *parts):
        return str(self.folder.joinpath(*parts))

    def pause(self, times=1):
        time.sleep(self.pace_s * times)

    def chapter(self, text):
        print(f"\n\033[1m{textwrap.fill(text, 100)}\033[0m" if sys.stdout.isatty()
              else "\n" + textwrap.fill(text, 100), flush=True)
        self.pause()

    def environment(self, party):
        env = {k: v for k, v in os.environ.items() if not k.startswith("DECONFLICT_")}
        env.update(LC_ALL="C.UTF-8", LANG="en", COLUMNS="100")
        if party:
            env["DECONFLICT_PASSPHRASE_FILE"] = self.path(party, "passphrase")
            env["DECONFLICT_DESK"] = self.path(party, "desk")
        return env

    def run(self, party, *args, expect=(0,)):
        """Runs the command as a party, and returns what it printed on standard output."""
        return self.ended(party, args, expect, subprocess.PIPE).stdout

    def ended(self, party, args, expect, errors):
        done = subprocess.run(
            [self.command, *args], env=self.environment(party), cwd=self.folder, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, timeout=PATIENCE_S)
        if done.returncode not in expect:
            raise Wrong(
                f"as {party}: deconflict {' '.join(args)}\n  ended with status {done.returncode}, "
                f"expected {expect}\n{done.stdout}{done.stderr or ''}")
        return done

    def show(self, party, *args, expect=(0,), terse=False):
        """Runs it before the audience. `terse`: what became of it, without what was shown before signing."""
        said = " ".join(shown(arg, self.folder) for arg in args)
        print(f"\n{party}$ deconflict {said}", flush=True)
        done = self.ended(party, args, expect, subprocess.PIPE if terse else subprocess.STDOUT)
        for line in done.stdout.rstrip().splitlines():
            line = line.replace(str(self.folder) + "/", "")
            indent = " " * (4 + len(line) - len(line.lstrip()))
            lines = textwrap.wrap(line, WIDTH, initial_indent="  ", subsequent_indent=indent,
                                  break_long_words=False, break_on_hyphens=False) or [""]
            # Leading blanks are the layout of what was printed.
            lead = len(line) - len(line.lstrip())
            print("\n".join(["  " + " " * lead + lines[0].lstrip(), *lines[1:]]), flush=True)
        self.pause()
        return done.stdout

    def json(self, party, *args, expect=(0,)):
        return json.loads(self.run(party, *args, "--output", "json", expect=expect))

    def start_host(self, *more):
        self.log = open(self.path("un", "host.log"), "w+", encoding="utf-8")
        self.host = subprocess.Popen(
            [self.command, "host", "run", self.path("un", "host"), "--listen", "127.0.0.1:0",
             *more],
            env=self.environment("un"), cwd=self.folder, text=True,
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            log = Path(self.log.name).read_text(encoding="utf-8")
            for line in log.splitlines():
                if line.startswith("ready: "):
                    return line.split()[1]
            if self.host.poll() is not None:
                raise Wrong(f"the host ended at once:\n{log}")
            time.sleep(0.1)
        raise Wrong("the host is not ready in time")

    def stop_host(self):
        if self.host and self.host.poll() is None:
            self.host.send_signal(signal.SIGTERM)
            try:
                self.host.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.host.kill()
                self.host.wait()
        if self.host:
            self.log.close()


def shown(arg, folder):
    arg = arg.replace(str(folder) + "/", "")
    return f"'{arg}'" if any(c in arg for c in " ;") else arg


def article(kind):
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def at(hours):
    """So many hours from the next full one."""
    full = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0)
    return (full + datetime.timedelta(hours=hours + 1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def volume(shape, upper_m, start, end):
    ground = {"at": {"m": 0.0, "above": "AGL"}}
    upper = {"at": {"m": float(upper_m), "above": "AGL"}}
    return {"shape": shape, "lower": ground, "upper": upper, "from": start, "until": end}


def write_json(path, value):
    Path(path).write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    return str(path)


def found(stage):
    """Keys, charter, host and desks."""
    stage.chapter("1. Before anything happens: four parties make their keys and sign one charter. The "
                  "coordination centre keeps the record; each desk will countersign it.")
    for party, (name, contact, groups) in PARTIES.items():
        stage.folder.joinpath(party).mkdir(parents=True)
        passphrase = stage.folder / party / "passphrase"
        passphrase.touch(mode=0o600)
        passphrase.write_text(base64.b64encode(os.urandom(18)).decode() + "\n", encoding="utf-8")
        speaks = [arg for group in groups for arg in ("--speaks-for", group)]
        stage.show(party, "party", "new", stage.path(party), "--id", party, "--name", f"en={name}",
                   "--contact", contact, *speaks)
    log = stage.json("un", "key", "new", stage.path("un", "log.key"), "--name", SPACE)["vkey"]
    witnesses = []
    for party in DESKS:
        made = stage.json(party, "key", "new", stage.path(party, "witness.key"), "--name",
                          f"{party}.example/desk", "--use", "witness")
        witnesses += ["--witness", f"{made['vkey']}:{party}"]
    stage.run("un", "space", "draft", "--name", SPACE, "--title", "en=Around At-Tanf", "--host-party", "un",
              "--host-key", log, *witnesses, "--to", stage.path("charter.json"),
              *[stage.path(party, "member.json") for party in PARTIES])
    for party in reversed(PARTIES):
        brought = ["witness.key"] * (party in DESKS) + ["log.key"] * (party == "un")
        keys = [arg for name in ["root.key", *brought] for arg in ("--key", stage.path(party, name))]
        said = stage.run(party, "space", "sign", stage.path("charter.json"), *keys, "--yes", "--to",
                         stage.path("founding.json"))
    print("\n  " + said.replace(str(stage.folder) + "/", "").strip().replace("\n", "\n  "))
    begun = stage.json("un", "host", "init", stage.path("un", "host"), "--founding",
                       stage.path("founding.json"), "--log-key", stage.path("un", "log.key"))
    url = stage.start_host()
    print(f"\n  the host serves {SPACE} at {url}")
    for party in DESKS:
        stage.run(party, "desk", "init", stage.path(party, "desk"), "--party", party, "--log", log,
                  "--founding", begun["founding"], "--url", url, "--key", stage.path(party, "duty.key"),
                  "--witness", f"{party}.example/desk", "--witness-key", stage.path(party, "witness.key"))
        stage.show(party, "party", "enrol", stage.path(party, "duty.key"), "--root",
                   stage.path(party, "root.key"))
    for party in DESKS:
        stage.run(party, "desk", "sync")


def notify_zone(stage):
    stage.chapter("2. The first power notifies a zone, 55 km around its garrison. It binds the second power "
                  "and the forces for whom that power speaks. Nothing of it is agreed by being notified.")
    zone = {"zone": {
        "name": {"en": "Zone around the garrison"}, "restriction": "prohibited",
        "text": {"en": "No forces without notice. The border road stays open to aid."},
        "concerns": ["power-2", "aid"], "binds": ["power-2"], "binds_groups": ["allied-forces"],
        "volumes": [volume({"circle": {"center": GARRISON, "radius_m": 55_000.0}}, 6_000, at(0), at(24 * 30))],
        "ring_m": 10_000.0,
    }}
    path = write_json(stage.folder / "power-1" / "zone.json", zone)
    stage.show("power-1", "declare", "zone", path, "--share", "all", "--yes")
    zone_id = only(stage.json("power-1", "zone", "list")["declarations"])["declaration"]
    stage.chapter("3. The second power disputes it: the point, and its own text, stand beside the zone.")
    stage.show("power-2", "zone", "dispute", zone_id[:12], "--point", "radius",
               "--text", OWN_TEXT, "--yes", terse=True)
    stage.show("aid", "zone", "show", zone_id[:12])
    stage.chapter("4. The first power amends it, and everybody is asked anew. The second power signs this very "
                  "version; the aid agency stays silent, which is no consent.")
    zone["zone"]["volumes"][0]["shape"]["circle"]["radius_m"] = 40_000.0
    zone["zone"]["text"]["en"] = "No forces without notice. The border road is open to all who are notified."
    stage.show("power-1", "declare", "amend", zone_id[:12], write_json(path, zone), "--yes", terse=True)
    stage.show("power-2", "zone", "agree", zone_id[:12], "--yes", terse=True)
    stage.show("power-1", "zone", "show", zone_id[:12])
    return zone_id


def operation_and_movement(stage):
    stage.chapter("5. The aid agency notifies a convoy and shares it with nobody: others learn of conflicts "
                  "alone, on a grid. It ends in the zone, which does not bind the agency: nothing has to be settled, and "
                  "both are told. Then the first power files a flight, unshared as well, that crosses its way.")
    stage.show("aid", "declare", "movement", "--name", "en=Convoy 7", "--half-width", "500m",
               "--armed-escort", "no", "--contact", "convoy desk, +0 000 0401", "--upper", "50 m AGL",
               "--vehicle", "truck; 12-3456; white, agency sign on the roof",
               "--waypoint", f"33.62, 38.90 @ {at(72)}/{at(73)}",
               "--waypoint", f"33.52, 38.62 @ {at(75)}/{at(76)}", "--yes", expect=(1,))
    stage.show("aid", "conflicts", expect=(1,))
    plan = {"operation": {
        "name": {"en": "Survey flight 12"},
        "volumes": [volume({"circle": {"center": {"lat": 33.57, "lon": 38.76}, "radius_m": 4_000.0}},
                           500, at(73), at(76))],
    }}
    path = write_json(stage.folder / "power-1" / "flight.json", plan)
    stage.show("power-1", "declare", "operation", path, "--yes", expect=(1,))
    stage.run("aid", "desk", "sync")
    conflict = only(stage.json("aid", "conflicts", expect=(1,))["conflicts"])["conflict"]
    stage.show("aid", "conflicts", "show", conflict[:12], expect=(0, 1))
    stage.chapter("6. What each of them sees now:")
    columns(stage)
    stage.chapter("7. The first power takes it on and calls. Then it moves the flight to the south.")
    stage.show("power-1", "conflicts", "own", conflict[:12], "--yes", terse=True)
    stage.show("power-1", "conflicts", "contact", conflict[:12], "--means", "by telephone, with the convoy desk", "--yes",
               terse=True)
    flight = only([d for d in stage.json("power-1", "declare", "list")["declarations"]
                   if d["kind"] == "operation"])["declaration"]
    plan["operation"]["volumes"][0]["shape"]["circle"]["center"] = {"lat": 33.30, "lon": 38.40}
    stage.show("power-1", "declare", "amend", flight[:12], write_json(path, plan), "--yes", terse=True)
    stage.show("aid", "conflicts", "--all", expect=(1,))
    columns(stage)


def columns(stage):
    """What each party's desk shows, side by side."""
    width = max(80, min(shutil.get_terminal_size((108, 24)).columns, 160)) // len(DESKS) - 3
    told = []
    for party in DESKS:
        lines = [party.upper(), "-" * width]
        for d in stage.json(party, "declare", "list")["declarations"]:
            name = next(iter(d["declared"][d["kind"]]["name"].values()))
            lines += textwrap.wrap(f"{d['kind']}: {name}, of {d['owner']}", width)
            for stand in d.get("agreement", []):
                unilateral = ", unilateral" if stand["unilateral"] else ""
                word = stand["stands"].replace("-", " ")
                lines.append(f"  {stand['party']}: {word}{unilateral}")
        listed = stage.json(party, "conflicts", expect=(0, 1))
        for c in listed["conflicts"]:
            other = next((s for s in c["sides"] if s["party"] != party), c["sides"][0])
            which = "its plan is hidden" if not other.get("declaration") else "shared"
            extent = c["extent"]
            text = (f"CONFLICT with {article(other['kind'])} of {other['party']} ({which}), "
                    f"{len(extent['cells'])} cells, {extent['from'][:16]} to {extent['until'][11:16]}, "
                    f"{c['state'].replace('-', ' ')}")
            lines += textwrap.wrap(text, width)
        for o in listed["overlays"]:
            of = " and ".join(f"{article(s['kind'])} of {s['party']}" for s in o["sides"])
            lines += textwrap.wrap(f"OVERLAY of {of}: both are told, nothing has to be settled", width)
        if not listed["conflicts"] and not listed["overlays"]:
            lines += textwrap.wrap("No conflict among what was declared.", width)
        told.append(lines)
    print()
    for row in range(max(map(len, told))):
        cells = [(lines[row] if row < len(lines) else "").ljust(width) for lines in told]
        print("  " + " | ".join(cells).rstrip(), flush=True)
    stage.pause(2)


def channel(stage, zone_id):
    stage.chapter("8. The channel. Armed trucks are seen in the zone; perhaps they belong to forces for whom the second power "
                  "speaks. The first power asks that they leave, and that the request is passed on. The time that it "
                  "gives is short, so that the story need not wait: an answer is due within a third of it.")
    zone = f"zone={zone_id[:12]}"
    asked = f"by=+{ASKED_S}s"
    begun = time.monotonic()
    first = said(stage, "power-1", "say", "W4", "--to", "power-2", zone, asked, "exit_sector=east", "authority=duty")
    relay = said(stage, "power-1", "relay", first, "--to-group", "allied-forces")
    stage.show("power-2", "inbox", expect=(1,))
    stage.run("power-2", "inbox", "read-back", first, "--yes")
    stage.show("power-2", "answer", relay, "WILCO", f"by=+{ASKED_S // 2}s", "--yes", terse=True)
    said(stage, "power-2", "relay", first, "--passed", "--means", "radio", "--how", "summary")
    stage.chapter("Passed on is not answered: who asked sees which step is missing.")
    stage.show("power-1", "inbox", "show", relay)
    time.sleep(max(0.0, ASKED_S / 3 + 2 - (time.monotonic() - begun)))
    stage.chapter("Nobody answers in time. That is no consent and no refusal; the watch desk reads the request from now on.")
    stage.show("power-1", "inbox", "show", first)
    stage.chapter("9. Its commander asks a second time, and gives more time. Then a convoy of the allied forces nears the zone "
                  "from the west. No positions are computed here, so the second power's own officer warns by hand (W1), "
                  "while there is time to turn it round.")
    second = said(stage, "power-1", "say", "W4", "--to", "power-2", zone, "by=+50min", "exit_sector=east",
                  "authority=commander")
    warned = said(stage, "power-2", "say", "W1", "--to", "power-1", "who=allied-forces", zone, "from_sector=west",
                  "entry_time=+25min")
    stage.run("power-1", "inbox", "read-back", warned, "--yes")
    stage.show("power-1", "answer", warned, "ROGER", "--yes", terse=True)
    stage.chapter("The second power reads the request back, asks for ten minutes to reach the forces (STANDBY), and promises. "
                  "STANDBY moves no deadline of what is asked, and holds once.")
    stage.run("power-2", "inbox", "read-back", second, "--yes")
    stage.show("power-2", "answer", second, "STANDBY", "answer_by=+10min", "--yes", terse=True)
    stage.show("power-1", "inbox", expect=(1,))
    stage.show("power-2", "answer", second, "WILCO", "by=+30min", "--yes", terse=True)
    stage.chapter("The forces answer through it, and say by when they comply: the last step of the relay is taken. The zone "
                  "is reported left, which is claimed until it is seen.")
    said(stage, "power-2", "relay", relay, "--reply", "will-comply", "--by", "+30min")
    stage.show("power-1", "inbox", "show", relay)
    said(stage, "power-2", "say", "W7", zone, "time=now")
    stage.show("power-1", "inbox", "show", second, "--lang", "fr")
    stage.chapter("Who knew what, and when, can be shown to anybody.")
    stage.show("power-2", "evidence", first, "--to", stage.path("evidence-of-a-request"))
    stage.show("power-2", "verify", stage.path("evidence-of-a-request"))


def said(stage, party, *args):
    """Says something on the channel by a command, and what its message is called."""
    told = stage.show(party, *args, "--yes", terse=True)
    return re.search(r"Its name is ([0-9a-f]{12})", told).group(1)


def proof(stage, zone_id):
    stage.chapter("10. Months later anybody can check, without a desk, who was told what and when.")
    for party in DESKS:
        stage.run(party, "desk", "sync")
    folder = stage.path("evidence")
    stage.show("aid", "evidence", zone_id[:12], "--to", folder)
    stage.show("aid", "verify", folder)


def alter(stage, zone_id):
    stage.chapter("11. The host's operator rewrites history: the dispute of step 3, which every desk has read, is "
                  "to say something else. In its store the operator alters the entry, what the record commits to "
                  "and the tree, throws the signed heads away, and starts the host again.")
    stage.stop_host()
    index = rewrite(stage.path("un", "host", "record.sqlite"), OWN_TEXT.encode(), b"We agree with every word of it.")
    print(f"\n  un# sqlite3 un/host/record.sqlite  UPDATE entry SET content = ..., commitment = ... "
          f"WHERE idx = {index}; DELETE FROM checkpoint; ...")
    url = stage.start_host("--alone")
    print(f"\n  the host serves its new history at {url}")
    stage.pause()
    stage.chapter("12. Each desk finds out at its next reading, and keeps the evidence.")
    for party in DESKS:
        stage.run(party, "desk", "address", url)
        stage.show(party, "desk", "sync", expect=(3,))
    for party in DESKS:
        evidence = stage.json(party, "desk", "status", expect=(3,))["evidence"]
        if not evidence or not Path(stage.folder, evidence).is_file():
            raise Wrong(f"{party}: no evidence in {evidence}")
        said = stage.show(party, "verify", evidence)
        if "PROVEN" not in said:
            raise Wrong(f"{party}: the evidence proves nothing: {said}")
    stage.show("power-1", "zone", "agree", zone_id[:12], "--yes", expect=(3,))
    stage.chapter("The host signed two histories. Each file proves it by itself, to anybody, without a desk. The "
                  "parties speak with each other directly from here on, and their desks hold the first history.")


def rewrite(store, old, new):
    """What a dishonest operator can do who has the store and the key: another text in an old entry, and a
    record that fits it."""
    database = sqlite3.connect(store, timeout=10)
    try:
        for index, salt, content in database.execute("SELECT idx, salt, content FROM entry ORDER BY idx").fetchall():
            signed = json.loads(content).get("accepted", {}).get("payload", "")
            payload = base64.b64decode(signed)
            if old not in payload:
                continue
            changed = bytes(content).replace(signed.encode(), base64.b64encode(payload.replace(old, new)))
            commitment = hashlib.sha256(b"deconflict leaf v1\n" + salt + changed).digest()
            database.execute("UPDATE entry SET content = ?, commitment = ? WHERE idx = ?",
                             (changed, commitment, index))
            # The record is short: its leaves stand in one tile.
            [leaves] = database.execute("SELECT hashes FROM tile WHERE level = 0 AND idx = 0").fetchone()
            leaf = hashlib.sha256(b"\0" + commitment).digest()
            leaves = leaves[:32 * index] + leaf + leaves[32 * index + 32:]
            database.execute("UPDATE tile SET hashes = ?, crc = ? WHERE level = 0 AND idx = 0",
                             (leaves, zlib.crc32(leaves)))
            for table in ["cosignature", "checkpoint", "snapshot"]:
                database.execute(f"DELETE FROM {table}")
            database.commit()
            return index
        raise Wrong("the entry that is to be altered is not there")
    finally:
        database.close()


def only(several):
    if len(several) != 1:
        raise Wrong(f"expected one, found {len(several)}: {several}")
    return several[0]


def play(stage):
    found(stage)
    zone_id = notify_zone(stage)
    operation_and_movement(stage)
    channel(stage, zone_id)
    proof(stage, zone_id)
    alter(stage, zone_id)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deconflict", required=True, help="the built command")
    parser.add_argument("--folder", required=True, help="where it is played; what was there is replaced")
    parser.add_argument("--fast", action="store_true", help="without pauses")
    args = parser.parse_args()
    pace_s = 0.0 if args.fast else float(os.environ.get("DEMO_PACE", "2"))
    folder = Path(args.folder).resolve()
    # Only what an earlier run made is replaced.
    if folder.exists():
        if not (folder / "played-here").is_file():
            sys.exit(f"demo: {folder}: is there and is none of ours: move it away")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, mode=0o700)
    (folder / "played-here").touch()
    stage = Stage(str(Path(args.deconflict).resolve()), folder, pace_s)

    def interrupted(number, _frame):
        raise Wrong(f"stopped by signal {number}")

    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGINT, interrupted)
    try:
        play(stage)
    except (Wrong, subprocess.TimeoutExpired, OSError, sqlite3.Error, KeyError, ValueError,
            AttributeError) as error:
        log = folder / "un" / "host.log"
        host = log.read_text(encoding="utf-8") if log.is_file() else ""
        print(f"demo: FAILED: {error!r}\n{error}\nhost's log:\n{host}", file=sys.stderr)
        return 1
    finally:
        stage.stop_host()
    return 0


if __name__ == "__main__":
    sys.exit(main())
