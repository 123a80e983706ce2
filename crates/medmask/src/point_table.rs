//! Points in a text: three numbers in a line.

use std::fmt;

/// What is wrong with a line of a file of points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PointsProblem {
    /// It has another number of columns than three.
    Columns {
        /// How many it has.
        found: usize,
    },
    /// A column, counted from 1, is no number.
    Number {
        /// Which.
        column: usize,
    },
}

impl fmt::Display for PointsProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Columns { found: 1 } => formatter.write_str("1 column, and a point has 3"),
            Self::Columns { found } => write!(formatter, "{found} columns, and a point has 3"),
            Self::Number { column } => write!(formatter, "column {column} is no number"),
        }
    }
}

/// The points in `text`, or the line, counted from 1, that is none. Between numbers stand commas, semicolons or blanks. Empty lines,
/// lines that begin with `#`, and a heading of three words are left out.
pub(crate) fn parse(text: &str) -> Result<Vec<[f64; 3]>, (usize, PointsProblem)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().map(str::trim).zip(1..);
    let mut lines = lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#')).peekable();
    lines.next_if(|(line, _)| {
        let columns = columns(line);
        columns.len() == 3 && columns.iter().all(|column| column.parse::<f64>().is_err())
    });
    lines.map(|(line, number)| point(line).map_err(|problem| (number, problem))).collect()
}

fn point(line: &str) -> Result<[f64; 3], PointsProblem> {
    let columns = columns(line);
    let Ok(columns) = <[&str; 3]>::try_from(&columns[..]) else {
        return Err(PointsProblem::Columns { found: columns.len() });
    };
    let mut point = [0.0; 3];
    for (place, column) in columns.iter().enumerate() {
        point[place] = column.parse().map_err(|_| PointsProblem::Number { column: place + 1 })?;
    }
    Ok(point)
}

/// What stands between commas or semicolons, where there are any, else between blanks.
fn columns(line: &str) -> Vec<&str> {
    match line.find([',', ';']) {
        Some(_) => line.split([',', ';']).map(str::trim).collect(),
        None => line.split_whitespace().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{PointsProblem, parse};

    #[test]
    fn points_stand_between_commas_or_blanks() {
        let expected = Ok(vec![[1.0, -2.5, 3000.0], [0.0, 0.0, -0.125]]);
        for text in [
            "1,-2.5,3e3\n0,0,-0.125\n",
            "x,y,z\r\n1,-2.5,3e3\r\n0,0,-0.125",
            "\u{feff}x\ty\tz\n1\t-2.5\t3e3\n\n0\t0\t-.125\n",
            "# RAS\n  1   -2.5  3000\n0 0 -0.125\n# end",
            "L; P; S\n1; -2.5; 3000\n0; 0; -0.125",
        ] {
            assert_eq!(parse(text), expected, "{text:?}");
        }
        assert_eq!(parse("\n"), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_point_is_refused_with_its_line() {
        for (text, line, problem) in [
            ("1 2\n", 1, PointsProblem::Columns { found: 2 }),
            ("1,2,3\n\n1,2,3,4\n", 3, PointsProblem::Columns { found: 4 }),
            ("1,5 2,5 3,5\n", 1, PointsProblem::Columns { found: 4 }),
            ("x y z\n1 2 c\n", 2, PointsProblem::Number { column: 3 }),
            ("1 b 3\n", 1, PointsProblem::Number { column: 2 }),
            ("1 2 3\nx y z\n", 2, PointsProblem::Number { column: 1 }),
            ("1,,3\n", 1, PointsProblem::Number { column: 2 }),
        ] {
            assert_eq!(parse(text), Err((line, problem)), "{text:?}");
        }
    }
}
