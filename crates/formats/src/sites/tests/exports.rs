//! Tables as mapping programs, forms and people export them.

use super::*;

fn notes(csv: &str) -> Vec<String> {
    let document = read_csv(csv.as_bytes()).unwrap_or_else(|e| panic!("{e:?}"));
    document.notes.iter().map(|note| format!("{note}")).collect()
}

#[test]
fn metres_in_x_and_y_are_passed_over_where_the_position_stands_in_other_columns() {
    let header = "X,Y,NAME,LATITUDE,LONGITUDE,radius_m\n";
    let metres =
        format!("{header}-13386168.77,4369640.511,A,36.5,-120.25,500\n-13386168.77,1,B,1,2,9\n");
    assert_eq!(sites(&metres)[0].volumes[0].footprint, circle(36.5, -120.25, 500.0));
    let told = notes(&metres);
    assert!(told[0].starts_with("`X` and `Y` hold no degrees"), "{told:?}");
    assert!(told[0].ends_with("(2, the first at row 2)"), "{told:?}");
    let degrees = format!("{header}-120.25,36.5,A,36.5,-120.25,500\n");
    assert_eq!(notes(&degrees), [""; 0]);
    let apart = format!("{header}-121.25,36.5,A,36.5,-120.25,500\n");
    assert!(error(&apart).contains("its positions disagree: `Y/X` says"), "{}", error(&apart));
    let alone = "X,Y,radius_m\n-13386168.77,4369640.511,500\n";
    assert!(error(alone).contains("perhaps metres of a projection"), "{}", error(alone));
}

#[test]
fn the_question_before_latitude_does_not_hide_it() {
    let csv = "Name,Facility Location / latitude,Facility Location / longitude,radius_m\nA,16.02,-16.49,9\n";
    assert_eq!(only(csv).volumes[0].footprint, circle(16.02, -16.49, 9.0));
    let options = ReadOptions { row_radius_m: Some(300.0), ..ReadOptions::default() };
    let bare = "Name,_gps_latitude,_gps_longitude,_gps_precision\nA,16.02,-16.49,4\n";
    let document = super::super::read_csv(bare.as_bytes(), &options).unwrap();
    assert_eq!(document.features[0].volumes[0].footprint, circle(16.02, -16.49, 300.0));
}

#[test]
fn columns_that_may_bear_on_something_are_told_once() {
    let csv = "name,lat,lon,radius_m,Opening hours,max lat,beds\nA,1,1,9,8-17,2,4\nB,1,2,9,,2,5\n";
    assert_eq!(
        notes(csv),
        [
            "the column `Opening hours` was not read; it may bear on the time (row 1)",
            "the column `max lat` was not read; it may bear on the place (row 1)",
        ]
    );
}

#[test]
fn the_first_hundred_mistakes_are_spelled_out_and_the_rest_counted() {
    let csv = format!("lat,lon,radius_m\n{}", "1000000,2000000,9\n".repeat(150));
    let errors = errors(csv);
    assert_eq!(errors.len(), 101);
    assert!(errors[99].starts_with("row 101"), "{}", errors[99]);
    assert!(errors[100].contains("50 more mistakes"), "{}", errors[100]);
}

#[test]
fn a_row_that_is_left_out_for_its_height_cannot_reach_beyond_its_circle() {
    let options = ReadOptions { leave_out_mistaken: true, ..ReadOptions::default() };
    let csv = "id,lat,lon,radius_m,upper\na,1,1,9,high\nb,1,x,9,9 m AGL\nc,2,2,9,9 m AGL\n";
    let document = super::super::read_csv(csv.as_bytes(), &options).unwrap();
    assert_eq!(document.features.len(), 1);
    let hulls: Vec<bool> = document.omissions.iter().map(|o| o.hull.is_some()).collect();
    assert_eq!(hulls, [true, false]);
}
