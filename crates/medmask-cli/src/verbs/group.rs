//! `medmask group`.

use std::path::PathBuf;

use clap::Args;
use medmask::groups::{self, Group};
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::opened::{open, open_to_change};
use crate::output;
use crate::table::Table;

/// Keep expressions under a name
#[derive(Args)]
#[command(long_about = "\
Keep expressions under a name, show them, or remove them.

A group is an expression of names, which `medmask help extract` describes, and is used like a name.
It costs no voxels: what it stands for is computed where it is asked for. Where an entry gets
another name, groups that name it follow; where one is removed, `ls` says what is missing.")]
#[command(after_long_help = "\
EXAMPLES
  medmask group case.mska ribs = 'rib_left_* + rib_right_*'
  medmask group case.mska
  medmask stats case.mska ribs 'ribs & lung_*'
  medmask group case.mska ribs --delete")]
pub struct GroupVerb {
    /// The archive
    archive: PathBuf,
    /// The group [default: all are shown]
    name: Option<String>,
    /// = and the expression
    #[arg(value_name = "= EXPRESSION", conflicts_with_all = ["delete", "json"], allow_hyphen_values = true)]
    expression: Vec<String>,
    /// Remove the group
    #[arg(long, requires = "name", conflicts_with = "json")]
    delete: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl GroupVerb {
    pub fn run(self) -> Result {
        match (&self.name, &self.expression[..]) {
            (Some(name), []) if self.delete => self.delete(name),
            (name, []) => self.show(name.as_deref()),
            (Some(name), [sign, expression @ ..]) if sign == "=" && !expression.is_empty() => {
                self.set(name, &expression.join(" "))
            }
            _ => Err(Failure::usage(
                "a group is made as NAME = EXPRESSION, with blanks around =".to_owned(),
            )),
        }
    }

    fn set(&self, name: &str, expression: &str) -> Result {
        let mut writer = open_to_change(&self.archive)?;
        groups::set(&mut writer, name, expression)?;
        writer.commit()?;
        output::done(&format!("{name} = {expression}\n"))
    }

    fn delete(&self, name: &str) -> Result {
        let mut writer = open_to_change(&self.archive)?;
        groups::remove(&mut writer, name)?;
        writer.commit()?;
        output::done(&format!("{name} removed\n"))
    }

    fn show(&self, name: Option<&str>) -> Result {
        let archive = open(&self.archive)?;
        let mut shown = groups::resolved(&archive)?;
        if let Some(name) = name {
            let all = groups::Groups::of(&archive)?;
            shown.retain(|group| group.name == name);
            if shown.is_empty() {
                return Err(groups::not_found(&all, name).into());
            }
        }
        if self.json {
            output::print_json(&json!({"groups": to_json(&shown)}))
        } else if shown.is_empty() {
            output::print("no groups\n")
        } else {
            output::print(&table(&shown).to_text())
        }
    }
}

/// What `ls` and `group` say of groups. `problem` is what is missing, or null.
pub fn to_json(groups: &[Group]) -> Value {
    let group = |group: &Group| json!({"name": group.name, "expression": group.expression, "problem": problem(group)});
    groups.iter().map(group).collect()
}

/// The groups below a table of entries.
pub fn print_below(groups: &[Group]) -> Result {
    match groups {
        [] => Ok(()),
        groups => output::print(&format!("\n{}", table(groups).to_text())),
    }
}

fn table(groups: &[Group]) -> Table {
    let mut table = Table::new(&["GROUP", "EXPRESSION", "PROBLEM"]);
    for group in groups {
        let problem = problem(group).unwrap_or_default();
        table.row(vec![group.name.clone(), group.expression.clone(), problem]);
    }
    table
}

/// Why the group is not what its name stands for.
fn problem(group: &Group) -> Option<String> {
    if group.is_hidden {
        return Some("an entry has this name".to_owned());
    }
    group.mask.as_ref().err().map(ToString::to_string)
}
