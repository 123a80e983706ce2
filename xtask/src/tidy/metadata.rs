//! What Cargo says of the packages of this workspace.

use std::path::PathBuf;

use serde_json::Value;

use crate::run::{Problem, cargo, root};

/// A package of the workspace.
pub struct Package {
    pub name: String,
    /// Where it lies, as seen from the root.
    pub folder: PathBuf,
    /// The packages that it is built with, ours and others'; not those of its tests.
    pub uses: Vec<String>,
    /// Its features.
    pub features: Vec<String>,
    /// The first files of its library and its programs.
    pub roots: Vec<PathBuf>,
}

/// All packages of the workspace.
pub fn packages() -> Result<Vec<Package>, Problem> {
    let output = cargo().args(["metadata", "--no-deps", "--format-version", "1"]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata lists no packages")?;
    packages.iter().map(package).collect()
}

fn package(json: &Value) -> Result<Package, Problem> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let manifest = PathBuf::from(text(&json["manifest_path"]));
    let folder = manifest.parent().unwrap_or(root()).strip_prefix(root())?.to_owned();
    let dependencies = json["dependencies"].as_array().into_iter().flatten();
    let built_with = dependencies.filter(|dependency| dependency["kind"] != "dev");
    let features = json["features"].as_object().into_iter().flatten();
    let targets = json["targets"].as_array().into_iter().flatten();
    let built = targets.filter(|target| target["kind"][0] == "lib" || target["kind"][0] == "bin");
    Ok(Package {
        name: text(&json["name"]),
        folder,
        uses: built_with.map(|dependency| text(&dependency["name"])).collect(),
        features: features.map(|(name, _)| name.clone()).collect(),
        roots: built.map(|target| text(&target["src_path"]).into()).collect(),
    })
}
