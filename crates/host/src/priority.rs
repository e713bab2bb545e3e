//! Who runs first where more want to than there are cores: the writer, for whom all wait; then those that answer
//! requests; then those that read at length for one of them.

/// How many of the system's `nice` levels a thread steps back that answers requests.
pub(crate) const ANSWERS: i32 = 5;

/// The same for one that reads from the store. Further back a desk that asks for a head would wait too long on a
/// machine with one core; nearer, long pages delay those who answer.
pub(crate) const READS: i32 = 15;

/// Lets this thread step back. Where the system knows the priorities of processes alone, or allows it not, all
/// run alike.
pub(crate) fn step_back(levels: i32) {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, levels);
    #[cfg(not(target_os = "linux"))]
    let _ = levels;
}
