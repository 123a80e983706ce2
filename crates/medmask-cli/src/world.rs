//! World coordinates as the user asks for them.

/// A point or a direction of the world (x, y, z; LPS+), or with `ras` the same in RAS+.
pub fn in_world([x, y, z]: [f64; 3], ras: bool) -> [f64; 3] {
    // From 0, so that no 0 becomes -0.
    if ras { [0.0 - x, 0.0 - y, z] } else { [x, y, z] }
}

/// What its axes are called in names of keys and columns.
pub fn axes(ras: bool) -> &'static str {
    if ras { "ras" } else { "lps" }
}
