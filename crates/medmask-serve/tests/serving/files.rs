//! The bytes of files: whole, in ranges, and while they change.

use std::fs::{self, File};
use std::io::Read;

use crate::client::{Answer, Client, head, serve};

/// More than one block of the server's, and of no even length. Each byte depends on its place.
fn bytes(length: usize, seed: u32) -> Vec<u8> {
    let byte = |n: u32| (n.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 13) as u8;
    (0..length as u32).map(byte).collect()
}

fn served(content: &[u8]) -> (tempfile::TempDir, Client) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("case.mska"), content).unwrap();
    let client = serve(folder.path());
    (folder, client)
}

fn ranged(client: Client, range: &str) -> Answer {
    client.ask("GET", "/files/case.mska", &[&format!("Range: {range}")])
}

#[test]
fn ranges_are_those_of_the_file() {
    let content = bytes(200_001, 7);
    let (_folder, client) = served(&content);
    for (range, start, end) in [
        ("bytes=0-0", 0, 1),
        ("bytes=0-4095", 0, 4_096),
        ("bytes=65535-65536", 65_535, 65_537),
        ("bytes=100000-", 100_000, 200_001),
        ("bytes=-17", 199_984, 200_001),
        ("bytes=200000-200000", 200_000, 200_001),
        ("bytes=199990-999999999", 199_990, 200_001),
        ("bytes=-999999999", 0, 200_001),
    ] {
        let answer = ranged(client, range);
        assert_eq!(answer.status, 206, "{range}");
        assert!(answer.body == content[start..end], "{range}");
        assert_eq!(answer.header("content-length"), (end - start).to_string(), "{range}");
        let told = format!("bytes {start}-{}/200001", end - 1);
        assert_eq!(answer.header("content-range"), told, "{range}");
    }
    for range in ["bytes=200001-", "bytes=200001-200002", "bytes=-0"] {
        let answer = ranged(client, range);
        assert_eq!((answer.status, answer.header("content-range")), (416, "bytes */200001"));
    }
    // What is no range, and several of them, may be answered with the whole.
    for range in ["bytes=5-2", "octets=0-1", "bytes=a-b", "bytes=0-1,5-6", "0-1"] {
        let answer = ranged(client, range);
        assert!(answer.status == 200 && answer.body == content, "{range}: {}", answer.status);
    }
}

#[test]
fn head_tells_what_get_would() {
    let content = bytes(70_000, 3);
    let (_folder, client) = served(&content);
    for headers in [&[][..], &["Range: bytes=10-19"], &["Range: bytes=70000-"]] {
        let got = client.ask("GET", "/files/case.mska", headers);
        let told = client.ask("HEAD", "/files/case.mska", headers);
        let but_date = |answer: &Answer| {
            let mut headers = answer.headers.clone();
            headers.remove("date");
            (answer.status, headers)
        };
        assert_eq!(but_date(&told), but_date(&got));
        assert_eq!(told.body, b"");
        assert_eq!(told.header("content-length"), got.body.len().to_string());
    }
    let empty = served(b"");
    let answer = empty.1.get("/files/case.mska");
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(ranged(empty.1, "bytes=0-9").status, 416);
}

#[test]
fn a_file_that_was_replaced_is_told_from_the_one_that_was_opened() {
    let (old, new) = (bytes(9_000, 1), bytes(9_000, 2));
    let (folder, client) = served(&old);
    let path = folder.path().join("case.mska");
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let tag = client.get("/files/case.mska").header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2, "{tag}");
    let asked = |header: &str| {
        let headers = ["Range: bytes=0-99", &format!("{header}: {tag}")];
        let answer = client.ask("GET", "/files/case.mska", &headers);
        (answer.status, answer.body)
    };
    assert_eq!(asked("If-Range"), (206, old[..100].to_vec()));
    assert_eq!(asked("If-Match"), (206, old[..100].to_vec()));
    assert_eq!(asked("If-None-Match"), (304, Vec::new()));
    // Of the same length and, as a copy can be, of the same time.
    fs::write(folder.path().join("new"), &new).unwrap();
    File::options()
        .write(true)
        .open(folder.path().join("new"))
        .unwrap()
        .set_modified(time)
        .unwrap();
    fs::rename(folder.path().join("new"), &path).unwrap();
    assert_eq!(asked("If-Range"), (200, new.clone()));
    let (status, text) = asked("If-Match");
    assert_eq!((status, &text[..]), (412, &b"the file has changed since it was opened\n"[..]));
    assert_eq!(asked("If-None-Match"), (206, new[..100].to_vec()));
    let list = "If-Match: \"a\", \"b\"";
    assert_eq!(client.ask("GET", "/files/case.mska", &[list]).status, 412);
    assert_eq!(client.ask("GET", "/files/case.mska", &["If-Match: *"]).status, 200);
}

#[test]
fn an_answer_is_of_one_file_or_breaks_off() {
    // More than sockets hold, so that the server reads on only when the client does.
    let old = bytes(40 << 20, 1);
    let (folder, client) = served(&old);
    let path = folder.path().join("case.mska");
    let text = format!(
        "GET /files/case.mska HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
        client.port
    );
    let mut stream = client.connect(&text);
    assert_eq!(head(&mut stream).0, 200);
    fs::write(folder.path().join("new"), b"another").unwrap();
    fs::rename(folder.path().join("new"), &path).unwrap();
    let mut body = Vec::new();
    stream.read_to_end(&mut body).unwrap();
    assert!(body == old, "{} bytes", body.len());

    fs::write(&path, &old).unwrap();
    let mut stream = client.connect(&text);
    assert_eq!(head(&mut stream).1["content-length"], old.len().to_string());
    File::options().write(true).open(&path).unwrap().set_len(1_000).unwrap();
    let mut body = Vec::new();
    // An end or an error, as the system has it; never all the bytes that were announced.
    let _ = stream.read_to_end(&mut body);
    assert!(body.len() < old.len() && old.starts_with(&body), "{} bytes", body.len());
    assert_eq!(client.get("/files/case.mska").body, old[..1_000]);
}
