//! The commands. (to be written)

mod exit;

use std::process::ExitCode;

pub use exit::{Code, Exit};

/// Runs the program.
pub fn run() -> ExitCode {
    ExitCode::SUCCESS
}
