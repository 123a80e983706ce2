//! One file for each verb: its flags, and how its result is printed.

mod at;
mod bench_codecs;
mod change;
mod completions;
mod convert;
mod diff;
mod distance;
mod extract;
mod group;
mod info;
mod labels;
mod layering;
mod ls;
mod man;
mod merge;
mod overlap;
mod pack;
mod quality;
mod relabel;
mod repair;
mod serve;
mod stats;
mod verify;
mod view;

use clap::Subcommand;
use medmask::adapter::Formats;

use crate::failure::Result;

/// What the command can do.
#[derive(Subcommand)]
pub enum Verb {
    Pack(pack::Pack),
    #[command(visible_alias = "list")]
    Ls(ls::Ls),
    Info(info::Info),
    #[command(visible_alias = "unpack")]
    Extract(extract::Extract),
    Add(pack::Add),
    Rm(change::Rm),
    Mv(change::Mv),
    Group(group::GroupVerb),
    Merge(merge::Merge),
    Split(merge::Split),
    Relabel(relabel::Relabel),
    Compact(change::Compact),
    Stats(stats::Stats),
    Distance(distance::Distance),
    Overlap(overlap::Overlap),
    At(at::At),
    Diff(diff::Diff),
    View(view::View),
    Serve(serve::Serve),
    Labels(labels::Labels),
    Verify(verify::Verify),
    Repair(repair::Repair),
    Convert(convert::Convert),
    BenchCodecs(bench_codecs::BenchCodecs),
    Completions(completions::Completions),
    Man(man::Man),
}

impl Verb {
    /// Does it, with the formats `formats`; `command` is what the manual is made of.
    pub fn run(self, formats: &Formats, command: fn() -> clap::Command) -> Result {
        match self {
            Self::Pack(verb) => verb.run(formats),
            Self::Ls(verb) => verb.run(),
            Self::Info(verb) => verb.run(),
            Self::Extract(verb) => verb.run(formats),
            Self::Add(verb) => verb.run(formats),
            Self::Rm(verb) => verb.run(),
            Self::Mv(verb) => verb.run(),
            Self::Group(verb) => verb.run(),
            Self::Merge(verb) => verb.run(formats),
            Self::Split(verb) => verb.run(formats),
            Self::Relabel(verb) => verb.run(),
            Self::Compact(verb) => verb.run(),
            Self::Stats(verb) => verb.run(formats),
            Self::Distance(verb) => verb.run(),
            Self::Overlap(verb) => verb.run(),
            Self::At(verb) => verb.run(),
            Self::Diff(verb) => verb.run(formats),
            Self::View(verb) => verb.run(formats),
            Self::Serve(verb) => verb.run(),
            Self::Labels(verb) => verb.run(formats),
            Self::Verify(verb) => verb.run(),
            Self::Repair(verb) => verb.run(formats),
            Self::Convert(verb) => verb.run(formats),
            Self::BenchCodecs(verb) => verb.run(formats),
            Self::Completions(verb) => verb.run(),
            Self::Man(verb) => verb.run(command()),
        }
    }
}
