//! `medmask completions`.

use clap::Args;
use clap_complete::Shell;

use crate::completing;
use crate::failure::Result;
use crate::output;

/// Print the completions of a shell
#[derive(Args)]
#[command(long_about = "\
Print the completions of a shell: verbs, flags, files, and the names in the archive on the line.

The shell asks the command that is installed, so that names are always those of the archive. Let the
shell read the completions where it starts, so that they are those of this version.")]
#[command(after_long_help = "\
EXAMPLES
  bash, in ~/.bashrc:
    source <(medmask completions bash)

  zsh, in ~/.zshrc behind compinit:
    source <(medmask completions zsh)

  fish, in ~/.config/fish/completions/medmask.fish:
    medmask completions fish | source

  PowerShell, in $PROFILE:
    medmask completions powershell | Out-String | Invoke-Expression")]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub fn run(self) -> Result {
        output::print_with(|out| completing::write_script(&self.shell.to_string(), out))
    }
}
