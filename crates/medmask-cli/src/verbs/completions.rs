//! `medmask completions`.

use clap::Args;
use clap_complete::Shell;

use crate::failure::Result;
use crate::output;

/// Print the completions of a shell
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  medmask completions bash > ~/.local/share/bash-completion/completions/medmask
  medmask completions zsh > ~/.zfunc/_medmask
  medmask completions fish > ~/.config/fish/completions/medmask.fish")]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub fn run(self, mut command: clap::Command) -> Result {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "medmask", &mut script);
        output::print_with(|out| out.write_all(&script))
    }
}
