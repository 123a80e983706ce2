#![doc = include_str!("../README.md")]

mod case;
mod error;
mod html;
mod page;
mod parts;

pub use case::Case;
pub use error::ViewerError;
pub use page::{Image, Page, Source};
pub use parts::is_built;
