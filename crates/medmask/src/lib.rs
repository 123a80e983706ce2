//! stub
pub use medmask_archive as archive;
