//! Which file defines what a path names.

use super::modules::{Import, Module};

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// An item of this name that this module defines.
    Item(usize, String),
    /// A module itself.
    Module(usize),
    /// Something of another crate, or a name that only the code around it knows.
    Elsewhere,
}

/// The modules of a crate; module 0 is the crate's root.
pub struct Modules(pub Vec<Module>);

/// More re-exports of re-exports than any item has; imports that name each other end here.
const MOST_STEPS: usize = 32;

impl Modules {
    /// What `path` leads to from inside the module `from`; `None` where a path of this crate leads nowhere.
    pub fn resolve(&self, from: usize, path: &[String]) -> Option<Found> {
        self.start(from, path, MOST_STEPS)
    }

    /// Whether `module` lies somewhere below `ancestor`.
    pub fn is_below(&self, module: usize, ancestor: usize) -> bool {
        let mut parents = std::iter::successors(self.0[module].parent, |at| self.0[*at].parent);
        parents.any(|parent| parent == ancestor)
    }

    fn start(&self, from: usize, path: &[String], steps: usize) -> Option<Found> {
        let supers = path.iter().take_while(|name| *name == "super").count();
        let anchor = match path.first().map(String::as_str) {
            Some("crate") => Some((0, 1)),
            Some("self") => Some((from, 1)),
            Some("super") => {
                let above = (0..supers).try_fold(from, |at, _| self.0[at].parent)?;
                Some((above, supers))
            }
            _ => None,
        };
        match anchor {
            Some((at, names)) => self.find(at, &path[names..], steps),
            None => self.find(from, path, steps).or(Some(Found::Elsewhere)),
        }
    }

    /// What `path` leads to in the names of the module `at`.
    fn find(&self, at: usize, path: &[String], steps: usize) -> Option<Found> {
        let Some((name, more)) = path.split_first() else { return Some(Found::Module(at)) };
        let steps = steps.checked_sub(1)?;
        let module = &self.0[at];
        let child = module.children.get(name).copied();
        // A function may be called as its module is: then the path's end is the function.
        if let Some(child) = child.filter(|_| !more.is_empty()) {
            return self.find(child, more, steps);
        }
        if module.items.contains(name) {
            return Some(Found::Item(at, name.clone()));
        }
        if at == 0
            && let Some(from) = self.0.iter().position(|other| other.exported.contains(name))
        {
            return Some(Found::Item(from, name.clone()));
        }
        let follow = |import: &Import| {
            let path = [&import.path, more].concat();
            self.start(at, &path, steps)
        };
        let mut named = module.imports.iter().filter(|import| import.name.as_ref() == Some(name));
        named.find_map(follow).or(child.map(Found::Module)).or_else(|| {
            let mut globs = module.imports.iter().filter(|import| import.name.is_none());
            globs.find_map(|glob| match self.start(at, &glob.path, steps) {
                Some(Found::Module(other)) if other != at => self.find(other, path, steps),
                _ => None,
            })
        })
    }
}
