//! Who runs first where more want to than there are cores: the writer, for whom all wait; then those that answer
//! requests; then those that read for one of them; last, those that read long pages.

/// How many of the system's `nice` levels a thread steps back that answers requests.
pub(crate) const ANSWERS: i32 = 5;

/// The same for one that reads a head, a tile or what a statement led to: little, and somebody waits for it.
pub(crate) const READS: i32 = 10;

/// Lets this thread step back. Where the system knows the priorities of processes alone, or allows it not, all
/// run alike.
pub(crate) fn step_back(levels: i32) {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, levels);
    #[cfg(not(target_os = "linux"))]
    let _ = levels;
}

/// Lets this thread run where no other wants to, for good: one that reads pages of what was given, as many as anybody likes
/// to ask for. On Linux whoever else wakes has its core at once (`SCHED_IDLE`), which the least `nice` does not give.
pub(crate) fn give_way() {
    #[cfg(target_os = "linux")]
    {
        use thread_priority::NormalThreadSchedulePolicy::Idle;
        use thread_priority::{
            ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
        };
        let policy = ThreadSchedulePolicy::Normal(Idle);
        let _ = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, policy);
    }
}
