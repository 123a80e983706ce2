//! `serve`: what the command adds to the server, whose own tests are in its crate.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::files::{fail, listing, packed, succeed};

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
