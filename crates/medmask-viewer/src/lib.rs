#![doc = include_str!("../README.md")]

mod contents;
mod error;
mod html;
mod page;
mod parts;
pub mod quality;
mod text;

pub use contents::Contents;
pub use error::ViewerError;
pub use page::{Page, Source};
pub use parts::is_built;
