//! `view --html` of several archives: the page for quality control.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::browser::{in_a_browser, seen};
use crate::files::{block, damage, fail, listing, medmask, space, succeed, write};

const CASES: [&str; 8] = ["s1", "s2", "s3", "s4", "s5", "s6", "broken", "none"];
const ODD: &str = "<img src=x onerror=injected=1>";

/// Cases with livers of 10, 11, … 15 voxels in a row and one that is far larger; a spleen, which s3 lacks, and in s2 one whose name is HTML.
/// The spleen of `broken` is damaged, and `none` is no archive.
fn cohort() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (n, case) in CASES.iter().enumerate() {
        let masks = at.join(case);
        std::fs::create_dir(&masks).unwrap();
        let liver = match *case {
            "s4" => block([[0, 6], [0, 6], [0, 7]], 1),
            _ => block([[0, 1], [0, 2], [0, 1 + n]], 1),
        };
        write(&masks.join("liver.nii.gz"), liver, &[], &space());
        if *case != "s3" {
            let mut lobes = block([[4, 6], [0, 2], [0, 3]], 1);
            lobes += &block([[4, 6], [3, 5], [0, 3]], 4);
            let labels = [(if *case == "s2" { ODD } else { "upper" }, 1), ("lower", 4)];
            write(&masks.join("lobes.nii.gz"), lobes, &labels, &space());
        }
        let archive = format!("{case}/case.mska");
        succeed(at, &["pack", case, "-o", &archive]);
    }
    damage(&at.join("broken/case.mska"), "lobes");
    std::fs::write(at.join("none/case.mska"), "no archive").unwrap();
    folder
}

fn archives() -> Vec<String> {
    CASES.iter().map(|case| format!("{case}/case.mska")).collect()
}

/// Runs `view` with all cases and `more`.
fn view(at: &Path, more: &[&str]) -> crate::files::Outcome {
    let archives = archives();
    let archives = archives.iter().map(String::as_str);
    medmask(at, &[&["view"], &archives.collect::<Vec<_>>()[..], more].concat())
}

/// The blocks of data in a page: cases, and names of structures.
fn data(page: &str) -> (Vec<Value>, Vec<String>) {
    let blocks = page.split("<script type=\"application/json\" ").skip(1);
    let (mut cases, mut structures) = (Vec::new(), Vec::new());
    for block in blocks {
        let (attribute, rest) = block.split_once('>').unwrap();
        let json: Value = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap();
        match attribute {
            "class=\"case\"" => cases.push(json),
            _ => structures = serde_json::from_value(json).unwrap(),
        }
    }
    (cases, structures)
}

/// What `stats` says: mL by structure, of every case that it can measure.
fn measured(at: &Path) -> BTreeMap<String, BTreeMap<String, f64>> {
    let archives = archives();
    let readable = archives[..CASES.len() - 1].iter().map(String::as_str);
    let csv = succeed(at, &[&["stats", "--csv"], &readable.collect::<Vec<_>>()[..]].concat());
    let mut volumes: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    for line in csv.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let name = if cells[2] == cells[3] { cells[2].to_owned() } else { cells[2..4].join("/") };
        volumes.entry(cells[0].to_owned()).or_default().insert(name, cells[6].parse().unwrap());
    }
    volumes
}

#[test]
fn a_page_has_a_row_for_each_case_and_tells_what_is_wrong() {
    let folder = cohort();
    let at = folder.path();
    let outcome = view(at, &["--html", "quality.html"]);
    assert_eq!((outcome.code, &outcome.out[..]), (1, "quality.html: 8 cases\n"), "{outcome:?}");
    let errors: Vec<&str> = outcome.err.lines().collect();
    assert!(errors[0].contains("broken/case.mska") && errors[0].contains("lobes"), "{outcome:?}");
    assert!(errors[1].contains("none/case.mska: not a medmask file"), "{outcome:?}");
    assert_eq!(errors[2..], ["medmask: 2 of 8 archives could not be shown"]);
    let page = std::fs::read_to_string(at.join("quality.html")).unwrap();
    let (cases, structures) = data(&page);
    assert_eq!(cases.iter().map(|case| &case["name"]).collect::<Vec<_>>(), CASES);
    assert_eq!(structures, ["liver", "lobes/upper", "lobes/lower", &format!("lobes/{ODD}")]);
    assert!(!page.contains(ODD));
    let expected = measured(at);
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let volumes = case["volumes"].as_array().unwrap().iter();
        let found: BTreeMap<String, f64> = volumes
            .map(|pair| {
                let column = pair[0].as_u64().unwrap() as usize;
                (structures[column].clone(), pair[1].as_f64().unwrap())
            })
            .collect();
        assert_eq!(found, expected.get(name).cloned().unwrap_or_default(), "{name}");
        let is_whole = !["broken", "none"].contains(&name);
        assert_eq!(case["problem"].is_null(), is_whole, "{case}");
        assert_eq!(case["picture"].is_string(), is_whole, "{case}");
    }
    assert!(cases[6]["problem"].as_str().unwrap().contains("lobes"), "{}", cases[6]);
    assert!(cases[7]["problem"].as_str().unwrap().contains("not a medmask file"), "{}", cases[7]);
}

#[test]
fn names_that_a_case_lacks_are_missing_and_those_that_all_lack_are_mistaken() {
    let folder = cohort();
    let at = folder.path();
    let some = &["s2/case.mska", "s3/case.mska"];
    let chosen = ["lobes/lower", "liver - lobes/lower", "--html", "some.html", "-q"];
    assert_eq!(succeed(at, &[&["view"], &some[..], &chosen].concat()), "");
    let (cases, structures) = data(&std::fs::read_to_string(at.join("some.html")).unwrap());
    assert_eq!(structures, ["lobes/lower", "liver - lobes/lower"]);
    let counts: Vec<usize> =
        cases.iter().map(|case| case["volumes"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [2, 0]);
    let mistaken = ["liver", "spleem", "--html", "x.html"];
    fail(at, &[&["view"], &some[..], &mistaken].concat(), 1, &["in no archive", "spleem"]);
    fail(at, &[&["view"], &some[..], &["--html", "x.mska"]].concat(), 2, &["x.mska", ".html"]);
    fail(at, &[&["view"], &some[..], &["-o", "x.png"]].concat(), 2, &["one archive", "--html"]);
    fail(at, &[&["view"], &some[..], &["--html", "some.html"]].concat(), 1, &["--force"]);
    fail(at, &[&["view"], &some[..], &["--html", "no/x.html"]].concat(), 1, &["no/x.html"]);
    assert_eq!(listing(at).iter().filter(|name| name.contains('.')).count(), 1);
}

#[test]
fn the_page_works_in_a_browser() {
    let folder = cohort();
    let at = folder.path();
    assert_eq!(view(at, &["--html", "quality.html"]).code, 1);
    let run = in_a_browser("quality.py").arg(at.join("quality.html")).output();
    let Some(seen) = seen(run) else { return };
    assert_eq!(seen["cases"], serde_json::json!(CASES));
    assert_eq!(
        (&seen["asked"], &seen["complaints"]),
        (&Value::Array(vec![]), &Value::Array(vec![]))
    );
    assert_eq!(seen["injected"], true);
    let headings: Vec<String> = serde_json::from_value(seen["headings"].clone()).unwrap();
    assert_eq!(headings[..5], ["case", "picture", "verdict", "note", "unusual"]);
    assert_eq!(headings[8], format!("lobes/{ODD}"));
    // By hand: of 10, 11, … as many voxels as there are lie in the row, but for s4.
    let livers = ["s1", "s2", "s3", "s5", "s6", "broken"];
    let down = [&["s4"], &livers.iter().rev().copied().collect::<Vec<_>>()[..], &["none"]].concat();
    let up = [&livers[..], &["s4", "none"]].concat();
    assert_eq!(seen["sorted"], serde_json::json!([down, up, CASES]));
    assert_eq!(seen["found"], serde_json::json!(["s2"]));
    let found: Vec<String> = serde_json::from_value(seen["found_structures"].clone()).unwrap();
    assert_eq!(found[5..], ["liver"]);
    assert_eq!(seen["enlarged"], serde_json::json!([true, "s4: fail", true]));
    assert_eq!(seen["counts"], "8 cases · 1 pass, 2 fail, 5 to judge");
    assert_eq!(seen["counts_after"], seen["counts"]);
    assert!(
        seen["warning"].as_str().unwrap().starts_with("1 judged in an earlier state"),
        "{seen}"
    );
    // The livers have 2, 4, 6, 252, 10, 12 and 14 voxels: the median is 10, the MAD 4. Of 7 cases that can be read one is the exception.
    let unusual = [
        "6 of 7 cases have none",
        "6 of 7 cases have it",
        "60.5 MAD above the median of 0.0300 mL",
    ];
    assert_eq!(seen["far"], serde_json::json!(unusual));
    let counts: Vec<_> = seen["cells"].as_array().unwrap().iter().map(|row| &row[4]).collect();
    assert_eq!(counts, ["0", "1", "1", "1", "0", "0", "0", "0"]);
    assert_eq!(seen["cells"][2][6], "–");
    assert_eq!(seen["saved"], "quality.csv");
    check_csv(at, seen["csv"].as_str().unwrap());
}

/// What was saved is what `stats` says.
fn check_csv(at: &Path, csv: &str) {
    let lines: Vec<&str> = csv.split_terminator("\r\n").collect();
    let heading = format!(
        "case,file,verdict,note,problem,liver mL,lobes/upper mL,lobes/lower mL,lobes/{ODD} mL"
    );
    assert_eq!((lines[0], lines.len()), (&heading[..], 1 + CASES.len()));
    assert!(lines[1].starts_with("s1,s1/case.mska,pass,,,"), "{csv}");
    assert!(lines[2].starts_with("s2,s2/case.mska,fail,\"'=1+1, \"\"odd\"\"\",,"), "{csv}");
    assert!(lines[3].starts_with("s3,s3/case.mska,,,,"), "{csv}");
    assert!(lines[4].starts_with("s4,s4/case.mska,fail,,,"), "{csv}");
    let expected = measured(at);
    let structures = ["liver", "lobes/upper", "lobes/lower", &format!("lobes/{ODD}")];
    for (line, case) in lines[1..].iter().zip(CASES) {
        let cells: Vec<&str> = line.rsplitn(5, ',').take(4).collect();
        for (cell, name) in cells.into_iter().rev().zip(structures) {
            let ml = expected.get(case).and_then(|volumes| volumes.get(name));
            assert_eq!(cell.parse::<f64>().ok().as_ref(), ml, "{case} {name}: {line}");
        }
    }
}
