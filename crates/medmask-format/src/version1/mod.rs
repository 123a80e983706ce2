//! Version 1.0, the format of the Python package medmask 0.1.x: bytes to plain structs and back
//! (SPEC.md, "Version 1.0").
//!
//! Everything is little-endian. A `.msk` holds one mask, a `.mska` many on one space. Nothing in
//! version 1.0 carries a checksum: damage that still parses gives wrong names, places or voxels.

mod blob;
mod decode;
mod header;
mod index;
#[cfg(feature = "zstd")]
mod inflate;
mod json;
mod mapping;
mod pixel_type;
mod space;

pub use blob::{BlobHeader, Labels, LabelsRef, MAX_VOXELS};
#[cfg(feature = "zstd")]
pub use blob::{DEFAULT_LEVEL, encode};
pub use decode::Blob;
pub use header::{
    ARCHIVE_HEADER_BYTES, ARCHIVE_MAGIC, ArchiveHeader, MASK_HEADER_BYTES, MASK_MAGIC, MaskHeader,
    Section,
};
pub use index::{INDEX_SPARE_BYTES, Index, IndexEntry};
pub use mapping::Mapping;
pub use pixel_type::PixelType;
pub use space::SpaceRecord;
