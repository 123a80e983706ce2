//! A table that was read, and what is worth knowing of it.

use std::fmt;

use medmask_core::{LabelCode, LabelMap, LabelMapError, quoted};

use crate::error::Problem;
use crate::label_format::LabelFormat;

/// The labels of a table, and what could not be used of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct ParsedLabels {
    /// Names, and colours and codes where the table has any; without label 0.
    pub labels: LabelMap,
    /// The format that it was read as.
    pub format: LabelFormat,
    /// What is worth knowing, such as rows that were left out.
    pub notes: Vec<Note>,
}

/// What is worth knowing of a table that was read.
#[derive(Debug)]
#[non_exhaustive]
pub enum Note {
    /// A row or entry was left out.
    LeftOut(Problem),
    /// This many more rows or entries were left out.
    MoreLeftOut(usize),
    /// The colour of a label cannot be read; its name was taken.
    Colour {
        /// Its line, counted from 1, in a format that has lines.
        line: Option<usize>,
        /// The label.
        label: u32,
    },
    /// The colours of this many more labels cannot be read.
    MoreColours(usize),
    /// There are columns behind the last one that the format has; they were left out.
    FurtherColumns,
    /// The file does not say how its text is coded; this was taken.
    Encoding(&'static str),
    /// An atlas does not say its type; its indices count from 0 and labels from 1.
    CountedFromOne,
    /// Label 0, which is background, has a name that does not sound so: the table may count labels from 0, and the mask from 1.
    Zero {
        /// The name.
        name: String,
    },
    /// The table names no label.
    Empty,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeftOut(problem) => write!(f, "left out: {problem}"),
            Self::MoreLeftOut(count) => write!(f, "left out: {count} more rows"),
            Self::Colour { line, label } => {
                if let Some(line) = line {
                    write!(f, "line {line}: ")?;
                }
                write!(f, "the colour of label {label} cannot be read; its name is taken")
            }
            Self::MoreColours(count) => {
                write!(f, "the colours of {count} more rows cannot be read")
            }
            Self::FurtherColumns => {
                write!(f, "there are more columns than the format has; they are left out")
            }
            Self::Encoding(encoding) => {
                write!(f, "the text is not UTF-8 and says nothing else; read as {encoding}")
            }
            Self::CountedFromOne => {
                write!(f, "the atlas does not say its type; label 1 is taken for that of index 0")
            }
            Self::Zero { name } => write!(
                f,
                "label 0 is background and its name {} left out; the table may count from 0",
                quoted(name)
            ),
            Self::Empty => write!(f, "the table names no label"),
        }
    }
}

/// One row's label.
pub(crate) struct Row<'a> {
    /// Counted from 1; of a format that has lines.
    pub line: Option<usize>,
    pub label: u32,
    pub name: &'a str,
    pub colour: Colour,
}

/// What a row says of a colour.
#[derive(Clone, Copy)]
pub(crate) enum Colour {
    /// Nothing.
    None,
    /// Something that is no colour.
    Unreadable,
    /// Red, green, blue and opacity, each 0 to 255.
    Known([u8; 4]),
}

impl From<Option<[u8; 4]>> for Colour {
    /// `None` is a colour that cannot be read.
    fn from(colour: Option<[u8; 4]>) -> Self {
        colour.map_or(Self::Unreadable, Self::Known)
    }
}

/// Whether the name is one that programs give to what is no structure.
pub(crate) fn sounds_like_background(name: &str) -> bool {
    const WORDS: [&str; 12] = [
        "background",
        "back",
        "clear",
        "unknown",
        "unclassified",
        "unlabel",
        "undefined",
        "none",
        "nothing",
        "no ",
        "outside",
        "exterior",
    ];
    let name = name.trim().to_lowercase();
    let named = |word: &&str| name.starts_with(*word) || name.ends_with(*word);
    !name.chars().any(char::is_alphabetic)
        || name == "air"
        || name == "bg"
        || WORDS.iter().any(named)
}

/// How many notes of one kind are told one by one.
const TOLD: usize = 5;

/// Collects rows, and decides in the end whether they make a table.
#[derive(Default)]
pub(crate) struct Collector {
    labels: LabelMap,
    notes: Vec<Note>,
    /// Rows that can be understood, those of background among them.
    understood: usize,
    /// Rows that are not what the format has there.
    garbled: usize,
    left_out: usize,
    colours: usize,
}

impl Collector {
    /// Takes the label of a row, and says whether it is in the table now. Label 0 is background and not kept; a name or label that is
    /// there already is left out.
    pub fn add(&mut self, row: &Row<'_>) -> bool {
        self.understood += 1;
        let Row { line, label, name, colour } = *row;
        if label == 0 {
            if !sounds_like_background(name) {
                self.notes.push(Note::Zero { name: name.to_owned() });
            }
            return false;
        }
        if self.labels.get(name) == Some(label) {
            return true;
        }
        if let Err(source) = self.labels.insert(name, label) {
            self.leave_out(match line {
                Some(line) => Problem::Label { line, source },
                None => source.into(),
            });
            return false;
        }
        match colour {
            Colour::None => {}
            Colour::Known(colour) => self.set(|labels| labels.set_colour(label, Some(colour))),
            Colour::Unreadable => {
                self.colours += 1;
                if self.colours <= TOLD {
                    self.notes.push(Note::Colour { line, label });
                }
            }
        }
        true
    }

    /// Says what a label that [`add`](Self::add) took means in a terminology.
    pub fn set_code(&mut self, label: u32, code: LabelCode) {
        self.set(|labels| labels.set_code(label, Some(code)));
    }

    #[expect(clippy::expect_used, reason = "only labels that are there are changed")]
    fn set(&mut self, change: impl FnOnce(&mut LabelMap) -> Result<(), LabelMapError>) {
        change(&mut self.labels).expect("the label is there");
    }

    /// Leaves out a row that is understood and cannot be used.
    pub fn leave_out(&mut self, problem: Problem) {
        self.left_out += 1;
        if self.left_out <= TOLD {
            self.notes.push(Note::LeftOut(problem));
        }
    }

    /// Leaves out a row that is not what the format has there.
    pub fn garbled(&mut self, line: usize, reason: &'static str) {
        self.garbled += 1;
        self.leave_out(Problem::Line { line, reason });
    }

    pub fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    /// The table.
    ///
    /// # Errors
    /// The first problem, where no label could be used, or most of the rows are no rows.
    pub fn finish(mut self) -> Result<(LabelMap, Vec<Note>), Problem> {
        if self.labels.is_empty() || self.garbled > self.understood {
            let mut problems = self.notes.into_iter().filter_map(|note| match note {
                Note::LeftOut(problem) => Some(problem),
                _ => None,
            });
            return problems.next().map_or(Ok((self.labels, vec![Note::Empty])), Err);
        }
        if self.left_out > TOLD {
            self.notes.push(Note::MoreLeftOut(self.left_out - TOLD));
        }
        if self.colours > TOLD {
            self.notes.push(Note::MoreColours(self.colours - TOLD));
        }
        Ok((self.labels, self.notes))
    }
}
