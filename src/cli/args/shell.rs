//! What can be typed about the shell around the program: completion and manual pages.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

const COMPLETION_EXAMPLES: &str = "\
Examples:
  susurro completion bash > ~/.local/share/bash-completion/completions/susurro
  susurro completion fish > ~/.config/fish/completions/susurro.fish
  susurro completion zsh > ~/.zfunc/_susurro    (with ~/.zfunc in fpath, before compinit)";

#[derive(Debug, Clone, Copy, Args)]
#[command(after_help = COMPLETION_EXAMPLES)]
pub struct Completion {
    /// Which shell
    #[arg(value_enum)]
    pub shell: Shell,
}

const MAN_EXAMPLES: &str = "\
Examples:
  susurro man ~/.local/share/man/man1
  man susurro-send";

#[derive(Debug, Args)]
#[command(after_help = MAN_EXAMPLES)]
pub struct Man {
    /// The folder to write to; it is made if it is not there
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}
