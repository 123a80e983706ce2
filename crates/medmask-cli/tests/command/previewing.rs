//! `view` on a terminal, and where there is none.

use std::path::Path;
use std::process::Command;

use crate::files::{fail, packed};

/// What a terminal of 60 columns and 70 lines is sent.
fn on_terminal(at: &Path, arguments: &str, variables: &[(&str, &str)]) -> String {
    let command = format!("stty cols 60 rows 70; {} {arguments}", env!("CARGO_BIN_EXE_medmask"));
    let output = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .current_dir(at)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("TERM", "xterm-256color")
        .envs(variables.iter().copied())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    text.replace("\r\n", "\n")
}

type Colour = Option<[u8; 3]>;

/// The characters of a line with the colours that they and what is behind them have.
fn cells(line: &str) -> Vec<(char, Colour, Colour)> {
    let (mut before, mut behind) = (None, None);
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(next) = rest.chars().next() {
        if let Some(command) = rest.strip_prefix("\x1b[") {
            let (numbers, after) = command.split_once('m').unwrap();
            let numbers: Vec<u8> = numbers.split(';').map(|n| n.parse().unwrap()).collect();
            match numbers[..] {
                [0] => (before, behind) = (None, None),
                [38, 2, red, green, blue] => before = Some([red, green, blue]),
                [48, 2, red, green, blue] => behind = Some([red, green, blue]),
                _ => unreachable!("{numbers:?}"),
            }
            rest = after;
        } else {
            found.push((next, before, behind));
            rest = &rest[next.len_utf8()..];
        }
    }
    found
}

/// Whether the middle of a pixel of slice 2 lies in liver, y 2..6 and x 0..5, where 60 pixels are 8 mm wide; `None` within half a pixel of an edge.
fn is_liver(row: usize, column: usize) -> Option<bool> {
    let at = |place: usize, mm: f64| (place as f64 + 0.5) / 7.5 / mm;
    let (y, x) = (at(row, 1.5), at(column, 1.0));
    let is_edge = [(y, 2.0), (y, 6.0), (x, 5.0)].iter().any(|(a, b)| (a - b).abs() < 0.15);
    (!is_edge).then(|| (2.0..6.0).contains(&y) && x < 5.0)
}

#[test]
fn half_blocks_show_the_colours_of_the_slice() {
    let (folder, _) = packed();
    let text = on_terminal(folder.path(), "view case.mska liver --slices 1", &[]);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("R ") && lines[0].trim_end().ends_with(" L"), "{}", lines[0]);
    assert!(lines[0].contains("axial"), "{}", lines[0]);
    // Without an image a mask hides 85 % of the black under it.
    let liver = [40, 140, 40].map(|channel| (f64::from(channel) * 0.85_f64).round() as u8);
    let mut seen = [0; 2];
    // 7 voxels of 1.5 mm: 79 pixels.
    for line in 0..39 {
        let cells = cells(lines[1 + line]);
        assert_eq!(cells.len(), 60, "{}", lines[1 + line]);
        for (column, (character, before, behind)) in cells.into_iter().enumerate() {
            assert_eq!(character, '▀');
            for (row, colour) in [(2 * line, before), (2 * line + 1, behind)] {
                let Some(is_liver) = is_liver(row, column) else { continue };
                assert_eq!(colour, Some(if is_liver { liver } else { [0; 3] }), "{row} {column}");
                seen[usize::from(is_liver)] += 1;
            }
        }
    }
    assert!(seen[0] > 2000 && seen[1] > 1500, "{seen:?}");
    let legend = lines.last().unwrap();
    assert_eq!(cells(legend)[0], ('■', Some([40, 140, 40]), None));
    assert!(legend.contains("liver  0.180 mL"), "{legend}");
}

#[test]
fn without_colours_there_are_characters_and_other_terminals_get_the_image() {
    let (folder, _) = packed();
    let at = folder.path();
    let view = "view case.mska liver --slices 1";
    for variable in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let text = on_terminal(at, view, &[variable]);
        assert!(!text.contains('\x1b'), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        // The colour on black has the lightness 84 of 255, the third of nine steps.
        assert_eq!(lines[26].chars().nth(18), Some('-'), "{text}");
        assert_eq!(lines[5].trim(), "", "{text}");
    }
    let text = on_terminal(at, view, &[("TERM", "xterm-kitty")]);
    // The first bytes of a PNG in base64.
    assert!(text.contains("\x1b_Ga=T,f=100") && text.contains(";iVBORw0KGgo"), "{text:?}");
    let planes = on_terminal(at, "view case.mska liver --at=10,-18,33 --no-legend", &[]);
    let titles = ["axial ", "coronal ", "sagittal "].map(|name| planes.matches(name).count());
    assert_eq!(titles, [1; 3], "{planes}");
}

#[test]
fn without_a_terminal_the_picture_needs_a_file() {
    let (folder, _) = packed();
    let at = folder.path();
    fail(at, &["view", "case.mska", "liver"], 2, &["no terminal", "-o"]);
    fail(at, &["view", "case.mska", "-o", "none/x.png"], 1, &["none", "create it first"]);
    std::fs::create_dir(at.join("folder.png")).unwrap();
    fail(at, &["view", "case.mska", "-o", "folder.png", "--force"], 1, &["folder.png"]);
}
