//! The order in which the index keeps boxes, so that boxes that lie together are kept together.
//!
//! Nothing here decides what a query finds: a bad order is slow, never wrong.

use super::bounds::SpaceTimeBox;

/// Boxes of similar extent and duration. Each class has a tree of its own, because one large box
/// among small ones would make every node that holds it large.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Class {
    /// Extents in x, y and z are below 2 to this power, in steps.
    extent_bits: u8,
    /// Durations are below 2 to this power, in seconds.
    duration_bits: u8,
}

/// Below 200 m, and below 9 minutes, differences do not matter.
const LEAST_EXTENT_BITS: u32 = 15;
const LEAST_DURATION_BITS: u32 = 9;

/// The logarithm of the ratio from one class to the next.
const CLASS_BITS: u32 = 3;

/// Cells are an eighth of the extents and durations of their class.
const FINER_BITS: u32 = 3;

/// The bits of a cell's number on each axis: enough for a face of the cube in cells of the least
/// class. Time is longer: of its numbers only the lower bits count, so that in the least class times
/// two years apart fall together.
const CELL_BITS: u32 = 20;

impl Class {
    pub(super) fn of(bounds: &SpaceTimeBox) -> Class {
        let extent = |axis: usize| bounds.upper[axis].abs_diff(bounds.lower[axis]);
        let bits = |extent: u32, least: u32| {
            (u32::BITS - extent.leading_zeros()).max(least).next_multiple_of(CLASS_BITS) as u8
        };
        Class {
            extent_bits: bits(extent(0).max(extent(1)).max(extent(2)), LEAST_EXTENT_BITS),
            duration_bits: bits(extent(4), LEAST_DURATION_BITS),
        }
    }

    /// Where a box stands among those of its class: the cube face below its centre, then its cell of
    /// that face and of time along Hilbert's curve. Cells are as long and as wide as they last, in
    /// units of the class.
    pub(super) fn place(self, bounds: &SpaceTimeBox) -> u64 {
        let middle =
            |axis: usize| (i64::from(bounds.lower[axis]) + i64::from(bounds.upper[axis])) >> 1;
        let centre = [middle(0), middle(1), middle(2)];
        let axis = (0..3).max_by_key(|&a| centre[a].abs()).unwrap_or(0);
        let on_face = |a: usize| {
            let along = (centre[a] << 30) / centre[axis].abs().max(1);
            (along + (1 << 30)) as u32 >> (u32::from(self.extent_bits) - FINER_BITS)
        };
        let time = (middle(4) + (1 << 31)) as u32 >> (u32::from(self.duration_bits) - FINER_BITS);
        let face = (axis as u64) << 1 | u64::from(centre[axis] < 0);
        let (u, v) = (on_face((axis + 1) % 3), on_face((axis + 2) % 3));
        let [a, b, c] = along_the_curve([time % (1 << CELL_BITS), u, v]);
        face << (3 * CELL_BITS) | spread(a) << 2 | spread(b) << 1 | spread(c)
    }
}

/// The place of a cell on Hilbert's curve, as three numbers whose bits in turn make it up.
///
/// After J. Skilling, "Programming the Hilbert curve", AIP Conf. Proc. 707 (2004), 381-387:
/// `AxestoTranspose`.
fn along_the_curve(mut cell: [u32; 3]) -> [u32; 3] {
    for bit in (1..CELL_BITS).rev() {
        let below = (1 << bit) - 1;
        for axis in 0..3 {
            // Without branches: which way they go could not be foreseen.
            let set = (cell[axis] >> bit & 1).wrapping_neg() & below;
            let swapped = (cell[0] ^ cell[axis]) & below & !set;
            cell[0] ^= set | swapped;
            cell[axis] ^= swapped;
        }
    }
    cell[1] ^= cell[0];
    cell[2] ^= cell[1];
    let flipped = (1..CELL_BITS)
        .filter(|bit| cell[2] >> bit & 1 == 1)
        .fold(0, |flipped, bit| flipped ^ ((1 << bit) - 1));
    cell.map(|bits| bits ^ flipped)
}

/// The bits of a cell's number, each with two zeros before it.
fn spread(number: u32) -> u64 {
    let bits = u64::from(number);
    let bits = (bits | bits << 32) & 0x001f_0000_0000_ffff;
    let bits = (bits | bits << 16) & 0x001f_0000_ff00_00ff;
    let bits = (bits | bits << 8) & 0x100f_00f0_0f00_f00f;
    let bits = (bits | bits << 4) & 0x10c3_0c30_c30c_30c3;
    (bits | bits << 2) & 0x1249_2492_4924_9249
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_along_the_curve_lead_to_neighbouring_cells() {
        let place = |cell| {
            let [a, b, c] = along_the_curve(cell);
            (spread(a) << 2 | spread(b) << 1 | spread(c)) as usize
        };
        let mut cells = [[0u32; 3]; 512];
        for number in 0..512 {
            let cell = [number >> 6, number >> 3 & 7, number & 7];
            cells[place(cell)] = cell;
        }
        for pair in cells.windows(2) {
            let steps: u32 = (0..3).map(|axis| pair[0][axis].abs_diff(pair[1][axis])).sum();
            assert_eq!(steps, 1, "{pair:?}");
        }
    }

    #[test]
    fn spreading_puts_each_bit_at_three_times_its_place() {
        for bit in 0..CELL_BITS {
            assert_eq!(spread(1 << bit), 1 << (3 * bit));
        }
        assert_eq!(spread(0b1011), 0b1_000_001_001);
    }
}
