//! Countersignatures that are made as no desk would make them, and a desk that makes none.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use deconflict_api::CosignatureLine;
use deconflict_record::{AddCheckpoint, Cosigner, SignedCheckpoint, UtcSecond};

use super::{FakeHost, Post, charter, log_vkey, settings, witness};

const PARTIES: [&str; 4] = ["host", "north", "south", "aid"];

/// A space in which so many of three witnesses are a quorum, and the rules keep what ended for so many days.
pub fn host_with(quorum: usize, retention_days: u32) -> Rc<RefCell<FakeHost>> {
    let mut terms = charter(&PARTIES);
    terms.quorum = quorum;
    terms.rules.retention_days = retention_days;
    Rc::new(RefCell::new(FakeHost::founded(&PARTIES, terms)))
}

/// What a witness can sign who looks at nothing.
pub fn cosignature(note: &str, name: &str, time: UtcSecond) -> CosignatureLine {
    let checkpoint = SignedCheckpoint::parse(note.as_bytes()).unwrap();
    let size = checkpoint.claimed().size;
    let request = AddCheckpoint { old_size: 0, proof: vec![], checkpoint };
    let mut cosigner = Cosigner::new(&format!("{name}.example"), log_vkey(), None).unwrap();
    let line = cosigner.judge(&request).unwrap().persisted(&witness(name), time).line();
    CosignatureLine { size, line }
}

pub fn countersign(host: &Rc<RefCell<FakeHost>>, name: &str, time: UtcSecond) {
    let note = host.borrow().checkpoint();
    host.borrow_mut().cosigned.push(cosignature(&note, name, time));
}

/// A reader's desk, which is no witness.
pub fn reader(folder: &Path, host: &Rc<RefCell<FakeHost>>) -> Post {
    let mut settings = settings("aid");
    settings.witness = None;
    let mut post = Post::new(&folder.join("unused"), host, "aid");
    post.desk = deconflict_desk::Desk::create(&folder.join("aid"), &settings).unwrap();
    post
}
