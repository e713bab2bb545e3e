//! What a process that stays up logs, for those who operate it.
//!
//! What somebody must look into is said in words by the command itself; the log has it among what led to it.
//! Events carry sizes, times, routes and causes: no content, no place, no secret (`host/tests/logged.rs`).

use std::io;

use clap::{Args, ValueEnum};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

/// How a process that stays up logs.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct LogArgs {
    /// The least grave that is logged, on standard error
    #[arg(
        long,
        value_enum,
        value_name = "LEVEL",
        env = "DECONFLICT_LOG",
        default_value_t = LogLevel::Warn
    )]
    log: LogLevel,
    /// How a logged line is written
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        env = "DECONFLICT_LOG_FORMAT",
        default_value_t = LogFormat::Text
    )]
    log_format: LogFormat,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum LogLevel {
    /// Nothing
    Off,
    /// What ends the work or a part of it
    Error,
    /// What could not be done and is tried again, or asks for a look
    Warn,
    /// When it serves, stops, signs on
    Info,
    /// Each request and each append
    Debug,
    /// All that there is
    Trace,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

impl LogArgs {
    /// Logs from now on, on standard error.
    pub(crate) fn begin(self) {
        let level = match self.log {
            LogLevel::Off => LevelFilter::OFF,
            LogLevel::Error => LevelFilter::ERROR,
            LogLevel::Warn => LevelFilter::WARN,
            LogLevel::Info => LevelFilter::INFO,
            LogLevel::Debug => LevelFilter::DEBUG,
            LogLevel::Trace => LevelFilter::TRACE,
        };
        // Only our own events: what they carry was looked through, what libraries say was not.
        let ours = Targets::new().with_target("deconflict", level);
        let lines = fmt::layer().with_writer(io::stderr);
        let layer = match self.log_format {
            LogFormat::Text => lines.boxed(),
            LogFormat::Json => lines.json().flatten_event(true).boxed(),
        };
        let subscriber = tracing_subscriber::registry().with(layer.with_filter(ours));
        // A process runs one command, so nobody has set another one.
        let _ = tracing::subscriber::set_global_default(subscriber);
    }
}
