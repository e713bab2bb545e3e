-- One row: of which record this is a copy, and how many rows those tables have of which no head vouches for
-- the number.
CREATE TABLE copy (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    space    TEXT NOT NULL,
    slots    INTEGER NOT NULL CHECK (slots >= 0),
    given    INTEGER NOT NULL CHECK (given >= 0),
    outbox   INTEGER NOT NULL CHECK (outbox >= 0),
    notices  INTEGER NOT NULL CHECK (notices >= 0),
    evidence INTEGER NOT NULL CHECK (evidence >= 0),
    crc      INTEGER NOT NULL
) STRICT;

-- crc, here and below: CRC-32 (IEEE) of the key and of what is beside it.
CREATE TABLE slot (
    id    INTEGER PRIMARY KEY,
    crc   INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT;

-- What the party was given, in the order in which it is folded: by the entry `cause`, the entry `idx`. Salt
-- and content go when it is erased; whether they are there is in the checksum, what they say is in the
-- commitment. goes: the record forgot it, and salt and content are to go once this instant, in milliseconds since
-- 1970-01-01T00:00:00Z, has passed; own: not before somebody asks for it. Both are in the checksum.
CREATE TABLE given (
    nth     INTEGER PRIMARY KEY CHECK (nth >= 0),
    cause   INTEGER NOT NULL CHECK (cause >= idx),
    idx     INTEGER NOT NULL CHECK (idx >= 0),
    crc     INTEGER NOT NULL,
    goes    INTEGER,
    own     INTEGER NOT NULL CHECK (own IN (0, 1)),
    salt    BLOB CHECK (length(salt) = 32),
    content BLOB CHECK (length(content) <= 65535),
    CHECK ((salt IS NULL) = (content IS NULL)),
    CHECK (goes IS NULL OR salt IS NOT NULL),
    CHECK (own = 0 OR goes IS NOT NULL)
) STRICT;

CREATE INDEX given_by_entry ON given (idx);

CREATE INDEX given_going ON given (own, goes) WHERE goes IS NOT NULL;

-- The commitments of the whole record, 256 in each row but the last.
CREATE TABLE commitments (
    tile   INTEGER PRIMARY KEY CHECK (tile >= 0),
    crc    INTEGER NOT NULL,
    hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192)
) STRICT;

-- Commitments that were fetched and are nobody's word yet: they can be written over, and go.
CREATE TABLE pending (
    tile   INTEGER PRIMARY KEY CHECK (tile >= 0),
    crc    INTEGER NOT NULL,
    hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192)
) STRICT;

-- The tree over the commitments.
CREATE TABLE tile (
    level  INTEGER NOT NULL CHECK (level BETWEEN 0 AND 255),
    idx    INTEGER NOT NULL CHECK (idx >= 0),
    crc    INTEGER NOT NULL,
    hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192),
    PRIMARY KEY (level, idx)
) STRICT;

-- What was said and is not in the record yet, in the order of its numbers.
CREATE TABLE outbox (
    id    INTEGER PRIMARY KEY,
    crc   INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT;

-- What people must be told, the oldest first.
CREATE TABLE notice (
    id    INTEGER PRIMARY KEY,
    crc   INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE evidence (
    name  TEXT PRIMARY KEY,
    crc   INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT;

-- The view after so many given entries, in parts. A copy has one: its `space` is 0.
CREATE TABLE snapshot (
    space  INTEGER PRIMARY KEY CHECK (space = 0),
    size   INTEGER NOT NULL CHECK (size >= 0),
    format INTEGER NOT NULL,
    parts  INTEGER NOT NULL, -- the sum, modulo 2^32, of the CRC-32 of each part's number and crc
    crc    INTEGER NOT NULL
) STRICT;

CREATE TABLE snapshot_part (
    space  INTEGER NOT NULL CHECK (space = 0),
    number INTEGER NOT NULL CHECK (number >= 0),
    crc    INTEGER NOT NULL,
    bytes  BLOB NOT NULL,
    PRIMARY KEY (space, number)
) STRICT;
