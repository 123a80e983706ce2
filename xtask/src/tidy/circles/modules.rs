//! The modules of a crate: what each defines, imports and names. Code of tests is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, UseTree, Visibility};

use crate::run::Problem;

/// `a::b`: names of modules, and last mostly that of an item.
pub type Names = Vec<String>;

#[derive(Default)]
pub struct Module {
    pub parent: Option<usize>,
    pub file: PathBuf,
    pub children: BTreeMap<String, usize>,
    /// What is defined here.
    pub items: BTreeSet<String>,
    /// Macros of this module that are called as if the crate's root defined them.
    pub exported: BTreeSet<String>,
    pub imports: Vec<Import>,
    /// Paths of two names and more, outside `use`.
    pub paths: BTreeSet<Names>,
    /// Names with which paths begin, outside `use`.
    pub first_names: BTreeSet<String>,
}

/// One leaf of a `use`.
pub struct Import {
    /// What it is called here; `None` for `*`.
    pub name: Option<String>,
    pub path: Names,
    /// Others may import it from here.
    pub public: bool,
}

/// All modules of the crate whose first file is `root`, which is module 0.
pub fn modules(root: &Path) -> Result<Vec<Module>, Problem> {
    let mut modules = Vec::new();
    let folder = root.parent().unwrap_or(root);
    add_file(&mut modules, None, root, folder)?;
    Ok(modules)
}

/// Adds the module of a file; the files of its children lie in `folder`.
fn add_file(
    modules: &mut Vec<Module>,
    parent: Option<usize>,
    file: &Path,
    folder: &Path,
) -> Result<usize, Problem> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let items = syn::parse_file(&text).map_err(|e| format!("{}: {e}", file.display()))?.items;
    add(modules, parent, file, folder, &items)
}

fn add(
    modules: &mut Vec<Module>,
    parent: Option<usize>,
    file: &Path,
    folder: &Path,
    items: &[Item],
) -> Result<usize, Problem> {
    let this = modules.len();
    modules.push(Module { parent, file: file.to_owned(), ..Module::default() });
    let mut module = Collector::default();
    for item in items.iter().filter(|item| !of_tests(item)) {
        if let Item::Mod(child) = item {
            let index = add_child(modules, this, folder, child)?;
            // Of two that features choose between, the first stands for both.
            modules[this].children.entry(child.ident.to_string()).or_insert(index);
        } else {
            module.visit_item(item);
        }
    }
    let Module { parent, file, children, .. } = std::mem::take(&mut modules[this]);
    modules[this] = Module { parent, file, children, ..module.0 };
    Ok(this)
}

fn add_child(
    modules: &mut Vec<Module>,
    parent: usize,
    folder: &Path,
    child: &ItemMod,
) -> Result<usize, Problem> {
    let name = child.ident.to_string();
    let below = folder.join(&name);
    if let Some((_, items)) = &child.content {
        let file = modules[parent].file.clone();
        return add(modules, Some(parent), &file, &below, items);
    }
    let (beside, inside) = (folder.join(format!("{name}.rs")), below.join("mod.rs"));
    let file = match path_attribute(&child.attrs) {
        Some(path) => folder.join(path),
        None if beside.exists() => beside,
        None => inside,
    };
    add_file(modules, Some(parent), &file, &below)
}

/// The file of `#[path = "file.rs"]`.
fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("path"))?;
    let value = &attribute.meta.require_name_value().ok()?.value;
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = value else { return None };
    Some(text.value())
}

/// Whether the attributes before it say that only tests are built with it.
fn of_tests(item: &impl quote::ToTokens) -> bool {
    let attributes = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_outer)?;
        input.parse::<TokenStream>()?;
        Ok(attributes)
    };
    let attributes = attributes.parse2(item.to_token_stream()).unwrap_or_default();
    attributes.iter().any(|attribute| {
        let condition = attribute.meta.require_list().map(|list| list.tokens.to_string());
        let only_tests =
            condition.is_ok_and(|text| text == "test" || text.starts_with("all (test"));
        attribute.path().is_ident("test") || (attribute.path().is_ident("cfg") && only_tests)
    })
}

/// Collects what the items of a module define, import and name.
#[derive(Default)]
struct Collector(Module);

impl Collector {
    fn define(&mut self, item: &Item) {
        let name = match item {
            Item::Const(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Macro(item) => item.ident.as_ref(),
            Item::Static(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            Item::Union(item) => Some(&item.ident),
            _ => None,
        };
        let exported = |attribute: &Attribute| attribute.path().is_ident("macro_export");
        match item {
            Item::Macro(item) if item.attrs.iter().any(exported) => &mut self.0.exported,
            _ => &mut self.0.items,
        }
        .extend(name.map(ToString::to_string));
    }

    fn import(&mut self, tree: &UseTree, mut path: Names, public: bool) {
        let name = match tree {
            UseTree::Path(step) => {
                path.push(step.ident.to_string());
                return self.import(&step.tree, path, public);
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(tree, path.clone(), public));
            }
            UseTree::Glob(_) => None,
            UseTree::Name(leaf) => Some((&leaf.ident, &leaf.ident)),
            UseTree::Rename(leaf) => Some((&leaf.ident, &leaf.rename)),
        };
        // `use a::b::{self}` is `use a::b`.
        path.extend(name.filter(|(leaf, _)| *leaf != "self").map(|(leaf, _)| leaf.to_string()));
        let called = name.map(|(_, called)| called.to_string());
        let name = called
            .map(|name| if name == "self" { path.last().cloned().unwrap_or(name) } else { name });
        self.0.imports.push(Import { name, path, public });
    }

    fn name(&mut self, path: Names) {
        self.0.first_names.extend(path.first().cloned());
        if path.len() > 1 {
            self.0.paths.insert(path);
        }
    }

    /// What looks like a path among the tokens of a macro.
    fn scan(&mut self, tokens: TokenStream) {
        let (mut path, mut colons) = (Names::new(), 0);
        for token in tokens {
            match token {
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                TokenTree::Ident(name) if colons == 2 && !path.is_empty() => {
                    path.push(name.to_string());
                    colons = 0;
                }
                other => {
                    self.name(std::mem::take(&mut path));
                    match other {
                        TokenTree::Ident(name) if colons < 2 => path = vec![name.to_string()],
                        TokenTree::Group(group) => self.scan(group.stream()),
                        _ => {}
                    }
                    colons = 0;
                }
            }
        }
        self.name(path);
    }
}

impl Visit<'_> for Collector {
    fn visit_item(&mut self, item: &Item) {
        if of_tests(item) {
            return;
        }
        self.define(item);
        if let Item::Use(item) = item {
            let public = !matches!(item.vis, Visibility::Inherited);
            if item.leading_colon.is_none() {
                self.import(&item.tree, Names::new(), public);
            }
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &syn::ImplItem) {
        if !of_tests(item) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_path(&mut self, path: &syn::Path) {
        if path.leading_colon.is_none() {
            self.name(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &syn::Macro) {
        self.visit_path(&call.path);
        self.scan(call.tokens.clone());
    }

    // `pub(in a::b)` and `#[a::b]` use nothing of a file.
    fn visit_visibility(&mut self, _: &Visibility) {}
    fn visit_attribute(&mut self, _: &Attribute) {}
}
