//! What targets give their inputs.

/// What one read may hold: a good deal less than the memory cap of a target.
pub const MAX_MEMORY: u64 = 256 << 20;
