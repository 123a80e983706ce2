//! `serve`: what the command adds to the server, whose own tests are in its crate.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::browser::{in_a_browser, seen};
use crate::files::{fail, json, listing, packed, succeed, write};

/// A server that is ended with the test, and its address without the slash at the end.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(at: &Path, arguments: &[&str]) -> Self {
        let path = std::env::var("PATH").unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_medmask"))
            .current_dir(at)
            .arg("serve")
            .args(arguments)
            .env("PATH", format!("{}:{path}", at.join("bin").display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let address = address.trim_end().trim_end_matches('/').to_owned();
        Self { child, address }
    }

    fn host(&self) -> &str {
        self.address.strip_prefix("http://").unwrap()
    }

    /// The whole answer, with its head.
    fn get(&self, target: &str, headers: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.host()).unwrap();
        let host = self.host();
        let text =
            format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n");
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_folder_is_served_until_a_signal_ends_it() {
    let (folder, _) = packed();
    let at = folder.path();
    let mut served = Served::start(at, &[".", "--port", "0"]);
    assert!(served.address.starts_with("http://127.0.0.1:"), "{}", served.address);
    let list = String::from_utf8(served.get("/", "")).unwrap();
    assert!(list.starts_with("HTTP/1.1 200 ") && list.contains("\"/view/case.mska\""), "{list}");
    let bytes = std::fs::read(at.join("case.mska")).unwrap();
    let answer = served.get("/files/case.mska", "Range: bytes=8-107\r\n");
    assert!(answer.starts_with(b"HTTP/1.1 206 ") && answer.ends_with(&bytes[8..108]));
    for (name, number) in [("-INT", 2), ("-TERM", 15)] {
        let pid = served.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
        assert_eq!(served.child.wait().unwrap().signal(), Some(number));
        served = Served::start(at, &[".", "--port", "0"]);
    }
    assert_eq!(listing(at), ["case.mska", "masks"]);
}

#[test]
fn a_port_that_is_taken_says_what_to_do() {
    let (folder, _) = packed();
    let at = folder.path();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    fail(at, &["serve", ".", "--port", &port], 1, &["port", &port, "is taken", "--port"]);
    fail(at, &["serve", "nowhere"], 1, &["nowhere"]);
    fail(at, &["serve", "case.mska"], 1, &["case.mska"]);
    let help = succeed(at, &["help", "serve"]);
    assert!(help.contains("127.0.0.1") && help.contains("--open"), "{help}");
}

/// What `--open` calls on Linux is a program, for which another stands here.
#[cfg(target_os = "linux")]
#[test]
fn the_browser_is_started_with_the_address() {
    let (folder, _) = packed();
    let at = folder.path();
    std::fs::create_dir(at.join("bin")).unwrap();
    let program = at.join("bin/xdg-open");
    let pipe = at.join("opened");
    crate::files::pipe(&pipe);
    std::fs::write(&program, format!("#!/bin/sh\necho \"$1\" > '{}'\n", pipe.display())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let served = Served::start(at, &[".", "--port", "0", "--open"]);
    // Waits until the program has written it.
    assert_eq!(std::fs::read_to_string(&pipe).unwrap(), format!("{}/\n", served.address));
}

/// What is switched on; three colours that are far apart.
const ON: [&str; 3] = ["adrenal_gland_left", "aorta", "brain"];

/// As they are listed.
fn names() -> Vec<String> {
    let others = (ON.len()..117).map(|n| format!("s{n:03}"));
    ON.map(str::to_owned).into_iter().chain(others).collect()
}

/// 117 structures of noise in 64 x 64 x 64 voxels, stored raw, so that a file is far longer than what a page needs of it. The first three are
/// slabs that slices through the middle meet.
fn large_case(at: &Path) {
    const SHAPE: [usize; 3] = [64; 3];
    let masks = at.join("many");
    std::fs::create_dir(&masks).unwrap();
    for (n, name) in names().iter().enumerate() {
        let voxels = ndarray::Array3::from_shape_fn(SHAPE, |(z, y, x)| {
            let place = ((n * 64 + z) * 64 + y) * 64 + x;
            let noise = (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60;
            u32::from(match n {
                0..3 => (22 * n..22 * n + 20).contains(&y) && noise < 14,
                _ => noise == 0,
            })
        });
        let path = masks.join(format!("{name}.nii.gz"));
        write(&path, voxels, &[], &medmask::Space::of_shape(SHAPE));
    }
    succeed(at, &["pack", "many", "-o", "served/large case.mska", "--codec", "raw"]);
    succeed(at, &["pack", "many", "-o", "new.mska", "--codec", "lz4"]);
}

#[test]
fn a_browser_shows_a_case_of_which_it_fetches_what_is_switched_on() {
    if !medmask_viewer::is_built() {
        eprintln!("skipped: `cargo xtask viewer` has not fetched NiiVue");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::create_dir(at.join("served")).unwrap();
    large_case(at);
    let served = Served::start(at, &["served", "--port", "0"]);
    let page = "/view/large%20case.mska";
    let place = at.join("served/large case.mska");
    let size = place.metadata().unwrap().len();
    let listed = json(at, &[&["ls", "served/large case.mska", "--json"][..], &ON].concat());
    let listed = listed["entries"].as_array().unwrap().iter();
    let stored: u64 = listed.map(|entry| entry["stored_bytes"].as_u64().unwrap()).sum();
    let run = in_a_browser("serve.py")
        .args([&format!("{}/", served.address), page])
        .args([&at.join("new.mska"), &place])
        .args(ON)
        .output();
    let Some(seen) = seen(run) else { return };
    assert_eq!(seen["links"], serde_json::json!([page]));
    assert_eq!(seen["names"], serde_json::json!(names()));
    assert_eq!(seen["complaints"], serde_json::json!([]));
    assert_eq!(seen["hosts"], serde_json::json!([served.host()]));
    let pixels = |key: &str| serde_json::from_value::<Vec<u64>>(seen[key].clone()).unwrap();
    assert_eq!(pixels("before"), [0; 3]);
    assert!(pixels("after").iter().all(|pixels| *pixels > 1_000), "{seen}");
    let bytes = |key: &str| -> u64 {
        let ranges: Vec<[u64; 2]> = serde_json::from_value(seen[key].clone()).unwrap();
        ranges.iter().map(|[first, last]| last + 1 - first).sum()
    };
    assert!(bytes("ranges_before") <= 16 << 10, "{seen}");
    // What was read before may hold the first of them.
    let more = bytes("ranges") - bytes("ranges_before");
    assert!(stored > 30_000 && size > 2_000_000, "{stored} of {size}");
    assert!(
        (stored - bytes("ranges_before")..stored + (16 << 10)).contains(&more),
        "{more} of {stored}"
    );
    // The network failed, not the mask.
    assert_eq!(seen["failed"], serde_json::json!(["failed"]));
    let notes = seen["notes"].as_str().unwrap();
    assert!(notes.contains("s003") && notes.contains("has changed since it was opened"), "{notes}");
}
