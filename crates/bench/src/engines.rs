//! The indexes that are measured, behind one face.

use deconflict_geometry::SpaceTimeIndex;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree, RTreeObject};
use rusqlite::{Connection, params_from_iter};

use crate::workload::Item;

/// What can be asked of each index.
pub(crate) trait Engine {
    fn insert(&mut self, item: &Item);
    fn remove(&mut self, item: &Item);
    /// How many volumes meet the box of `query`.
    fn count(&self, query: &Item) -> u32;
}

impl Engine for SpaceTimeIndex {
    fn insert(&mut self, item: &Item) {
        SpaceTimeIndex::insert(self, item.key, &item.space_time_box);
    }

    fn remove(&mut self, item: &Item) {
        SpaceTimeIndex::remove(self, item.key);
    }

    fn count(&self, query: &Item) -> u32 {
        let mut hits = 0;
        self.query(&query.space_time_box, |_| hits += 1);
        hits
    }
}

type Entry<const AXES: usize> = GeomWithData<Rectangle<[f32; AXES]>, u32>;

/// `rstar` over boxes of `AXES` dimensions.
pub(crate) struct Rstar<const AXES: usize> {
    tree: RTree<Entry<AXES>>,
    corners: fn(&Item) -> ([f32; AXES], [f32; AXES]),
}

impl Rstar<5> {
    /// x, y, z, height, time.
    pub(crate) fn on_the_sphere() -> Rstar<5> {
        Rstar { tree: RTree::new(), corners: sphere_corners }
    }
}

impl Rstar<4> {
    /// Longitude, latitude, height, time.
    pub(crate) fn in_degrees() -> Rstar<4> {
        Rstar { tree: RTree::new(), corners: degree_corners }
    }
}

impl<const AXES: usize> Rstar<AXES> {
    pub(crate) fn loaded_with(mut self, items: &[Item]) -> Rstar<AXES> {
        self.tree = RTree::bulk_load(items.iter().map(|item| self.entry(item)).collect());
        self
    }

    fn entry(&self, item: &Item) -> Entry<AXES> {
        let (low, high) = (self.corners)(item);
        Entry::new(Rectangle::from_corners(low, high), item.key)
    }
}

impl<const AXES: usize> Engine for Rstar<AXES> {
    fn insert(&mut self, item: &Item) {
        self.tree.insert(self.entry(item));
    }

    fn remove(&mut self, item: &Item) {
        self.tree.remove(&self.entry(item));
    }

    fn count(&self, query: &Item) -> u32 {
        let envelope: AABB<[f32; AXES]> = self.entry(query).geom().envelope();
        self.tree.locate_in_envelope_intersecting(envelope).count() as u32
    }
}

/// SQLite's R*Tree in memory.
pub(crate) struct Sqlite {
    connection: Connection,
    corners: fn(&Item) -> Vec<f32>,
    insert: String,
    count: String,
}

impl Sqlite {
    /// x, y, z, height, time: the most dimensions that it takes.
    pub(crate) fn on_the_sphere() -> Result<Sqlite, rusqlite::Error> {
        Sqlite::new(&["x", "y", "z", "h", "t"], |item| interleaved(sphere_corners(item)))
    }

    /// Longitude, latitude, height, time.
    pub(crate) fn in_degrees() -> Result<Sqlite, rusqlite::Error> {
        Sqlite::new(&["lon", "lat", "h", "t"], |item| interleaved(degree_corners(item)))
    }

    fn new(axes: &[&str], corners: fn(&Item) -> Vec<f32>) -> Result<Sqlite, rusqlite::Error> {
        let columns: Vec<_> = axes.iter().map(|axis| format!("{axis}0, {axis}1")).collect();
        let places: Vec<_> =
            (0..axes.len()).map(|axis| format!("?{}, ?{}", 2 * axis + 2, 2 * axis + 3)).collect();
        let meets: Vec<_> = axes
            .iter()
            .enumerate()
            .map(|(axis, name)| {
                format!("{name}0 <= ?{} AND {name}1 >= ?{}", 2 * axis + 2, 2 * axis + 1)
            })
            .collect();
        let connection = Connection::open_in_memory()?;
        let columns = columns.join(", ");
        connection
            .execute_batch(&format!("CREATE VIRTUAL TABLE items USING rtree(id, {columns})"))?;
        connection.execute_batch("BEGIN")?;
        Ok(Sqlite {
            connection,
            corners,
            insert: format!("INSERT INTO items VALUES (?1, {})", places.join(", ")),
            count: format!("SELECT count(*) FROM items WHERE {}", meets.join(" AND ")),
        })
    }

    /// What the database takes in memory.
    pub(crate) fn bytes(&self) -> Result<u64, rusqlite::Error> {
        let pragma = |name: &str| {
            self.connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0))
        };
        Ok((pragma("page_count")? * pragma("page_size")?).unsigned_abs())
    }
}

const SQL_WORKS: &str = "the statements are fixed and the database is in memory";

impl Engine for Sqlite {
    fn insert(&mut self, item: &Item) {
        let mut insert = self.connection.prepare_cached(&self.insert).expect(SQL_WORKS);
        let corners = (self.corners)(item);
        let values = std::iter::once(f64::from(item.key)).chain(corners.into_iter().map(f64::from));
        insert.execute(params_from_iter(values)).expect(SQL_WORKS);
    }

    fn remove(&mut self, item: &Item) {
        let mut remove =
            self.connection.prepare_cached("DELETE FROM items WHERE id = ?1").expect(SQL_WORKS);
        remove.execute([item.key]).expect(SQL_WORKS);
    }

    fn count(&self, query: &Item) -> u32 {
        let mut count = self.connection.prepare_cached(&self.count).expect(SQL_WORKS);
        let values = (self.corners)(query).into_iter().map(f64::from);
        count.query_row(params_from_iter(values), |row| row.get(0)).expect(SQL_WORKS)
    }
}

fn sphere_corners(item: &Item) -> ([f32; 5], [f32; 5]) {
    let ([x0, y0, z0], [x1, y1, z1]) = (item.min, item.max);
    let ((h0, h1), (t0, t1)) = (item.heights_m, item.seconds);
    ([x0, y0, z0, h0 as f32, t0 as f32], [x1, y1, z1, h1 as f32, t1 as f32])
}

fn degree_corners(item: &Item) -> ([f32; 4], [f32; 4]) {
    let ([lon0, lat0], [lon1, lat1]) = item.degrees;
    let ((h0, h1), (t0, t1)) = (item.heights_m, item.seconds);
    ([lon0, lat0, h0 as f32, t0 as f32], [lon1, lat1, h1 as f32, t1 as f32])
}

fn interleaved<const AXES: usize>((low, high): ([f32; AXES], [f32; AXES])) -> Vec<f32> {
    low.into_iter().zip(high).flat_map(|(low, high)| [low, high]).collect()
}
