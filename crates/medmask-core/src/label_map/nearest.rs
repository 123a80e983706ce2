//! "Did you mean …?"

/// How alike two names must be, where 1 is equal and 0 has no letter in common.
const ALIKE: f64 = 0.5;

/// The name among `known` that a person who wrote `name` most probably meant: the one that needs the fewest changes of a
/// letter for its length, the first of several; `None` where more than half of the letters would change.
///
/// ```
/// use medmask_core::nearest_name;
///
/// assert_eq!(nearest_name("kidney", ["liver", "kidney_left", "kidney_right"]), Some("kidney_left"));
/// assert_eq!(nearest_name("aorta", ["liver", "kidney_left"]), None);
/// ```
#[must_use]
pub fn nearest_name<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let candidates = known
        .into_iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(name, candidate), candidate));
    candidates
        .filter(|(alike, _)| *alike >= ALIKE)
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, candidate)| candidate)
}
