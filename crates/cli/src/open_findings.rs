//! What is not over of a declaration, as a party's view has it.

use deconflict_core::{Conflict, ConflictId, DeclarationId, Joint, Ledger, Overlay, OverlayId};

/// The conflicts and overlays of a declaration that are not over, by their names.
pub(crate) struct OpenFindings<'v> {
    pub(crate) conflicts: Vec<(&'v ConflictId, &'v Joint<Conflict>)>,
    pub(crate) overlays: Vec<(&'v OverlayId, &'v Joint<Overlay>)>,
}

impl<'v> OpenFindings<'v> {
    pub(crate) fn of(view: &'v Ledger, id: DeclarationId) -> OpenFindings<'v> {
        let of_it = |between: [Option<DeclarationId>; 2]| between.contains(&Some(id));
        let conflicts = view.conflicts.iter();
        let conflicts = conflicts.filter(|(_, c)| c.closed.is_none() && of_it(c.between));
        let overlays = view.overlays.iter();
        let overlays = overlays.filter(|(_, o)| o.closed.is_none() && of_it(o.between));
        OpenFindings { conflicts: conflicts.collect(), overlays: overlays.collect() }
    }
}
