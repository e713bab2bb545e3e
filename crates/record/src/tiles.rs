//! C2SP tlog-tiles: the tree and its entries as files that never change.

use std::fmt;

use crate::hash::{Hash, node_hash};
use crate::text::{Malformed, decimal};
use crate::tree::MAX_SIZE;

const HEIGHT: u8 = 8;
const FULL: u64 = 256;
const PATH: &str = "tile path";
const BUNDLE: &str = "entry bundle";

/// A tile: which row of files, which file in it, and how much of it there is.
///
/// ```
/// use deconflict_record::{Tile, TileRow};
/// let tile = Tile { row: TileRow::Level(0), index: 1_234_067, width: 256 };
/// assert_eq!(tile.to_string(), "tile/0/x001/x234/067");
/// assert_eq!(Tile::parse("tile/entries/000.p/7").unwrap().width, 7);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tile {
    /// Which row.
    pub row: TileRow,
    /// Which tile of the row, from 0.
    pub index: u64,
    /// How many hashes or entries it holds, 1 to 256; 256 is full, less is partial.
    pub width: u16,
}

/// A row of tiles.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TileRow {
    /// Hashes of the nodes at 8 times this level, 0 to 7: 0 holds the leaves.
    Level(u8),
    /// The leaves' data.
    Entries,
}

impl Tile {
    /// From a path such as `tile/0/x001/234.p/17`.
    ///
    /// # Errors
    /// When the text is not the path of a tile that a tree can have.
    pub fn parse(path: &str) -> Result<Tile, Malformed> {
        let read = || -> Option<Tile> {
            let (row, rest) = path.strip_prefix("tile/")?.split_once('/')?;
            let row = match row {
                "entries" => TileRow::Entries,
                level => TileRow::Level(decimal(level)?.try_into().ok()?),
            };
            let (index, width) = match rest.split_once(".p/") {
                Some((index, width)) => (index, decimal(width)?.try_into().ok()?),
                None => (rest, FULL as u16),
            };
            // 2^62 has 19 digits, in seven groups.
            if index.len() > 7 * 5 {
                return None;
            }
            let digits = index.split('/').map(|group| group.trim_start_matches('x'));
            let index = digits.collect::<String>().parse().ok()?;
            Some(Tile { row, index, width })
        };
        // Written again, whatever is not of the form comes out otherwise.
        read().filter(|tile| tile.exists() && tile.to_string() == path).ok_or_else(|| {
            Malformed::whole(PATH, "must be like tile/0/x001/234, with .p/1 to .p/255 if partial")
        })
    }

    /// Whether a tree of at most [`MAX_SIZE`] leaves can have it.
    fn exists(&self) -> bool {
        let level = match self.row {
            TileRow::Level(level) => u32::from(level),
            TileRow::Entries => 0,
        };
        let hashes = MAX_SIZE.checked_shr(u32::from(HEIGHT) * level).unwrap_or(0);
        let end = self.index.saturating_mul(FULL).saturating_add(u64::from(self.width));
        (1..=FULL as u16).contains(&self.width) && end <= hashes
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            TileRow::Level(level) => write!(f, "tile/{level}/")?,
            TileRow::Entries => f.write_str("tile/entries/")?,
        }
        let mut groups = vec![format!("{:03}", self.index % 1000)];
        let mut index = self.index / 1000;
        while index > 0 {
            groups.push(format!("x{:03}", index % 1000));
            index /= 1000;
        }
        groups.reverse();
        f.write_str(&groups.join("/"))?;
        if u64::from(self.width) < FULL { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

/// The tiles of hashes that a tree of `new` leaves has and the tree of `old` had not, full and
/// partial, each with its bytes; `read` gives the hash of the node at a level and an index, and is
/// asked only for nodes at levels 0, 8, 16 and so on. The bundle of entries of each tile of level 0
/// is the caller's to write. None when `new` is not above `old`, or above [`MAX_SIZE`].
///
/// # Errors
/// What `read` reports.
pub fn new_tiles<E>(
    old: u64,
    new: u64,
    mut read: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<(Tile, Vec<u8>)>, E> {
    let mut tiles = Vec::new();
    if new > MAX_SIZE {
        return Ok(tiles);
    }
    for level in 0..u64::BITS as u8 / HEIGHT {
        let node_level = level * HEIGHT;
        let (had, has) = (old >> node_level, new >> node_level);
        if had >= has {
            break;
        }
        for index in had / FULL..has.div_ceil(FULL) {
            let width = (has - index * FULL).min(FULL);
            let mut bytes = Vec::with_capacity(width as usize * 32);
            for node in index * FULL..index * FULL + width {
                bytes.extend_from_slice(&read(node_level, node)?.0);
            }
            tiles.push((Tile { row: TileRow::Level(level), index, width: width as u16 }, bytes));
        }
    }
    Ok(tiles)
}

/// The hash of the node at a level and an index, out of tiles: `read_tile` gives the bytes of the
/// tile of a tile level and an index that holds at least so many hashes; it may give more. With
/// this, [`crate::inclusion_proof`] and its like work on stored or fetched tiles.
///
/// # Errors
/// What `read_tile` reports; and `missing` when its bytes are too few, or the level is above 62.
pub fn node_from_tiles<E>(
    level: u8,
    index: u64,
    mut read_tile: impl FnMut(Tile) -> Result<Vec<u8>, E>,
    missing: impl Fn(Tile) -> E,
) -> Result<Hash, E> {
    let tile_level = level / HEIGHT;
    // So many hashes of the tile lie under the node.
    let span = 1u64 << (level % HEIGHT);
    let first = index.saturating_mul(span);
    let (start, end) = (first % FULL, first % FULL + span);
    let tile = Tile { row: TileRow::Level(tile_level), index: first / FULL, width: end as u16 };
    if level > 62 {
        return Err(missing(tile));
    }
    let bytes = read_tile(tile)?;
    let hashes = bytes.get(start as usize * 32..end as usize * 32).ok_or_else(|| missing(tile))?;
    let mut nodes: Vec<Hash> =
        hashes.chunks_exact(32).filter_map(|chunk| chunk.try_into().ok().map(Hash)).collect();
    while nodes.len() > 1 {
        nodes = nodes.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
    }
    nodes.first().copied().ok_or_else(|| missing(tile))
}

/// The bytes of an entry bundle: each entry after its length, 16 bits big-endian.
///
/// # Errors
/// When there are none or more than 256 entries, or one is longer than 65,535 bytes.
pub fn bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, Malformed> {
    let (mut bytes, mut count) = (Vec::new(), 0);
    for entry in entries {
        count += 1;
        let len = u16::try_from(entry.len()).map_err(|_| {
            let fault = format!("{} bytes: must be at most 65535", entry.len());
            Malformed::new(BUNDLE, format!("entry {count}"), fault)
        })?;
        bytes.extend_from_slice(&len.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    check_count(count)?;
    Ok(bytes)
}

/// The entries in the bytes of a bundle.
///
/// # Errors
/// When an entry is cut short, or there are none or more than 256.
pub fn entries_of_bundle(bytes: &[u8]) -> Result<Vec<&[u8]>, Malformed> {
    let (mut entries, mut rest) = (Vec::new(), bytes);
    while let Some((len, after)) = rest.split_first_chunk() {
        let len = usize::from(u16::from_be_bytes(*len));
        let Some((entry, after)) = after.split_at_checked(len) else { break };
        entries.push(entry);
        rest = after;
    }
    if !rest.is_empty() {
        let place = format!("entry {}", entries.len() + 1);
        return Err(Malformed::new(BUNDLE, place, "is cut short"));
    }
    check_count(entries.len())?;
    Ok(entries)
}

fn check_count(count: usize) -> Result<(), Malformed> {
    if (1..=FULL as usize).contains(&count) {
        return Ok(());
    }
    Err(Malformed::whole(BUNDLE, format!("{count} entries: must be 1 to 256")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_back_as_it_was_written() {
        for (path, index, width) in [
            ("tile/0/000", 0, 256),
            ("tile/3/999.p/1", 999, 1),
            ("tile/0/x001/000.p/255", 1000, 255),
            ("tile/entries/x001/x234/067", 1_234_067, 256),
        ] {
            let tile = Tile::parse(path).unwrap();
            assert_eq!((tile.index, tile.width), (index, width));
            assert_eq!(tile.to_string(), path);
        }
    }

    #[test]
    fn what_is_no_path_of_a_tile_is_refused() {
        for wrong in [
            "",
            "tile/0",
            "tile/0/",
            "tile/0/0",
            "tile/0/0000",
            "tile/00/000",
            "tile/8/000",
            "tile/-1/000",
            "tile/7/064",
            "tile/0/x000/000",
            "tile/0/001/000",
            "tile/0/x001/x000",
            "tile/0/xx001/000",
            "tile/0/x018/x014/x398/x509/x481/x984/000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/1/",
            "tile/0/../000",
            "/tile/0/000",
            "tile/entries/x1/000",
        ] {
            assert!(Tile::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_tree_of_70000_has_the_tiles_of_the_specification() {
        let zero = |_, _| Ok::<_, ()>(Hash([0; 32]));
        let tiles = new_tiles(0, 70_000, zero).unwrap();
        let count = |level, width| {
            let is = |(tile, bytes): &&(Tile, Vec<u8>)| {
                assert_eq!(bytes.len(), usize::from(tile.width) * 32);
                tile.row == TileRow::Level(level) && tile.width == width
            };
            tiles.iter().filter(is).count()
        };
        assert_eq!((count(0, 256), count(0, 112)), (273, 1));
        assert_eq!((count(1, 256), count(1, 17), count(2, 1)), (1, 1, 1));
        assert_eq!(tiles.len(), 277);
        let paths = |old, new| -> Vec<String> {
            let tiles = new_tiles(old, new, zero).unwrap();
            tiles.iter().map(|(tile, _)| tile.to_string()).collect()
        };
        assert_eq!(paths(255, 256), ["tile/0/000", "tile/1/000.p/1"]);
        assert_eq!(paths(256, 257), ["tile/0/001.p/1"]);
        assert_eq!(paths(300, 300), [""; 0]);
        assert_eq!(paths(3, 2), [""; 0]);
        assert_eq!(paths(MAX_SIZE - 1, MAX_SIZE).len(), 8);
        assert_eq!(paths(MAX_SIZE, MAX_SIZE + 1), [""; 0]);
    }

    #[test]
    fn a_bundle_cut_short_or_overfull_is_refused() {
        let bytes = bundle([&b"ab"[..], b""]).unwrap();
        assert_eq!(bytes, b"\0\x02ab\0\0");
        assert_eq!(entries_of_bundle(&bytes).unwrap(), [&b"ab"[..], b""]);
        for wrong in [&b"\0"[..], b"\0\x02a", b"\0\0\0", b""] {
            assert!(entries_of_bundle(wrong).is_err(), "{wrong:?}");
        }
        assert!(entries_of_bundle(&[0; 514]).is_err());
        assert!(bundle([&[0u8; 65_536][..]]).is_err());
        assert!(bundle(std::iter::repeat_n(&b""[..], 257)).is_err());
    }
}
