//! What a text chooses: its names looked up, and those of the groups that it names.

use std::collections::HashMap;
use std::iter;
use std::ops::Range;

use super::catalogue::{Catalogue, Named};
use super::choice::{Computed, Selection};
use super::error::SelectionError;
use super::expression::Syntax;
use super::lexer::{is_expression, tokens};
use super::tree::{Leaf, Node, Operator, Tree};

/// Groups in each other.
const MAX_GROUPS: usize = 100;

/// Parts of expressions in each other, with those of the groups that they name.
const MAX_DEPTH: usize = 400;

/// Masks that one expression may stand for. Groups of groups would else be as large as somebody likes.
const MAX_MASKS: usize = 1 << 18;

/// What a text is, before the masks of its names are put together.
enum Read {
    Named(Named),
    Expression(Syntax),
}

/// A text that is exactly a name always is that name.
fn read(catalogue: &Catalogue<'_>, text: &str) -> Result<Read, SelectionError> {
    if let Some(found) = catalogue.exactly(text)? {
        return Ok(Read::Named(found));
    }
    let tokens = tokens(text);
    if !is_expression(&tokens) {
        return catalogue.named(text).map(Read::Named);
    }
    if let Some(label) = catalogue.label_exactly(text)? {
        return Ok(Read::Named(Named::Mask(label)));
    }
    Syntax::parse(text, &tokens).map(Read::Expression)
}

/// What `text` chooses: one mask, or several for a pattern.
pub(super) fn choose(
    catalogue: &Catalogue<'_>,
    text: &str,
) -> Result<Vec<Selection>, SelectionError> {
    match choose_one(catalogue, text) {
        Err(SelectionError::Several { pattern }) => catalogue.matching(&pattern),
        one => Ok(vec![one?]),
    }
}

/// The mask that `text` chooses, which must be no pattern.
pub(super) fn choose_one(
    catalogue: &Catalogue<'_>,
    text: &str,
) -> Result<Selection, SelectionError> {
    let mut resolver = Resolver::new(catalogue);
    let root = match read(catalogue, text)? {
        Read::Named(Named::Mask(mask)) => return Ok(mask),
        Read::Named(Named::Pattern(pattern)) => return Err(SelectionError::Several { pattern }),
        Read::Named(Named::Group(name)) => return group(catalogue, &name),
        Read::Expression(syntax) => resolver.node(text, &syntax)?,
    };
    // A name holds no control characters, so that the mask can be an entry.
    let name = text.trim().replace(char::is_control, " ");
    Ok(computed(name, resolver.into_tree(root), false))
}

/// What the group `name` chooses, also where an entry has its name.
pub(super) fn group(catalogue: &Catalogue<'_>, name: &str) -> Result<Selection, SelectionError> {
    let mut resolver = Resolver::new(catalogue);
    let root = resolver.group(name)?;
    Ok(computed(name.to_owned(), resolver.into_tree(root), true))
}

/// Where names stand in `text`, in bytes; none where it cannot be read.
pub(super) fn names(catalogue: &Catalogue<'_>, text: &str) -> Vec<Range<usize>> {
    match read(catalogue, text) {
        Ok(Read::Named(_)) => iter::once(0..text.len()).collect(),
        Ok(Read::Expression(syntax)) => syntax.names(),
        Err(_) => Vec::new(),
    }
}

fn computed(name: String, tree: Tree, is_group: bool) -> Selection {
    Selection::computed(Computed { name, tree, is_group })
}

/// Puts the masks of names together.
struct Resolver<'c, 'a> {
    catalogue: &'c Catalogue<'a>,
    entries: Vec<String>,
    places: HashMap<String, usize>,
    /// How many masks the expression stands for so far.
    masks: usize,
    /// The groups that are being looked up, each named by the one before.
    groups: Vec<String>,
    depth: usize,
}

impl<'c, 'a> Resolver<'c, 'a> {
    fn new(catalogue: &'c Catalogue<'a>) -> Self {
        Self {
            catalogue,
            entries: Vec::new(),
            places: HashMap::new(),
            masks: 0,
            groups: Vec::new(),
            depth: 0,
        }
    }

    fn into_tree(self, root: Node) -> Tree {
        Tree { entries: self.entries, root }
    }

    /// The mask of `syntax`, a part of `text`.
    fn node(&mut self, text: &str, syntax: &Syntax) -> Result<Node, SelectionError> {
        if self.depth == MAX_DEPTH {
            return Err(SelectionError::TooDeep { limit: MAX_DEPTH });
        }
        self.depth += 1;
        let node = self.part(text, syntax);
        self.depth -= 1;
        node
    }

    fn part(&mut self, text: &str, syntax: &Syntax) -> Result<Node, SelectionError> {
        Ok(match syntax {
            Syntax::Name(range) => {
                let named = self.catalogue.named(&text[range.clone()]);
                let node = named.and_then(|named| self.named(named));
                node.map_err(|error| error.within(text, range.start))?
            }
            Syntax::Call(function, argument) => {
                Node::Call(*function, Box::new(self.node(text, argument)?))
            }
            Syntax::Chain(terms) => {
                let term =
                    |(operator, term): &(Operator, Syntax)| Ok((*operator, self.node(text, term)?));
                Node::chain(terms.iter().map(term).collect::<Result<Vec<_>, SelectionError>>()?)
            }
            Syntax::All(factors) => {
                let nodes = factors.iter().map(|factor| self.node(text, factor));
                Node::All(nodes.collect::<Result<_, _>>()?)
            }
        })
    }

    fn named(&mut self, named: Named) -> Result<Node, SelectionError> {
        let masks = match named {
            Named::Mask(mask) => vec![mask],
            Named::Pattern(pattern) => self.catalogue.matching(&pattern)?,
            Named::Group(name) => return self.group(&name),
        };
        self.masks += masks.len();
        if self.masks > MAX_MASKS {
            return Err(SelectionError::TooManyNames { limit: MAX_MASKS });
        }
        let leaves = masks.iter().filter_map(|mask| self.leaf(mask));
        Ok(Node::chain(leaves.map(|leaf| (Operator::Union, Node::Leaf(leaf)))))
    }

    /// The voxels of an entry or label; `None` of what is computed, which no name stands for.
    fn leaf(&mut self, mask: &Selection) -> Option<Leaf> {
        let name = mask.entry()?;
        let next = self.entries.len();
        let entry = *self.places.entry(name.to_owned()).or_insert_with(|| {
            self.entries.push(name.to_owned());
            next
        });
        Some(Leaf { entry, labels: mask.label_number().map(|number| vec![number]) })
    }

    /// The mask of a group.
    fn group(&mut self, name: &str) -> Result<Node, SelectionError> {
        if let Some(first) = self.groups.iter().position(|known| known == name) {
            let mut names = self.groups.split_off(first);
            names.push(name.to_owned());
            return Err(SelectionError::Cycle { names });
        }
        if self.groups.len() == MAX_GROUPS {
            return Err(SelectionError::TooDeep { limit: MAX_GROUPS });
        }
        let Some(text) = self.catalogue.groups()?.get(name).map(str::to_owned) else {
            return Err(SelectionError::NotFound { name: name.to_owned(), nearest: None });
        };
        self.groups.push(name.to_owned());
        let node = self.text(&text).map_err(|error| match error {
            error @ (SelectionError::Cycle { .. } | SelectionError::Group { .. }) => error,
            source => SelectionError::Group { name: name.to_owned(), source: Box::new(source) },
        })?;
        self.groups.pop();
        Ok(node)
    }

    /// The mask of a whole text; a pattern is the union of what matches it.
    fn text(&mut self, text: &str) -> Result<Node, SelectionError> {
        match read(self.catalogue, text)? {
            Read::Named(named) => self.named(named),
            Read::Expression(syntax) => self.node(text, &syntax),
        }
    }
}
