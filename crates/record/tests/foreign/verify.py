"""Checks what the record wrote with other people's Python code for transparency logs, that it refuses
what was tampered with, and that their witness and ours understand one another.

Needs Python 3.12 or later with aics-tlog and aics-witness; the argument is the directory that the
test wrote.
"""

import sys
from pathlib import Path

from aics_tlog.checkpoint import verify_checkpoint
from aics_tlog.hashing import leaf_hash
from aics_tlog.note import b64_decode, parse_note, parse_vkey
from aics_tlog.tiles import FileSystemTileReader, read_entry, tree_root_from_tiles
from aics_tlog.tree import verify_consistency, verify_inclusion
from aics_witness import LogConfig, Witness, WitnessError, WitnessStore
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

folder = Path(sys.argv[1])
NOW = 1_795_348_900


def lines(name):
    return (folder / name).read_text().splitlines()


def hashes(name):
    return [b64_decode(line) for line in lines(name)]


def expect(what, holds):
    if not holds:
        sys.exit(f"does not hold: {what}")


log, *witnesses = [parse_vkey(line) for line in lines("keys")]


def head(text, quorum):
    return verify_checkpoint(
        parse_note(text), log, witnesses, quorum, expected_origin=log.name, now=NOW
    )


def note(name):
    return (folder / name).read_text()


old, new = head(note("checkpoint.613"), 0), head(note("checkpoint.1000"), 3)
expect(f"the old head: {old.error}", old.ok and old.size == 613)
expect(f"the new head: {new.error}", new.ok and new.size == 1000)
expect("all four witnesses", new.cosignature_count == 4)
expect("a quorum that is not there", not head(note("checkpoint.613"), 1).ok)
expect("a changed size", not head(note("checkpoint.1000").replace("\n1000\n", "\n1001\n"), 0).ok)

reader = FileSystemTileReader(folder)
expect("the root over the tiles", tree_root_from_tiles(reader, 1000) == new.root)
leaf = leaf_hash(read_entry(reader, 417, 1000))
inclusion, consistency = hashes("inclusion.417"), hashes("consistency.613.1000")
expect("the inclusion proof", verify_inclusion(leaf, 417, 1000, inclusion, new.root))
expect("another index", not verify_inclusion(leaf, 416, 1000, inclusion, new.root))
expect("the consistency proof", verify_consistency(613, 1000, old.root, new.root, consistency))
fork = head(note("checkpoint.fork"), 0)
expect("the fork's signature", fork.ok and fork.root != new.root)
expect("the fork", not verify_consistency(613, 1000, old.root, fork.root, hashes("consistency.fork")))

# Their witness, our requests.
store = WitnessStore(folder / "witness.db", create=True)
key = Ed25519PrivateKey.from_private_bytes(bytes([77]) * 32)
witness = Witness(
    "aics.example", key, store, [LogConfig.from_strings(log.name, lines("keys")[:1])], clock=lambda: NOW
)


def ask(name):
    try:
        return 200, witness.add_checkpoint((folder / name).read_bytes())
    except WitnessError as error:
        return error.status, error.body


expect("the first head", ask("request.0.613")[0] == 200)
expect("a wrong old size", ask("request.0.613") == (409, b"613\n"))
expect("the fork from 613", ask("request.613.fork")[0] == 422)
status, answer = ask("request.613.1000")
expect("the second head", status == 200)
expect("the fork of the same size", ask("request.1000.fork")[0] == 422)
(folder / "answer").write_bytes(answer)
(folder / "answer.key").write_text(witness.vkey_text + "\n")
print("verified")
