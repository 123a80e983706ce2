//! The real command on small NIfTI files, and on the sample case where that is there.

mod bad_input;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod browser;
mod changes;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod choosing;
#[expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
mod comparing;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod computing;
mod extracting;
#[expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
mod files;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod grey;
mod grouping;
#[cfg(unix)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod guide;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod labelling;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod leaving_out;
mod listing;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod listing_several;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod lung;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod measuring;
mod messages;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod moving;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod odd_voxels;
mod outputs;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod overlapping;
mod packing;
#[expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
mod page;
#[expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
mod pointing;
#[cfg(unix)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod previewing;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod quality;
mod repairing;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod reworking;
mod sample_case;
#[cfg(unix)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod serving;
mod shapes;
#[cfg(unix)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod signals;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod slanted;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod trees;
#[cfg(unix)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod typing;
mod undecided;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod viewing;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod viewing_differences;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod viewing_images;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod whose_space;
