//! The flag `--layers`.

use clap::{Args, ValueEnum};
use medmask::Layers;

/// What becomes of masks that do not overlap.
#[derive(Args)]
pub struct Layering {
    /// When to store masks that do not overlap as labels of one volume: auto, always or never
    #[arg(long, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    layers: When,
}

#[derive(Clone, Copy, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

impl Layering {
    pub fn layers(&self) -> Layers {
        match self.layers {
            When::Auto => Layers::Auto,
            When::Always => Layers::Always,
            When::Never => Layers::Never,
        }
    }
}
