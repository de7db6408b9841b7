//! The arguments of the commands about the vault and the settings.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub struct Init {
    /// How much work a guess of the passphrase costs: default (about a second here),
    /// light (small machines, tests)
    #[arg(long, value_enum, default_value_t = Kdf::Default)]
    pub kdf: Kdf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kdf {
    Default,
    Light,
}

#[derive(Debug, Args)]
pub struct Passphrase {
    /// Read the new passphrase from the first line of this file
    #[arg(long, value_name = "F", conflicts_with = "new_passphrase_command")]
    pub new_passphrase_file: Option<PathBuf>,
    /// Read the new passphrase from the first line that this command prints
    #[arg(long, value_name = "C")]
    pub new_passphrase_command: Option<String>,
}

#[derive(Debug, Clone, Copy, Args)]
pub struct Config {
    /// Print what would be written, and write nothing
    #[arg(long, conflicts_with = "check")]
    pub print: bool,
    /// Say whether the config file can be used, and what is wrong with it
    #[arg(long)]
    pub check: bool,
}
