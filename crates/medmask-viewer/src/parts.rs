//! What is embedded in every page.

/// NiiVue, compressed by gzip, with its licence and those of what is in it; `None` where it was not there for the build.
#[cfg(has_niivue)]
pub(crate) const NIIVUE: Option<(&[u8], &str)> =
    Some((include_bytes!("../built/niivue.js.gz"), include_str!("../built/LICENCES.txt")));
#[cfg(not(has_niivue))]
pub(crate) const NIIVUE: Option<(&[u8], &str)> = None;

pub(crate) const BODY: &str = include_str!("../page/body.html");
pub(crate) const STYLE: &str = include_str!("../page/page.css");

/// Modules of the page, each after those that it imports.
const MODULES: [&str; 8] = [
    medmask_wasm::JAVASCRIPT,
    medmask_wasm::JAVASCRIPT_OF_NIFTI,
    include_str!("../page/parts.js"),
    include_str!("../page/layers.js"),
    include_str!("../page/grid.js"),
    include_str!("../page/picture.js"),
    include_str!("../page/list.js"),
    include_str!("../page/main.js"),
];

/// All modules as one: a page from disk may import none. They have no name at their top level in common.
pub(crate) fn script() -> String {
    let lines = MODULES.into_iter().flat_map(str::lines);
    let lines = lines.filter(|line| !line.starts_with("import "));
    let lines = lines.map(|line| line.strip_prefix("export ").unwrap_or(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Whether pages can be made: whether NiiVue was there when this was built.
#[must_use]
pub fn is_built() -> bool {
    NIIVUE.is_some()
}
