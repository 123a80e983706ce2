//! What an index document says of one label (SPEC.md, "Columns of labels").

use std::borrow::Cow;
use std::num::NonZeroU64;

/// One label of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelRow {
    /// What it is called.
    pub name: LabelName,
    /// The label in the voxels; 0 is the background.
    pub label: u32,
    /// Its voxels.
    pub presence: Presence,
    /// How to draw it: red, green, blue, alpha.
    pub colour: Option<[u8; 4]>,
    /// What few labels have.
    pub more: Option<Box<More>>,
}

/// The name of a label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LabelName {
    /// That of its entry.
    #[default]
    Entry,
    /// A text of its own.
    Own(Box<str>),
    /// `label_` and its number, as labels are called that came without a name.
    Numbered,
    /// None.
    Absent,
}

/// Whether voxels hold a label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Presence {
    /// None does.
    #[default]
    Absent,
    /// Some do, and they are not counted: of many small labels statistics take more bytes than the voxels do.
    Uncounted,
    /// These do.
    Counted(Counted),
}

/// The voxels that hold a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Counted {
    /// How many there are.
    pub voxels: NonZeroU64,
    /// Their tight box, `[[z0, z1], [y0, y1], [x0, x1]]`, ends exclusive.
    pub bounds: [[u32; 2]; 3],
    /// Sums of their indices along z, y and x; `u64::MAX` stands for all that is as large.
    pub sums: [u64; 3],
}

/// What few labels have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct More {
    /// The structure in a terminology: scheme, value and meaning.
    pub code: Option<[String; 3]>,
    /// Keys of later versions: the text of a JSON object.
    pub further: Option<Box<str>>,
}

impl LabelRow {
    /// The label `label` with nothing said of it.
    #[must_use]
    pub fn new(label: u32, name: LabelName) -> Self {
        Self { name, label, presence: Presence::Absent, colour: None, more: None }
    }

    /// The voxels that hold it, where there are any and they are counted.
    #[must_use]
    pub fn counted(&self) -> Option<Counted> {
        match self.presence {
            Presence::Counted(counted) => Some(counted),
            _ => None,
        }
    }

    /// Its name, where `entry` is that of its entry; `None` where it has none.
    #[must_use]
    pub fn name<'a>(&'a self, entry: &'a str) -> Option<Cow<'a, str>> {
        match &self.name {
            LabelName::Entry => Some(entry.into()),
            LabelName::Own(name) => Some((&**name).into()),
            LabelName::Numbered => Some(numbered(self.label).into()),
            LabelName::Absent => None,
        }
    }

    /// What it takes of a [`Budget`](super::Budget) of rows.
    pub(super) fn rows(&self) -> u64 {
        if self.more.is_some() { 3 } else { 1 }
    }

    /// How many voxels hold it; `None` where they are not counted.
    #[must_use]
    pub fn voxels(&self) -> Option<u64> {
        match self.presence {
            Presence::Absent => Some(0),
            Presence::Uncounted => None,
            Presence::Counted(counted) => Some(counted.voxels.get()),
        }
    }

    /// The structure in a terminology: scheme, value and meaning.
    #[must_use]
    pub fn code(&self) -> Option<&[String; 3]> {
        self.more.as_ref()?.code.as_ref()
    }

    /// Keys of later versions: the text of a JSON object.
    #[must_use]
    pub fn further(&self) -> Option<&str> {
        self.more.as_ref()?.further.as_deref()
    }
}

impl LabelName {
    /// How `name` is stored for the label `label` of the entry `entry`.
    #[must_use]
    pub fn of(name: &str, label: u32, entry: &str) -> Self {
        if name == entry {
            Self::Entry
        } else if name.strip_prefix(NUMBERED).is_some_and(|number| {
            // Without the leading zeros and signs that parsing would take.
            number.parse() == Ok(label) && name == numbered(label)
        }) {
            Self::Numbered
        } else {
            Self::Own(name.into())
        }
    }

    /// Whether `name` looks like that of a label that came without one.
    #[must_use]
    pub fn may_be_numbered(name: &str) -> bool {
        name.starts_with(NUMBERED)
    }
}

/// What the name of a label that came without one begins with.
const NUMBERED: &str = "label_";

fn numbered(label: u32) -> String {
    format!("{NUMBERED}{label}")
}

/// What stands in a byte for each label (SPEC.md, "Columns of labels").
pub(super) struct Flags {
    /// An own name is empty here: it stands elsewhere.
    pub name: LabelName,
    pub colour: bool,
    pub code: bool,
    /// Whether voxels hold it that are not counted.
    pub uncounted: bool,
}

impl Flags {
    pub(super) fn of(row: &LabelRow) -> Self {
        let (colour, code) = (row.colour.is_some(), row.code().is_some());
        let uncounted = row.presence == Presence::Uncounted;
        Self { name: row.name.clone(), colour, code, uncounted }
    }

    pub(super) fn to_byte(&self) -> u8 {
        let name = match self.name {
            LabelName::Entry => 0,
            LabelName::Own(_) => 1,
            LabelName::Numbered => 2,
            LabelName::Absent => 3,
        };
        name | u8::from(self.colour) << 2 | u8::from(self.code) << 3 | u8::from(self.uncounted) << 4
    }

    pub(super) fn parse(byte: u8) -> Option<Self> {
        let name = match byte & 3 {
            0 => LabelName::Entry,
            1 => LabelName::Own(Box::default()),
            2 => LabelName::Numbered,
            _ => LabelName::Absent,
        };
        let [colour, code, uncounted] = [4, 8, 16].map(|bit| byte & bit != 0);
        (byte < 1 << 5).then_some(Self { name, colour, code, uncounted })
    }
}

/// What a sum of indices is stored as a difference to: that of voxels whose centroid is the middle of their box, modulo 2^64.
pub(super) fn base_of_sum(voxels: u64, [start, end]: [u32; 2]) -> u64 {
    let ends = u128::from(start) + u128::from(end);
    (u128::from(voxels) * ends.saturating_sub(1) / 2) as u64
}
