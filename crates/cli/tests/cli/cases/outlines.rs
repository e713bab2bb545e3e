//! The cases of outlines that cross themselves.

use super::{Row, judge};

const IN_DOUBT: &str =
    "outlines that cross themselves were read with what lies in the loops in doubt";

const ROWS: &[Row] = &[
    Row {
        case: "13",
        command: "show a.openair",
        status: 0,
        said: &["Spike TMA", "polygon, 7 vertices, about 1,9", "1 feature, 1 volume"],
        remarks: &[IN_DOUBT, "(line 2)"],
    },
    Row {
        case: "14",
        command: "show a.txt",
        status: 0,
        said: &["Two arcs CTR", "1 feature, 1 volume"],
        remarks: &[IN_DOUBT, "(line 1)"],
    },
    Row {
        case: "57",
        command: "show a.geojson",
        status: 2,
        said: &[],
        remarks: &[
            "feature 1 (twice): the boundary crosses itself in 2 places",
            "edge 1 of ring 0 crosses edge 3 of ring 0 near 0.352942S 2.705882E",
            "edge 5 of ring 0 crosses edge 7 of ring 0 near 0.352942S 5.705882E",
            "a loop that reaches 37 km and is 15 km wide",
        ],
    },
    Row {
        case: "57",
        command: "show a.geojson --leave-out-mistaken",
        status: 4,
        said: &["1 left out as mistaken."],
        remarks: &["feature 1 (twice): left out"],
    },
];

#[test]
fn outlines_that_cross_themselves_are_read_in_doubt_or_refused_with_every_crossing() {
    judge(ROWS);
}
