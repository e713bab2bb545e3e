//! What is logged, kept to be looked through.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// All that this process logs.
#[derive(Clone, Default, Debug)]
pub struct LogBuffer(Arc<Mutex<Vec<u8>>>);

impl LogBuffer {
    /// Keeps from here on what is logged at the most talkative level. Once in a process.
    ///
    /// # Panics
    /// When something keeps it already.
    pub fn begin() -> LogBuffer {
        let log = LogBuffer::default();
        let to = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).without_time();
        to.with_writer(log.clone()).init();
        log
    }

    /// What was logged so far.
    ///
    /// # Panics
    /// When it is no text.
    pub fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        String::from_utf8(bytes).expect("a log is text")
    }
}

impl Write for LogBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for LogBuffer {
    type Writer = LogBuffer;

    fn make_writer(&self) -> LogBuffer {
        self.clone()
    }
}
