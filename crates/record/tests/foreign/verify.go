// Command verify checks what the record wrote with Go's own code for transparency logs
// (golang.org/x/mod/sumdb, the reference for signed notes and tiled logs), and that it refuses what
// was tampered with. Its argument is the directory that the test wrote.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// witness verifies cosignature/v1, which the package note does not know.
type witness struct {
	name string
	id   uint32
	key  ed25519.PublicKey
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.id }
func (w witness) Verify(msg, sig []byte) bool {
	if len(sig) != 72 {
		return false
	}
	time := binary.BigEndian.Uint64(sig)
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, msg)
	return ed25519.Verify(w.key, []byte(signed), sig[8:])
}

func newWitness(vkey string) witness {
	parts := strings.SplitN(vkey, "+", 3)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	must(err)
	if len(key) != 33 || key[0] != 4 {
		log.Fatalf("not a key of type 0x04: %s", vkey)
	}
	hash := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	id := binary.BigEndian.Uint32(hash[:])
	if fmt.Sprintf("%08x", id) != parts[1] {
		log.Fatalf("key id of %s is not %08x", vkey, id)
	}
	return witness{parts[0], id, key[1:]}
}

type head struct {
	size int64
	root tlog.Hash
}

var dir string

func read(name string) []byte {
	data, err := os.ReadFile(filepath.Join(dir, name))
	must(err)
	return data
}

func lines(name string) []string {
	return strings.Split(strings.TrimSuffix(string(read(name)), "\n"), "\n")
}

func hashes(lines []string) (proof []tlog.Hash) {
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		must(err)
		proof = append(proof, hash)
	}
	return proof
}

// open verifies a note and returns the head in it and how many signatures verified.
func open(data []byte, keys note.Verifiers) (head, int, error) {
	n, err := note.Open(data, keys)
	if err != nil {
		return head{}, 0, err
	}
	parts := strings.SplitN(n.Text, "\n", 4)
	size, err := strconv.ParseInt(parts[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(parts[2])
	must(err)
	return head{size, root}, len(n.Sigs), nil
}

func main() {
	log.SetFlags(0)
	dir = os.Args[1]
	vkeys := lines("keys")
	logKey, err := note.NewVerifier(vkeys[0])
	must(err)
	verifiers := []note.Verifier{logKey}
	for _, vkey := range vkeys[1:] {
		verifiers = append(verifiers, newWitness(vkey))
	}
	keys := note.VerifierList(verifiers...)

	old, oldSigs, err := open(read("checkpoint.613"), keys)
	must(err)
	latest, sigs, err := open(read("checkpoint.1000"), keys)
	must(err)
	if old.size != 613 || oldSigs != 1 || latest.size != 1000 || sigs != len(vkeys) {
		log.Fatalf("heads of %d and %d with %d and %d signatures", old.size, latest.size, oldSigs, sigs)
	}

	// The root, from the entries alone.
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) (found []tlog.Hash, err error) {
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	var leaves []tlog.Hash
	for i, entry := range entries() {
		added, err := tlog.StoredHashes(int64(i), entry, reader)
		must(err)
		stored = append(stored, added...)
		leaves = append(leaves, tlog.RecordHash(entry))
	}
	root, err := tlog.TreeHash(1000, reader)
	must(err)
	expect("the root over the entries", root == latest.root)

	inclusion := tlog.RecordProof(hashes(lines("inclusion.417")))
	consistency := tlog.TreeProof(hashes(lines("consistency.613.1000")))
	must(tlog.CheckRecord(inclusion, 1000, latest.root, 417, leaves[417]))
	must(tlog.CheckTree(consistency, 1000, latest.root, 613, old.root))

	// The same proofs made by this library.
	theirs, err := tlog.ProveRecord(1000, 417, reader)
	must(err)
	expect("the inclusion proof", fmt.Sprint(theirs) == fmt.Sprint(inclusion))
	tree, err := tlog.ProveTree(1000, 613, reader)
	must(err)
	expect("the consistency proof", fmt.Sprint(tree) == fmt.Sprint(consistency))

	// Tiles as this library cuts them, and under its names. It lists every width that a partial tile
	// ever had; a log keeps the last.
	count := 0
	for _, tile := range tlog.NewTiles(8, 0, 1000) {
		if tile.W < 256 && tile.W != (1000>>(8*tile.L))%256 {
			continue
		}
		data, err := tlog.ReadTileData(tile, reader)
		must(err)
		name := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		expect(name, bytes.Equal(data, read(name)))
		count++
	}
	expect("as many tiles", count == len(lines("tiles")))

	// What must be refused.
	wrong := latest.root
	wrong[0] ^= 1
	expect("another root is refused", tlog.CheckRecord(inclusion, 1000, wrong, 417, leaves[417]) != nil)
	expect("another entry is refused", tlog.CheckRecord(inclusion, 1000, latest.root, 417, leaves[416]) != nil)
	expect("another index is refused", tlog.CheckRecord(inclusion, 1000, latest.root, 416, leaves[417]) != nil)
	tampered := append(tlog.RecordProof{}, inclusion...)
	tampered[3][5] ^= 1
	expect("a tampered proof is refused", tlog.CheckRecord(tampered, 1000, latest.root, 417, leaves[417]) != nil)

	fork, _, err := open(read("checkpoint.fork"), keys)
	must(err)
	forked := tlog.TreeProof(hashes(lines("consistency.fork")))
	expect("the fork's own size", fork.size == 1000 && fork.root != latest.root)
	expect("a fork is refused", tlog.CheckTree(forked, 1000, fork.root, 613, old.root) != nil)
	expect("our proof is refused for the fork", tlog.CheckTree(consistency, 1000, fork.root, 613, old.root) != nil)

	for _, change := range [][2]string{{"1000\n", "1001\n"}, {"straits\n", "strait\n"}, {"\n\n", "\nmore\n\n"}} {
		changed := bytes.Replace(read("checkpoint.1000"), []byte(change[0]), []byte(change[1]), 1)
		_, _, err := open(changed, keys)
		expect(fmt.Sprintf("a note with %q is refused", change[1]), err != nil)
	}
	renamed := bytes.Replace(read("checkpoint.1000"), []byte("— desk1.example "), []byte("— desk9.example "), 1)
	_, sigs, err = open(renamed, keys)
	must(err)
	expect("a stranger's signature is left aside", sigs == len(vkeys)-1)
	cosigned := string(read("checkpoint.1000"))
	at := strings.LastIndex(cosigned, "=")
	flipped := []byte(cosigned)
	flipped[at-9] ^= 1
	_, _, err = open(flipped, keys)
	expect("a forged cosignature is refused", err != nil)
	fmt.Println("verified")
}

// entries reads the entry bundles.
func entries() (entries [][]byte) {
	for _, name := range lines("bundles") {
		data := read(name)
		for len(data) > 0 {
			n := int(binary.BigEndian.Uint16(data))
			entries = append(entries, data[2:2+n])
			data = data[2+n:]
		}
	}
	return entries
}

func expect(what string, holds bool) {
	if !holds {
		log.Fatalf("does not hold: %s", what)
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
