//! What one entry gives may take many pages: it is kept page by page, and believed as a whole.

#![allow(clippy::unwrap_used, reason = "a test's own set-up")]

mod common;

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use common::*;
use deconflict_api::{AboutSpace, CosignatureLine, FilingAnswer, GivenCursor, GivenPage};
use deconflict_core::{Ledger, Sharing};
use deconflict_desk::{Desk, DeskError, Keys, Line, LineError, SyncReport};
use deconflict_record::{KeyId, SigningKey, Tile};

/// A record in which `late` joins after much was said, and something is said after that.
fn long() -> Rc<RefCell<FakeHost>> {
    let host = host();
    for nth in 0..20 {
        let say = operation(-80.0 + f64::from(nth), Sharing::Open);
        host.borrow_mut().say("aid", &[&duty("aid")], &say);
    }
    late_joins(&host);
    host.borrow_mut().say("aid", &[&duty("aid")], &operation(10.0, Sharing::Open));
    host
}

/// A line that goes down after so many pages, and may lie about where one ends.
struct Pages<'a> {
    wire: &'a mut Wire,
    left: usize,
    lie: fn(&mut GivenPage),
}

impl Line for Pages<'_> {
    fn about(&mut self) -> Result<AboutSpace, LineError> {
        self.wire.about()
    }

    fn prove_to(&mut self, log: &KeyId) {
        self.wire.prove_to(log);
    }

    fn session(&mut self, space: &str, key: &SigningKey) -> Result<(), LineError> {
        self.wire.session(space, key)
    }

    fn file(&mut self, envelope: &[u8]) -> Result<FilingAnswer, LineError> {
        self.wire.file(envelope)
    }

    fn given(&mut self, from: GivenCursor, limit: usize) -> Result<GivenPage, LineError> {
        let down = || LineError::Down("in a test".into());
        let mut page = self.wire.given(from, limit)?;
        self.left = self.left.checked_sub(1).ok_or_else(down)?;
        (self.lie)(&mut page);
        Ok(page)
    }

    fn tile(&mut self, tile: Tile) -> Result<Vec<u8>, LineError> {
        self.wire.tile(tile)
    }

    fn checkpoint(&mut self) -> Result<Vec<u8>, LineError> {
        self.wire.checkpoint()
    }

    fn cosign(&mut self, cosigned: &CosignatureLine) -> Result<(), LineError> {
        self.wire.cosign(cosigned)
    }
}

fn read(
    late: &mut Post,
    left: usize,
    lie: fn(&mut GivenPage),
    second: u64,
) -> Result<SyncReport, DeskError> {
    let keys = Keys { session: &late.duty, witness: None };
    let mut line = Pages { wire: &mut late.wire, left, lie };
    late.desk.sync(&mut line, &keys, at(second))
}

fn entitled(host: &Rc<RefCell<FakeHost>>) -> Ledger {
    host.borrow().state.ledger().project(&party("late"))
}

fn post(dir: &Path, host: &Rc<RefCell<FakeHost>>, page: usize) -> Post {
    let mut post = Post::new(dir, host, "late");
    post.wire.page = page;
    post
}

#[test]
fn a_cause_of_many_pages_is_kept_page_by_page_and_seen_as_a_whole() {
    let host = long();
    for page in [1, 2, 3, 7] {
        for restarts in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let dir = folder.path().join("desk");
            let mut late = post(&dir, &host, page);
            let mut views: Vec<Ledger> = vec![late.desk.view().clone()];
            let mut readings = 0;
            loop {
                // One page gets through each time: what it brought is not asked for again.
                let read = read(&mut late, 1, |_| {}, readings + 1);
                readings += 1;
                if restarts {
                    late.desk = reopened(late.desk, &dir);
                }
                if views.last() != Some(late.desk.view()) {
                    views.push(late.desk.view().clone());
                }
                match read {
                    Ok(_) => break,
                    Err(DeskError::Line(LineError::Down(_))) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            let rows = host.borrow().given[&party("late")].len() as u64;
            assert_eq!(readings, rows.div_ceil(page as u64), "{page}");
            assert_eq!(*late.desk.view(), entitled(&host), "{page}");
            // Between, nobody sees a part of what one entry gave.
            let operations = |view: &Ledger| view.declarations.len();
            let seen: Vec<usize> = views.iter().map(operations).collect();
            assert!(seen.iter().all(|seen| [0, 20, 21].contains(seen)), "{seen:?}");
            late.desk = reopened(late.desk, &dir);
            assert_eq!(*late.desk.view(), entitled(&host));
        }
    }
}

fn reopened(desk: Desk, dir: &Path) -> Desk {
    drop(desk);
    Desk::open(dir).unwrap()
}

#[test]
fn a_host_that_lies_about_where_a_page_ends_is_not_followed() {
    let host = long();
    let lies: [fn(&mut GivenPage); 5] = [
        |page| page.within += 1,
        |page| page.within = page.within.saturating_sub(1),
        |page| drop(page.given.pop()),
        |page| page.given.extend(page.given.last().cloned()),
        |page| (page.next, page.within) = (0, 0),
    ];
    for (nth, lie) in lies.into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let mut late = post(&folder.path().join("desk"), &host, 7);
        let read_lie = read(&mut late, 9, lie, 1);
        assert!(
            matches!(read_lie, Err(DeskError::Line(LineError::Garbled(_)))),
            "{nth}: {read_lie:?}"
        );
        read(&mut late, 99, |_| {}, 2).unwrap();
        assert_eq!(*late.desk.view(), entitled(&host), "{nth}");
    }
}
