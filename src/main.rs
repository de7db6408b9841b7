//! The program: hands its arguments to `susurro::cli` and ends with the exit code that it returns.

use std::process::ExitCode;

fn main() -> ExitCode {
    susurro::cli::run()
}
