//! What is compared.

/// The original, as benches/compare/peers.py calls it.
pub const ORIGINAL: &str = "medmask-0.1";
/// Our codecs.
pub const CODECS: [&str; 3] = ["transitions", "runs", "context"];
/// Our settings between size and speed.
pub const SETTINGS: [&str; 3] = ["smallest", "default", "fastest"];
/// The other systems, as benches/compare/peers.py calls them.
pub const PEERS: [&str; 11] = [
    "nibabel",
    "SimpleITK",
    "zarr",
    "blosc2",
    "zstd-3",
    "zstd-19",
    "zstd-22",
    "xz",
    "crackle",
    "crackle+zstd-19",
    "compresso+zstd-19",
];
