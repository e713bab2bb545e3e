//! A process that is killed at some instant.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::Chance;

/// A test of the same program that works on a path until it is killed, and tells on lines of its output how far
/// it has come.
#[derive(Clone, Copy, Debug)]
pub struct Victim<'a> {
    /// The test's name.
    pub test: &'a str,
    /// The variable of the environment that has the path; without it the test does nothing.
    pub variable: &'a str,
    /// Once in so many times it is killed without waiting for any line.
    pub early: u64,
    /// Else at least so many lines are waited for, and at most twelve times as many.
    pub lines: u64,
    /// And after that for at most so many microseconds; ten times as many where no line was waited for.
    pub within_us: u64,
}

impl Victim<'_> {
    /// Starts it on this path and kills it at some instant: the lines that it said, and whether it was killed without
    /// waiting for any.
    ///
    /// # Panics
    /// When it cannot be started, or ends by itself.
    pub fn kill(&self, path: &Path, random: &mut Chance) -> (Vec<String>, bool) {
        let own = std::env::current_exe().expect("the path of this program");
        let mut child = Command::new(own)
            .args(["--exact", self.test, "--nocapture"])
            .env(self.variable, path)
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program, once more");
        let mut lines = BufReader::new(child.stdout.take().expect("it was asked for")).lines();
        let (mut said, early) = (Vec::new(), random.one_in(self.early));
        let waits_for = if early { 0 } else { self.lines + random.below(11 * self.lines) };
        for _ in 0..waits_for {
            let line = lines.next().expect("it goes on until it is killed");
            said.push(line.expect("lines of text"));
        }
        let within_us = if early { 10 * self.within_us } else { self.within_us };
        std::thread::sleep(Duration::from_micros(random.below(within_us)));
        child.kill().expect("a process to kill");
        said.extend(lines.map(|line| line.expect("lines of text")));
        let status = child.wait().expect("a process that ended");
        assert!(!status.success() && status.code().is_none(), "it was killed, it did not fail");
        (said, early)
    }
}

/// The number on the last line `acknowledged NUMBER` of these, or 0.
///
/// # Panics
/// When it is no number.
pub fn last_acknowledged(lines: &[String]) -> u64 {
    let numbers = lines.iter().rev().filter_map(|line| line.strip_prefix("acknowledged "));
    numbers.map(|number| number.parse().expect("a number")).next().unwrap_or(0)
}
