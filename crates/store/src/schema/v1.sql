-- One row: how often this file was opened for writing.
CREATE TABLE store (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    opened INTEGER NOT NULL
) STRICT;
INSERT INTO store (one, opened) VALUES (1, 0);

-- readers, kept: how many rows of these tables are its own.
CREATE TABLE space (
    id      INTEGER PRIMARY KEY,
    origin  TEXT NOT NULL UNIQUE,
    epoch   INTEGER NOT NULL CHECK (epoch >= 1),
    size    INTEGER NOT NULL CHECK (size >= 0),
    readers INTEGER NOT NULL CHECK (readers >= 0),
    kept    INTEGER NOT NULL CHECK (kept >= 0)
) STRICT;

-- salt and content go when an entry is erased; its commitment and its name stay for ever. The name is a
-- number within a series: names that follow one another are written side by side.
CREATE TABLE entry (
    space      INTEGER NOT NULL REFERENCES space (id),
    idx        INTEGER NOT NULL CHECK (idx >= 0),
    commitment BLOB NOT NULL CHECK (length(commitment) = 32),
    salt       BLOB CHECK (length(salt) = 32),
    content    BLOB CHECK (length(content) <= 65535),
    series     BLOB CHECK (length(series) = 32),
    number     INTEGER CHECK (number >= 0),
    PRIMARY KEY (space, idx),
    CHECK ((salt IS NULL) = (content IS NULL)),
    CHECK ((series IS NULL) = (number IS NULL))
) STRICT;

CREATE UNIQUE INDEX entry_by_name ON entry (space, series, number) WHERE series IS NOT NULL;

-- given: how many rows of `given` are its own. That and each row's number show that none is missing, the
-- checksums that none is another one: no head vouches for who may read what.
CREATE TABLE reader (
    id    INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES space (id),
    name  TEXT NOT NULL,
    given INTEGER NOT NULL CHECK (given >= 0),
    crc   INTEGER NOT NULL,
    UNIQUE (space, name)
) STRICT;

-- By the entry `cause`, the reader may have `entry`; of one cause, in the order of position. nth: it is
-- the how many-th that the reader was given, from 0.
CREATE TABLE given (
    space    INTEGER NOT NULL REFERENCES space (id),
    reader   INTEGER NOT NULL REFERENCES reader (id),
    cause    INTEGER NOT NULL CHECK (cause >= entry),
    position INTEGER NOT NULL CHECK (position >= 0),
    entry    INTEGER NOT NULL CHECK (entry >= 0),
    nth      INTEGER NOT NULL CHECK (nth >= 0),
    crc      INTEGER NOT NULL,
    PRIMARY KEY (space, reader, cause, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE tile (
    space  INTEGER NOT NULL REFERENCES space (id),
    level  INTEGER NOT NULL CHECK (level BETWEEN 0 AND 255),
    idx    INTEGER NOT NULL CHECK (idx >= 0),
    crc    INTEGER NOT NULL,
    hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 1 AND 8192),
    PRIMARY KEY (space, level, idx)
) STRICT;

-- cosigned: how many rows of `cosignature` are under it.
CREATE TABLE checkpoint (
    space    INTEGER NOT NULL REFERENCES space (id),
    size     INTEGER NOT NULL CHECK (size >= 0),
    note     TEXT NOT NULL,
    cosigned INTEGER NOT NULL CHECK (cosigned >= 0),
    PRIMARY KEY (space, size)
) STRICT, WITHOUT ROWID;

-- Of each witness and size: the first cosignature and the latest.
CREATE TABLE cosignature (
    space   INTEGER NOT NULL,
    size    INTEGER NOT NULL,
    witness TEXT NOT NULL,
    time_s  INTEGER NOT NULL,
    line    TEXT NOT NULL,
    crc     INTEGER NOT NULL,
    PRIMARY KEY (space, size, witness, time_s),
    FOREIGN KEY (space, size) REFERENCES checkpoint (space, size)
) STRICT, WITHOUT ROWID;

-- crc, here and above: CRC-32 (IEEE) of what is beside it, for what nothing else can vouch for.
CREATE TABLE snapshot (
    space  INTEGER PRIMARY KEY REFERENCES space (id),
    size   INTEGER NOT NULL CHECK (size >= 0),
    format INTEGER NOT NULL,
    parts  INTEGER NOT NULL, -- the sum, modulo 2^32, of the CRC-32 of each part's number and crc
    crc    INTEGER NOT NULL
) STRICT;

CREATE TABLE snapshot_part (
    space  INTEGER NOT NULL REFERENCES space (id),
    number INTEGER NOT NULL CHECK (number >= 0),
    crc    INTEGER NOT NULL,
    bytes  BLOB NOT NULL,
    PRIMARY KEY (space, number)
) STRICT;

CREATE TABLE mark (
    space INTEGER NOT NULL REFERENCES space (id),
    name  TEXT NOT NULL,
    crc   INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (space, name)
) STRICT;

-- Statements that wait to be taken in, and by whom they were said: no head vouches for them yet.
CREATE TABLE kept (
    space  INTEGER NOT NULL REFERENCES space (id),
    number INTEGER NOT NULL CHECK (number >= 0),
    party  TEXT NOT NULL,
    crc    INTEGER NOT NULL,
    bytes  BLOB NOT NULL CHECK (length(bytes) BETWEEN 1 AND 65535),
    PRIMARY KEY (space, number)
) STRICT;
