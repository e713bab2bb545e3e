//! The same volumes and the same queries in several indexes.

use std::time::Instant;

use deconflict_geometry::SpaceTimeIndex;

use crate::engines::{Engine, Rstar, Sqlite};
use crate::postgis::Cluster;
use crate::workload::{Item, Workload};
use crate::{Scale, memory};

/// How often each query is asked; its fastest answer counts, because other programs
/// share the machine.
const ROUNDS: usize = 3;

/// New volumes that are inserted into the full set and removed again, in each round others.
const NEW: u32 = 10_000;

/// Volumes that are timed together when they are inserted or removed.
const BATCH: usize = 100;

/// What was measured of one engine.
pub(crate) struct EngineFigures {
    pub(crate) name: &'static str,
    pub(crate) build_s: f64,
    pub(crate) bytes_per_volume: f64,
    /// Microseconds of each query.
    pub(crate) query_us: Vec<f64>,
    /// Microseconds of an insertion and of a removal: of the median batch, or (PostGIS) the mean.
    pub(crate) insert_us: f64,
    pub(crate) remove_us: f64,
    pub(crate) hits: Vec<u32>,
}

/// The queries and what the engines answered.
pub(crate) struct Comparison {
    pub(crate) queries: Vec<Item>,
    pub(crate) engines: Vec<EngineFigures>,
    pub(crate) not_run: Vec<String>,
}

/// Measures all engines on the `mixed` workload. The first of them is the index, grown one by one.
pub(crate) fn compare(scale: &Scale, cluster: &Result<Cluster, String>) -> Comparison {
    let items = Workload::mixed(1).items(scale.volumes);
    let queries = Workload::mixed(2).items(scale.queries);
    let mut comparison = Comparison { queries, engines: Vec::new(), not_run: Vec::new() };
    let queries = &comparison.queries;
    let engines = &mut comparison.engines;
    let grow = |mut engine: Box<dyn Engine>| {
        items.iter().for_each(|item| engine.insert(item));
        engine
    };
    engines.push(measure("deconflict, grown one by one", &items, queries, || {
        grow(Box::new(SpaceTimeIndex::new()))
    }));
    engines.push(measure("deconflict, built at once", &items, queries, || {
        let pairs = items.iter().map(|item| (item.key, item.space_time_box));
        Box::new(pairs.collect::<SpaceTimeIndex>())
    }));
    engines.push(measure("rstar x, y, z, h, t, bulk-loaded", &items, queries, || {
        Box::new(Rstar::on_the_sphere().loaded_with(&items))
    }));
    engines.push(measure("rstar lon, lat, h, t, bulk-loaded", &items, queries, || {
        Box::new(Rstar::in_degrees().loaded_with(&items))
    }));
    engines.push(measure("rstar x, y, z, h, t, grown", &items, queries, || {
        grow(Box::new(Rstar::on_the_sphere()))
    }));
    engines.push(measure("rstar lon, lat, h, t, grown", &items, queries, || {
        grow(Box::new(Rstar::in_degrees()))
    }));
    for (name, sqlite) in [
        ("SQLite R*Tree x, y, z, h, t", Sqlite::on_the_sphere()),
        ("SQLite R*Tree lon, lat, h, t", Sqlite::in_degrees()),
    ] {
        match sqlite {
            Ok(mut sqlite) => engines.push(measure_sqlite(name, &items, queries, &mut sqlite)),
            Err(e) => comparison.not_run.push(format!("{name}: {e}")),
        }
    }
    let name = "PostGIS n-D GiST x, y, z, t and h";
    match cluster.as_ref().map_err(String::clone).and_then(|cluster| {
        eprintln!("{name}");
        measure_postgis(name, &items, queries, cluster)
    }) {
        Ok(measured) => engines.push(measured),
        Err(e) => comparison.not_run.push(format!("{name}: {e}")),
    }
    comparison
}

fn measure(
    name: &'static str,
    items: &[Item],
    queries: &[Item],
    build: impl FnOnce() -> Box<dyn Engine>,
) -> EngineFigures {
    eprintln!("{name}");
    let (before, start) = (memory().current_usage(), Instant::now());
    let mut engine = build();
    let build_s = start.elapsed().as_secs_f64();
    let bytes = memory().current_usage() - before;
    let (query_us, hits) = ask(engine.as_ref(), queries);
    let (insert_us, remove_us) = change(engine.as_mut(), items.len());
    let bytes_per_volume = bytes as f64 / items.len() as f64;
    EngineFigures { name, build_s, bytes_per_volume, query_us, insert_us, remove_us, hits }
}

/// Its memory is not Rust's: the database tells it.
fn measure_sqlite(
    name: &'static str,
    items: &[Item],
    queries: &[Item],
    engine: &mut Sqlite,
) -> EngineFigures {
    eprintln!("{name}");
    let start = Instant::now();
    items.iter().for_each(|item| engine.insert(item));
    let build_s = start.elapsed().as_secs_f64();
    let bytes = engine.bytes().map_or(f64::NAN, |bytes| bytes as f64);
    let (query_us, hits) = ask(engine, queries);
    let (insert_us, remove_us) = change(engine, items.len());
    let bytes_per_volume = bytes / items.len() as f64;
    EngineFigures { name, build_s, bytes_per_volume, query_us, insert_us, remove_us, hits }
}

pub(crate) fn ask(engine: &dyn Engine, queries: &[Item]) -> (Vec<f64>, Vec<u32>) {
    let mut fastest = vec![f64::INFINITY; queries.len()];
    let mut hits = vec![0; queries.len()];
    for _ in 0..ROUNDS {
        for (at, query) in queries.iter().enumerate() {
            let start = Instant::now();
            hits[at] = engine.count(query);
            fastest[at] = fastest[at].min(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    (fastest, hits)
}

/// Microseconds of an insertion of a new volume and of its removal, in the median batch.
fn change(engine: &mut dyn Engine, held: usize) -> (f64, f64) {
    let (mut insert_us, mut remove_us) = (Vec::new(), Vec::new());
    let mean_us = |start: Instant| start.elapsed().as_secs_f64() * 1e6 / BATCH as f64;
    for new in new_items(held).chunks(NEW as usize) {
        for batch in new.chunks(BATCH) {
            let start = Instant::now();
            batch.iter().for_each(|item| engine.insert(item));
            insert_us.push(mean_us(start));
        }
        for batch in new.chunks(BATCH) {
            let start = Instant::now();
            batch.iter().for_each(|item| engine.remove(item));
            remove_us.push(mean_us(start));
        }
    }
    (percentile(insert_us.into_iter(), 0.5), percentile(remove_us.into_iter(), 0.5))
}

fn new_items(held: usize) -> Vec<Item> {
    let mut source = Workload::mixed(3);
    (0..NEW * ROUNDS as u32).map(|number| source.item(held as u32 + number)).collect()
}

/// The box in x, y, z and time is that of a line with a measure; heights are a range. Times are taken
/// inside the server, so that no connection is counted.
fn measure_postgis(
    name: &'static str,
    items: &[Item],
    queries: &[Item],
    cluster: &Cluster,
) -> Result<EngineFigures, String> {
    let make = "ST_MakeLine(ST_MakePoint(x0, y0, z0, t0), ST_MakePoint(x1, y1, z1, t1)) AS box, \
                int4range(h0, h1, '[]') AS heights";
    let new = new_items(items.len());
    for (table, rows) in [("items", items), ("queries", queries), ("new", &new)] {
        cluster.run(&format!(
            "CREATE UNLOGGED TABLE given_{table} (id int, x0 float8, y0 float8, z0 float8, t0 float8, \
             x1 float8, y1 float8, z1 float8, t1 float8, h0 int, h1 int);\n\
             COPY given_{table} FROM STDIN;\n{}\\.\n\
             CREATE UNLOGGED TABLE {table} AS SELECT id, {make} FROM given_{table} ORDER BY id;",
            rows.iter().map(copy_row).collect::<String>()
        ))?;
    }
    let start = Instant::now();
    cluster.run(
        "ALTER TABLE items ADD PRIMARY KEY (id);
         CREATE INDEX items_box ON items USING gist (box gist_geometry_ops_nd, heights);
         VACUUM ANALYZE items;",
    )?;
    let build_s = start.elapsed().as_secs_f64();
    let number = |text: &str| text.trim().parse::<f64>().map_err(|e| format!("psql: {text}: {e}"));
    let bytes = number(&cluster.run("SELECT pg_relation_size('items_box')")?)?;
    let answers = cluster.run(&ask_script())?;
    let (mut query_us, mut hits) = (Vec::new(), Vec::new());
    for line in answers.lines() {
        let (us, count) = line.split_once('|').ok_or("psql: an answer without a count")?;
        query_us.push(number(us)?);
        hits.push(number(count)? as u32);
    }
    let changes = cluster.run(&change_script())?;
    let (insert_us, remove_us) = changes.trim().split_once('|').ok_or("psql: no times")?;
    Ok(EngineFigures {
        name,
        build_s,
        bytes_per_volume: bytes / items.len() as f64,
        query_us,
        insert_us: number(insert_us)?,
        remove_us: number(remove_us)?,
        hits,
    })
}

fn copy_row(item: &Item) -> String {
    let ([x0, y0, z0], [x1, y1, z1]) = (item.min.map(f64::from), item.max.map(f64::from));
    let ((h0, h1), (t0, t1)) = (item.heights_m, item.seconds);
    format!("{}\t{x0}\t{y0}\t{z0}\t{t0}\t{x1}\t{y1}\t{z1}\t{t1}\t{h0}\t{h1}\n", item.key)
}

fn ask_script() -> String {
    format!(
        "SET enable_seqscan = off;
         CREATE UNLOGGED TABLE answers (id int, us float8, hits int);
         DO $$ DECLARE query record; start timestamptz; found int; BEGIN
           FOR round IN 1..{ROUNDS} LOOP
             FOR query IN SELECT * FROM queries ORDER BY id LOOP
               start := clock_timestamp();
               SELECT count(*) INTO found FROM items
                 WHERE items.box &&& query.box AND items.heights && query.heights;
               INSERT INTO answers VALUES
                 (query.id, extract(epoch FROM clock_timestamp() - start) * 1e6, found);
             END LOOP;
           END LOOP;
         END $$;
         SELECT min(us), max(hits) FROM answers GROUP BY id ORDER BY id;"
    )
}

fn change_script() -> String {
    format!(
        "CREATE UNLOGGED TABLE times (insert_us float8, remove_us float8);
         DO $$ DECLARE item record; start timestamptz; middle timestamptz; BEGIN
           FOR round IN 0..{ROUNDS} - 1 LOOP
             start := clock_timestamp();
             FOR item IN SELECT * FROM new ORDER BY id LIMIT {NEW} OFFSET {NEW} * round LOOP
               INSERT INTO items VALUES (item.id, item.box, item.heights);
             END LOOP;
             middle := clock_timestamp();
             FOR item IN SELECT * FROM new ORDER BY id LIMIT {NEW} OFFSET {NEW} * round LOOP
               DELETE FROM items WHERE id = item.id;
             END LOOP;
             INSERT INTO times SELECT extract(epoch FROM middle - start) * 1e6 / {NEW},
               extract(epoch FROM clock_timestamp() - middle) * 1e6 / {NEW};
           END LOOP;
         END $$;
         SELECT min(insert_us), min(remove_us) FROM times;"
    )
}

/// The value that the share `share` of all values does not exceed (nearest rank).
pub(crate) fn percentile(values: impl Iterator<Item = f64>, share: f64) -> f64 {
    let mut sorted: Vec<_> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied().unwrap_or(f64::NAN)
}

pub(crate) fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}
