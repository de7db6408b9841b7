//! The commands. (to be written)

mod exit;
pub mod init;
pub mod lock;
pub mod passphrase;
pub mod unlock;

use std::process::ExitCode;

pub use exit::{Code, Exit};

/// Runs the program.
pub fn run() -> ExitCode {
    ExitCode::SUCCESS
}
