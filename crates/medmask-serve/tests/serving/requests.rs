//! Which requests are answered, and what every answer says.

use std::net::TcpStream;
use std::path::Path;

use medmask_serve::{Case, PageError, ServeError, Server};

use crate::client::serve;

fn no_page(_: &Case<'_>) -> Result<String, PageError> {
    Err("there is none".into())
}

#[test]
fn only_who_means_this_server_gets_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("case.mska"), "voxels").unwrap();
    let client = serve(folder.path());
    let port = client.port;
    for (host, status) in [
        (format!("127.0.0.1:{port}"), 200),
        (format!("localhost:{port}"), 200),
        (format!("[::1]:{port}"), 200),
        (format!("evil.example:{port}"), 421),
        ("evil.example".to_owned(), 421),
        ("127.0.0.1".to_owned(), 421),
        (format!("127.0.0.1:{}", port ^ 1), 421),
        (String::new(), 421),
    ] {
        for target in ["/", "/files/case.mska", "/view/case.mska"] {
            let answer = client.raw(&format!(
                "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            ));
            assert_eq!(answer.status, status, "{host} {target}");
            assert_eq!(answer.text().contains("127.0.0.1 or localhost"), status == 421);
        }
    }
    let without = client.raw("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert!([400, 421].contains(&without.status), "{without:?}");
    assert_eq!(client.raw("GET / HTTP/1.0\r\n\r\n").status, 421);
    let own = format!("Host: 127.0.0.1:{port}\r\nConnection: close");
    let other = client.raw(&format!("GET http://evil.example/ HTTP/1.1\r\n{own}\r\n\r\n"));
    assert_eq!(other.status, 421);
    assert_eq!(client.ask("GET", "/", &["Sec-Fetch-Site: cross-site"]).status, 403);
}

#[test]
fn nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    std::fs::write(&path, "voxels").unwrap();
    let client = serve(folder.path());
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "MOVE", "get"] {
        let answer = client.ask(method, "/files/case.mska", &["Content-Length: 0"]);
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD"), "{method}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), b"voxels");
}

#[test]
fn no_answer_lets_other_origins_read_or_guess() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("case.mska"), "voxels").unwrap();
    let client = serve(folder.path());
    for (method, target, is_page) in [
        ("GET", "/", true),
        ("GET", "/view/case.mska", true),
        ("GET", "/files/case.mska", false),
        ("HEAD", "/files/case.mska", false),
        ("GET", "/none", false),
        ("POST", "/", false),
    ] {
        let answer = client.ask(method, target, &["Origin: http://evil.example"]);
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), value, "{method} {target}: {name}");
        }
        assert!(
            !answer.headers.keys().any(|name| name.starts_with("access-control")),
            "{answer:?}"
        );
        let policy = answer.header("content-security-policy");
        let parts = ["default-src 'none'", "frame-ancestors 'none'", "connect-src 'self'"];
        assert_eq!(parts.iter().all(|part| policy.contains(part)), is_page, "{target}: {policy}");
    }
}

#[test]
fn a_port_that_is_taken_and_a_folder_that_is_none_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let first = Server::bind(folder.path(), 0, no_page).unwrap();
    let address = first.address();
    let port = address.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    match Server::bind(folder.path(), port, no_page) {
        Err(ServeError::PortTaken { port: taken }) => assert_eq!(taken, port),
        other => panic!("{:?}", other.map(|server| server.address())),
    }
    let file = folder.path().join("case.mska");
    std::fs::write(&file, "").unwrap();
    for place in [&file, Path::new("/nowhere/at/all")] {
        let failed = Server::bind(place, 0, no_page).map(|server| server.address()).unwrap_err();
        assert!(failed.to_string().contains(&place.display().to_string()), "{failed}");
    }
    assert_eq!(first.archive_count(), 1);
}

/// All of 127.0.0.0/8 leads to the machine itself on Linux.
#[cfg(target_os = "linux")]
#[test]
fn it_listens_on_one_address_alone() {
    let folder = tempfile::tempdir().unwrap();
    let client = serve(folder.path());
    assert!(TcpStream::connect(("127.0.0.1", client.port)).is_ok());
    for other in ["127.0.0.2", "127.255.255.254", "::1"] {
        assert!(TcpStream::connect((other, client.port)).is_err(), "{other}");
    }
}
