//! What `medmask diff --csv` prints: a row for each structure, then the means.

use medmask::compare::{CasesComparison, ComparedMask, Comparison, Mean, means};

use super::trouble::text_of;
use crate::table::Table;

/// Columns before the measures. `status` is compared, only_in_first, only_in_second or error, and of the rows below them mean, n (how
/// many the mean is of) or null (how many are not defined).
const FIRST: [&str; 10] = [
    "case",
    "name",
    "status",
    "first_voxels",
    "second_voxels",
    "tp",
    "fp",
    "fn",
    "one_empty",
    "both_empty",
];
/// Columns of components.
const COMPONENTS: [&str; 3] = ["components_tp", "components_fp", "components_fn"];

/// Of one case, without its name.
pub fn of_one(comparison: &Comparison) -> String {
    let mut rows = Rows::new([comparison]);
    rows.add(None, comparison);
    rows.add_means("", &means(&comparison.masks));
    rows.to_csv(false)
}

/// Of all cases.
pub fn of_cases(cases: &CasesComparison) -> String {
    let compared = cases.cases.iter().filter_map(|case| case.result.as_ref().ok());
    let mut rows = Rows::new(compared);
    for case in &cases.cases {
        match &case.result {
            Ok(comparison) => rows.add(Some(&case.name), comparison),
            Err(error) => rows.push([&case.name, "", "error"], Vec::new(), &text_of(error)),
        }
    }
    for (names, status) in
        [(&cases.only_in_first, "only_in_first"), (&cases.only_in_second, "only_in_second")]
    {
        for case in names {
            rows.push([case, "", status], Vec::new(), "");
        }
    }
    for (name, means) in cases.means() {
        rows.add_means(&name, &means);
    }
    rows.to_csv(true)
}

struct Rows {
    measures: Vec<String>,
    components: bool,
    rows: Vec<Vec<String>>,
}

impl Rows {
    fn new<'a>(comparisons: impl IntoIterator<Item = &'a Comparison>) -> Self {
        let any = comparisons.into_iter().flat_map(|one| &one.masks).next();
        let measures = any.map(ComparedMask::measures).unwrap_or_default();
        Self {
            measures: measures.into_iter().map(|(name, _)| name).collect(),
            components: any.is_some_and(|mask| mask.components.is_some()),
            rows: Vec::new(),
        }
    }

    fn add(&mut self, case: Option<&str>, comparison: &Comparison) {
        let case = case.unwrap_or_default();
        for mask in &comparison.masks {
            let agreement = &mask.agreement;
            let counts = [
                agreement.first,
                agreement.second,
                agreement.shared,
                agreement.second - agreement.shared,
                agreement.first - agreement.shared,
            ];
            let mut cells: Vec<String> = counts.iter().map(u64::to_string).collect();
            cells.extend([mask.one_empty(), mask.both_empty()].map(|flag| flag.to_string()));
            cells.extend(mask.measures().into_iter().map(|(_, value)| number(value)));
            if let Some(components) = &mask.components {
                let counts = [
                    components.true_positives(),
                    components.false_positives(),
                    components.false_negatives(),
                ];
                cells.extend(counts.map(|count| count.to_string()));
            }
            self.push([case, &mask.name, "compared"], cells, "");
        }
        let only = [
            (&comparison.only_in_first, "only_in_first"),
            (&comparison.only_in_second, "only_in_second"),
        ];
        for (names, status) in only {
            names.iter().for_each(|name| self.push([case, name, status], Vec::new(), ""));
        }
    }

    fn add_means(&mut self, name: &str, means: &[Mean]) {
        let mut row = |status: &str, of: &dyn Fn(&Mean) -> String| {
            let mut cells = vec![String::new(); FIRST.len() - 3];
            cells.extend(means.iter().map(of));
            self.push(["", name, status], cells, "");
        };
        row("mean", &|mean| number(mean.mean));
        row("n", &|mean| mean.count.to_string());
        row("null", &|mean| mean.undefined.to_string());
    }

    fn push(&mut self, names: [&str; 3], mut cells: Vec<String>, error: &str) {
        let columns = FIRST.len() - 3 + self.measures.len() + if self.components { 3 } else { 0 };
        cells.resize(columns, String::new());
        let names = names.iter().map(|name| (*name).to_owned());
        self.rows.push(names.chain(cells).chain([error.to_owned()]).collect());
    }

    /// Without the columns of cases and their errors where there are none.
    fn to_csv(&self, cases: bool) -> String {
        let components = if self.components { &COMPONENTS[..] } else { &[] };
        let measures = self.measures.iter().map(String::as_str);
        let headings: Vec<&str> = FIRST
            .into_iter()
            .chain(measures)
            .chain(components.iter().copied())
            .chain(["error"])
            .collect();
        let columns = if cases { 0..headings.len() } else { 1..headings.len() - 1 };
        let mut table = Table::new(&headings[columns.clone()]);
        self.rows.iter().for_each(|row| table.row(row[columns.clone()].to_vec()));
        table.to_csv()
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}
