//! A seeded slice of the fuzzing, without its tools.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use deconflict_fuzz::{FORMATS, Mutator, read_and_write, relation_of_two, seeds, whatever_is_said};

/// Mutated inputs for each format.
const EACH: usize = 3_000;

/// Runs a check; where it fails, the input is shown before the panic goes on.
fn check(target: &str, bytes: &[u8], holds: impl Fn(&[u8])) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| holds(bytes))) {
        eprintln!("{target} input: b\"{}\"", bytes.escape_ascii());
        resume_unwind(panic);
    }
}

fn mutated_snippets_hold(target: &str) {
    let seeds = seeds(target);
    assert!(!seeds.is_empty(), "no snippet in seeds/{target}");
    for seed in &seeds {
        check(target, seed, |bytes| read_and_write(target, bytes));
    }
    let mut mutator = Mutator::new(1);
    for _ in 0..EACH {
        let (one, other) = (mutator.below(seeds.len()), mutator.below(seeds.len()));
        let bytes = mutator.mutated(&seeds[one], &seeds[other]);
        check(target, &bytes, |bytes| read_and_write(target, bytes));
    }
    for _ in 0..200 {
        check(target, &mutator.noise(300), |bytes| read_and_write(target, bytes));
    }
}

macro_rules! slices {
    ($($name:ident: $target:literal;)*) => {
        $(
            #[test]
            fn $name() {
                mutated_snippets_hold($target);
            }
        )*

        #[test]
        fn every_format_has_a_slice() {
            let sliced: &[&str] = &[$($target),*];
            assert!(FORMATS.iter().map(|(target, _)| *target).eq(sliced.iter().copied()));
        }
    };
}

slices! {
    mutated_geojson_is_refused_in_words_or_survives_a_round_trip: "geojson";
    mutated_ed318_is_refused_in_words_or_survives_a_round_trip: "ed318";
    mutated_ed269_is_refused_in_words_or_survives_a_round_trip: "ed269";
    mutated_openair_is_refused_in_words_or_survives_a_round_trip: "openair";
    mutated_kml_is_refused_in_words_or_survives_a_round_trip: "kml";
    mutated_kmz_is_refused_in_words_or_survives_a_round_trip: "kmz";
    mutated_csv_is_refused_in_words_or_survives_a_round_trip: "csv";
    mutated_xlsx_is_refused_in_words_or_survives_a_round_trip: "xlsx";
    mutated_f3548_is_refused_in_words_or_survives_a_round_trip: "f3548";
}

#[test]
fn the_relation_of_random_volumes_is_consistent() {
    let mut mutator = Mutator::new(2);
    for _ in 0..5_000 {
        check("relation", &mutator.noise(400), relation_of_two);
    }
}

#[test]
fn whatever_parties_say_is_decided_and_leaves_the_record_sound() {
    let seeds = seeds("say");
    let mut mutator = Mutator::new(3);
    for _ in 0..400 {
        let (one, other) = (mutator.below(seeds.len()), mutator.below(seeds.len()));
        let bytes = mutator.mutated(&seeds[one], &seeds[other]);
        check("say", &bytes, whatever_is_said);
    }
}

#[test]
fn every_snippet_is_a_valid_file() {
    for (target, name) in FORMATS {
        for (i, seed) in seeds(target).iter().enumerate() {
            if let Err(errors) = deconflict_formats::read(name, seed) {
                let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
                panic!("snippet {i} of {target}: {}", errors.join("; "));
            }
        }
    }
}
