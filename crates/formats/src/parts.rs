//! Long lists read in parts, on several cores.

use std::thread;

use deconflict_geometry::Volume;

use crate::reading::Reading;
use crate::{Feature, ReadError, ReadOptions, SourcePlace};

/// The fewest elements that are worth a thread of their own.
const FEWEST: usize = 256;
/// The most threads: beyond that, memory is the bound.
const MOST_THREADS: usize = 8;

/// What comes of one element of a list: a feature; none, because it is declared without a place; or
/// what is wrong with it, and a volume that it cannot reach beyond, if one is known.
pub(crate) type ElementResult = Result<Option<Feature>, (ReadError, Option<Box<Volume>>)>;

/// The features of a list, each read by `read` with its number, from 1; what else is found goes into
/// `reading`, which was made with the same options.
pub(crate) fn features<T: Send>(
    items: Vec<T>,
    options: &ReadOptions,
    reading: &mut Reading,
    read: impl Fn(usize, T, &mut Reading) -> ElementResult + Sync,
) -> Vec<Feature> {
    let parts = in_parts(items, |first, part| {
        let mut reading = Reading::new(options);
        let mut features = Vec::with_capacity(part.len());
        for (index, item) in (first..).zip(part) {
            reading.at(SourcePlace::Feature(index + 1));
            match read(index + 1, item, &mut reading) {
                Ok(feature) => features.extend(feature.map(|mut feature| {
                    // What a list grows by beside a single volume is more than the volume.
                    feature.volumes.shrink_to_fit();
                    feature
                })),
                Err((mistake, hull)) => reading.leave_out(mistake, hull.map(|hull| *hull)),
            }
            if reading.is_spent() {
                break;
            }
        }
        (features, reading)
    });
    let mut all = Vec::with_capacity(parts.iter().map(|(features, _)| features.len()).sum());
    for (features, part) in parts {
        reading.absorb(part);
        all.extend(features);
    }
    all
}

/// Does some work with consecutive parts of a list, each on a core of its own where the list is long,
/// and returns what came of them in the list's order. `work` gets the index of its first element.
pub(crate) fn in_parts<T: Send, R: Send>(
    items: Vec<T>,
    work: impl Fn(usize, Vec<T>) -> R + Sync,
) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, |n| n.get().min(MOST_THREADS));
    in_parts_of(items.len().div_ceil(cores).max(FEWEST), items, work)
}

fn in_parts_of<T: Send, R: Send>(
    length: usize,
    mut items: Vec<T>,
    work: impl Fn(usize, Vec<T>) -> R + Sync,
) -> Vec<R> {
    let mut parts = Vec::new();
    while items.len() > length {
        let rest = items.split_off(items.len() - length);
        parts.push((items.len(), rest));
    }
    let work = &work;
    thread::scope(|scope| {
        let others: Vec<_> = parts
            .into_iter()
            .rev()
            .map(|(first, part)| {
                // Where no thread is to be had, the part is done here.
                let part = std::sync::Mutex::new(Some(part));
                let part = std::sync::Arc::new(part);
                let own = std::sync::Arc::clone(&part);
                let take = move || {
                    let part = own.lock().ok().and_then(|mut part| part.take());
                    part.map(|part| work(first, part))
                };
                (thread::Builder::new().spawn_scoped(scope, take).ok(), first, part)
            })
            .collect();
        let mut done = vec![work(0, items)];
        for (thread, first, part) in others {
            let result = match thread {
                Some(thread) => match thread.join() {
                    Ok(result) => result,
                    // A fault of ours is not hidden by the thread that it happened in.
                    Err(panic) => std::panic::resume_unwind(panic),
                },
                None => None,
            };
            let left = || part.lock().ok().and_then(|mut part| part.take());
            done.extend(result.or_else(|| left().map(|part| work(first, part))));
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back_in_order_with_their_places() {
        for count in [0, 1, 2, 7, 8, 9, 100] {
            let items: Vec<usize> = (0..count).collect();
            let done = in_parts_of(8, items.clone(), |first, part| {
                assert!(part.iter().enumerate().all(|(i, item)| first + i == *item));
                part
            });
            assert_eq!(done.concat(), items);
        }
    }
}
