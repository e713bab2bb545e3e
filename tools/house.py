#!/usr/bin/env python3
"""The rules of the house that no compiler keeps: which crate may link which, one public type name in one
crate, no type named by a past participle, no file too long to read, no circle of files in the command line. Each
is first tried on a small house that breaks it."""

import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

MOST_LINES = 600

# What each crate may link of this workspace: the arrows of ARCHITECTURE.md.
MAY_LINK = {
    "geometry": set(),
    "record": set(),
    "store": set(),
    "vocabulary": set(),
    "http": set(),
    "seal": set(),
    "sheet": set(),
    "core": {"geometry", "record", "vocabulary"},
    "formats": {"geometry"},
    "api": {"core", "record"},
    "words": {"api", "core", "geometry", "proof", "record", "vocabulary"},
    "proof": {"api", "core", "record"},
    "host": {"api", "core", "http", "proof", "record", "store"},
    "desk": {"api", "core", "http", "proof", "record", "store", "vocabulary", "words"},
    "notify": {"core", "vocabulary", "words"},
    "page": {"api", "core", "desk", "geometry", "http", "record", "vocabulary", "words"},
    "cli": {"api", "core", "desk", "formats", "geometry", "host", "http", "notify", "page", "proof", "record", "seal", "sheet", "store", "vocabulary", "words"},
}
# These are not shipped: they may link whatever they try, and nobody may link them but to be tried.
NOT_SHIPPED = {"bench", "faults", "fuzz", "oracle", "testing"}
# Who alone may know a library that does something to the world, or that draws much in.
ALONE = {
    "age": {"seal"},
    "axum": {"host", "http", "page"},
    "clap": {"cli", "core", "formats"},
    "fluent-bundle": {"vocabulary"},
    "harfrust": {"sheet"},
    "hyper": {"host", "http"},
    "imbl": {"core"},
    "krilla": {"sheet"},
    "lettre": {"notify"},
    "rmp-serde": {"api"},
    "rusqlite": {"store"},
    "tokio": {"cli", "desk", "host", "http", "page", "store"},
    "ureq": {"desk", "host", "notify"},
}

# A past participle says what was done to a thing and not what the thing is.
IRREGULAR = set(
    "Begun Bound Broken Brought Built Caught Chosen Done Drawn Found Given Gone Grown Heard Held Hidden Kept Known "
    "Laid Lent Lost Made Met Paid Put Read Said Seen Sent Set Shown Signed Spent Split Spoken Taken Told Written".split()
)
NOUNS_AND_ADJECTIVES = {"Feed", "Malformed", "Need", "Seed", "Speed"}

TYPE = re.compile(r"^[ \t]*(pub(?:\([^)]*\))? )?(?:struct|enum|union|trait|type) ([A-Z]\w*)", re.M)


def participle(name):
    regular = re.fullmatch(r"[A-Z][a-z]+ed", name) and name not in NOUNS_AND_ADJECTIVES
    return name in IRREGULAR or bool(regular)


def types(text):
    """The types that a source defines: whether each is public, and its name."""
    text = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("//"))
    for found in TYPE.finditer(text):
        # The output of an operator or an iterator's item is named by its trait.
        if found[1] is None and re.match(r"[ \t]+type ", found[0]):
            continue
        yield found[1] == "pub ", found[2]


def faults_in_names(sources):
    """`sources`: (crate, file, text)."""
    public = defaultdict(set)
    for crate, file, text in sources:
        for is_public, name in types(text):
            if is_public:
                public[name].add(crate)
            if participle(name):
                yield f"{file}: a type is named {name}: say what it is, not what was done to it"
    for name, crates in sorted(public.items()):
        if len(crates) > 1:
            yield f"{name} is a public type of {' and of '.join(sorted(crates))}: give each meaning a name of its own"


def faults_in_lengths(lengths):
    """`lengths`: (file, lines)."""
    for file, lines in lengths:
        if lines > MOST_LINES:
            yield f"{file} has {lines} lines, more than {MOST_LINES}: look for two reasons to change in it"


def faults_in_arrows(packages):
    """`packages`: crate -> [(kind, dependency)], of this workspace and of others; kind is None, "dev" or "build"."""
    for crate, dependencies in sorted(packages.items()):
        shipped = crate not in NOT_SHIPPED
        if shipped and crate not in MAY_LINK:
            yield f"{crate} is new: say in tools/house.py what it may link"
            continue
        for kind, name in dependencies:
            if not shipped or kind == "dev":
                continue
            if name in packages and name not in MAY_LINK[crate]:
                yield f"{crate} must not link {name}: see the arrows in ARCHITECTURE.md"
            if crate not in ALONE.get(name, {crate}):
                yield f"{crate} must not know {name}: only {', '.join(sorted(ALONE[name]))} may"
    # Cargo forbids a circle of what is linked. What is tried with may lean on what it tries.
    arrows = {
        crate: {name for _, name in dependencies if name in packages and name not in NOT_SHIPPED}
        for crate, dependencies in packages.items()
    }
    for crate in sorted(arrows):
        if crate in reached_from(crate, arrows):
            yield f"{crate} comes back to itself through what it is tested with"


def imported(tree):
    """The paths of what stands behind `use`: `a::{b, c::d}` is a::b and a::c::d."""
    head, brace, rest = tree.strip().partition("{")
    if not brace:
        yield re.sub(r"\s+as\s.*", "", head)
        return
    depth, one = 0, ""
    for character in rest[: rest.rindex("}")] + ",":
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "," and depth == 0:
            if one.strip():
                yield from (head + path for path in imported(one))
            one = ""
        else:
            one += character


def leans_on(module, text, modules):
    """Which modules a source names, its tests left out. `mod a;` alone names none; what macros name is not seen."""
    text = re.sub(r"//[^\n]*", "", text).partition("#[cfg(test)]")[0]
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text, flags=re.S)
    used = re.compile(r"\buse\s+([^;]+);")
    paths = [path for tree in used.findall(text) for path in imported(tree)]
    paths += re.findall(r"(?<![\w:])\w+(?:::\w+)+", used.sub("", text))
    for path in paths:
        names = [name.strip() for name in path.split("::")]
        at = () if names[0] == "crate" else module
        names = names[1:] if names[0] in {"crate", "self"} else names
        while names and names[0] == "super":
            at, names = at[:-1], names[1:]
        while names and (*at, names[0]) in modules:
            at, names = (*at, names[0]), names[1:]
        if at != module:
            yield at


def reached_from(start, arrows):
    reached, ahead = set(), list(arrows[start])
    while ahead:
        one = ahead.pop()
        if one not in reached:
            reached.add(one)
            ahead += arrows.get(one, ())
    return reached


def faults_in_circles(files):
    """`files`: file within its `src` -> text. The root names all and must be named by none."""
    module = lambda file: tuple(part for part in Path(file).with_suffix("").parts if part not in {"main", "lib", "mod"})
    modules = {module(file): text for file, text in files.items()}
    arrows = {one: set(leans_on(one, text, modules)) for one, text in modules.items()}
    for file in sorted(files):
        if module(file) in reached_from(module(file), arrows):
            named = ", ".join(sorted("::".join(one) or "the root" for one in arrows[module(file)]))
            yield f"{file} comes back to itself through {named}: move what is shared into a file of its own"


def sources():
    for file in sorted(Path("crates").glob("*/src/**/*.rs")):
        yield file.parts[1], str(file), file.read_text(encoding="utf-8")


def lengths():
    """Of what is written by hand and kept."""
    kept = subprocess.run(
        ["git", "ls-files", "*.rs", "*.py", "*.sh"], check=True, capture_output=True, text=True
    ).stdout.split("\n")
    for file in filter(None, kept):
        yield file, Path(file).read_text(encoding="utf-8").count("\n")


def packages():
    command = ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    short = lambda name: name.removeprefix("deconflict-")
    return {
        short(package["name"]): [(one["kind"], short(one["name"])) for one in package["dependencies"]]
        for package in told["packages"]
    }


def every_rule_finds_what_breaks_it():
    """A rule that cannot fail is none."""
    name = lambda *sources: list(faults_in_names(sources))
    assert name(("a", "a.rs", "pub struct Head {}"), ("b", "b.rs", "pub enum Head {}"))
    assert not name(("a", "a.rs", "pub struct Head {}"), ("b", "b.rs", "struct Head;\n/// pub struct Head"))
    assert name(("a", "a.rs", "pub(crate) struct Kept {}")) and name(("a", "a.rs", "  enum Filed {}"))
    assert not name(("a", "a.rs", "struct FiledStatement; struct Seed;\nimpl X { type Folded = u8; }"))
    assert list(faults_in_lengths([("a.rs", MOST_LINES + 1)])) and not list(faults_in_lengths([("a.rs", MOST_LINES)]))
    arrow = lambda **packages: list(faults_in_arrows({**{name: [] for name in MAY_LINK}, **packages}))
    assert not arrow(desk=[(None, "core"), (None, "tokio"), ("dev", "testing")], testing=[(None, "desk")])
    assert arrow(desk=[(None, "host")]) and arrow(core=[(None, "store")]) and arrow(geometry=[(None, "record")])
    assert arrow(core=[(None, "tokio")]) and arrow(desk=[(None, "testing")], testing=[]) and arrow(attic=[])
    assert arrow(host=[("dev", "desk")], desk=[("dev", "host")])
    path = lambda name: name.replace("_", "/") + ".rs"
    circle = lambda **files: list(faults_in_circles({path(name): text for name, text in files.items()}))
    assert circle(main="mod a; fn f() { a::g() }", a="use crate::f;")
    assert circle(a="use crate::{d::{e, f as g}, b};", b="fn h() { crate::a::i() }")
    assert circle(a_mod="use self::b::X;", a_b="use super::Y;")
    assert not circle(a_mod="mod b;", a_b="fn f() { super::c() }")
    assert not circle(main="mod a;", a="use crate::b::c;", b="// crate::a::d\n#[cfg(test)]\nmod tests { use crate::a; }")


def main():
    every_rule_finds_what_breaks_it()
    faults = [*faults_in_names(sources()), *faults_in_lengths(lengths()), *faults_in_arrows(packages())]
    command_line = Path("crates/cli/src")
    faults += faults_in_circles(
        {str(file.relative_to(command_line)): file.read_text(encoding="utf-8") for file in command_line.rglob("*.rs")}
    )
    for fault in faults:
        print(fault)
    sys.exit(bool(faults))


main()
