//! Only archives in the folder, by whatever path.

use std::fs;
use std::path::Path;

use crate::client::{Client, serve};

/// A folder `served` with `a.mska`, `sub/b c#?%.mska` and what is not to be had, beside `secret.mska` and `served-too/`.
fn tree() -> (tempfile::TempDir, Client) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for place in ["served/sub", "served/.hidden", "served/folder.mska", "served-too"] {
        fs::create_dir_all(at.join(place)).unwrap();
    }
    for (file, content) in [
        ("served/a.mska", "a"),
        ("served/sub/b c#?%.mska", "b"),
        ("served/UPPER.MSKA", "upper"),
        ("served/notes.txt", "notes"),
        ("served/mska", "no ending"),
        ("served/.hidden/a.mska", "hidden"),
        ("served/.a.mska", "hidden"),
        ("secret.mska", "secret"),
        ("served-too/secret.mska", "secret"),
    ] {
        fs::write(at.join(file), content).unwrap();
    }
    #[cfg(unix)]
    links(at);
    let client = serve(&at.join("served"));
    (folder, client)
}

#[cfg(unix)]
fn links(at: &Path) {
    use std::os::unix::fs::symlink;
    for (target, link) in [
        ("../secret.mska", "served/out.mska"),
        ("../served-too", "served/outside"),
        ("notes.txt", "served/text.mska"),
        ("nowhere.mska", "served/dangling.mska"),
        ("loop.mska", "served/loop.mska"),
        (".hidden/a.mska", "served/to_hidden.mska"),
        ("a.mska", "served/inside.mska"),
        ("sub", "served/inner"),
        ("/dev/zero", "served/zero.mska"),
    ] {
        symlink(target, at.join(link)).unwrap();
    }
    symlink(at.join("secret.mska"), at.join("served/absolute.mska")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(at.join("served/pipe.mska")).status();
    assert!(made.unwrap().success());
}

/// Paths behind `/files/` and `/view/` that name no archive of the folder, or not by its one name.
const NO_ARCHIVES: [&str; 42] = [
    "../secret.mska",
    "..%2fsecret.mska",
    "..%2Fsecret.mska",
    "%2e%2e/secret.mska",
    "%2e%2e%2fsecret.mska",
    "%252e%252e/secret.mska",
    ".%2e/secret.mska",
    "..%5csecret.mska",
    "..\\secret.mska",
    "sub/../../secret.mska",
    "sub/../a.mska",
    "./a.mska",
    "%2e/a.mska",
    "sub//b%20c%23%3f%25.mska",
    "/a.mska",
    "%2fa.mska",
    "a.mska/",
    "a.mska/.",
    "a.mska/..",
    "a.mska%00",
    "a.mska%00.txt",
    "notes.txt",
    "notes.txt%00.mska",
    "mska",
    "sub",
    "",
    ".hidden/a.mska",
    ".a.mska",
    "folder.mska",
    "outside/secret.mska",
    "out.mska",
    "text.mska",
    "dangling.mska",
    "loop.mska",
    "absolute.mska",
    "zero.mska",
    "pipe.mska",
    "../served-too/secret.mska",
    "..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%c0%ae%c0%ae/secret.mska",
    "~/secret.mska",
    "file:secret.mska",
];

#[test]
fn no_path_leads_out_of_the_folder() {
    let (folder, client) = tree();
    let root = folder.path().canonicalize().unwrap();
    let absolute = root.join("secret.mska").display().to_string();
    let inside = root.join("served/a.mska").display().to_string();
    let mut paths: Vec<String> = NO_ARCHIVES.map(str::to_owned).into();
    paths.extend([
        absolute.clone(),
        absolute.replace('/', "%2f"),
        inside.replace('/', "%2f"),
        inside,
    ]);
    for path in paths {
        for target in [format!("/files/{path}"), format!("/view/{path}")] {
            for method in ["GET", "HEAD"] {
                let answer = client.ask(method, &target, &["Range: bytes=0-1"]);
                assert!([400, 404].contains(&answer.status), "{method} {target}: {answer:?}");
                let text = answer.text();
                assert!(!text.contains("secret") && !text.contains("hidden"), "{target}: {text}");
            }
        }
    }
    for target in
        ["/a.mska", "/files", "/view", "/view/", "/files/", "/filesa.mska", "//", "/index.html"]
    {
        assert_eq!(client.get(target).status, 404, "{target}");
    }
}

#[test]
fn the_list_has_what_is_served_and_its_links_lead_there() {
    let (folder, client) = tree();
    let list = client.get("/");
    assert_eq!((list.status, list.header("content-type")), (200, "text/html; charset=utf-8"));
    let list = list.text();
    let hrefs: Vec<&str> =
        list.split("<a href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let mut expected = vec!["/view/UPPER.MSKA", "/view/a.mska"];
    if cfg!(unix) {
        expected.push("/view/inside.mska");
    }
    expected.push("/view/sub/b%20c%23%3F%25.mska");
    if cfg!(unix) {
        // A link that stays inside may lead to what a dot hides: its own name is in sight.
        expected.push("/view/to_hidden.mska");
    }
    assert_eq!(hrefs, expected);
    let page = client.get("/view/sub/b%20c%23%3F%25.mska").text();
    let place = folder.path().canonicalize().unwrap().join("served/sub/b c#?%.mska");
    let told: Vec<&str> = page.split('|').collect();
    let files = "/files/sub/b%20c%23%3F%25.mska";
    assert_eq!(told, ["sub/b c#?%.mska", files, &place.display().to_string()]);
    assert_eq!(client.get(files).text(), "b");
    #[cfg(unix)]
    for path in ["inner/b%20c%23%3F%25.mska", "sub/b%20c%23%3f%25.mska"] {
        assert_eq!(client.get(&format!("/files/{path}?a=b")).text(), "b");
    }
    // What comes later is listed, too.
    fs::write(folder.path().join("served/new.mska"), "new").unwrap();
    assert!(client.get("/").text().contains("\"/view/new.mska\""));
}

#[test]
fn names_that_hold_html_are_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let name = "bad <b>.mska";
    fs::write(folder.path().join(name), "").unwrap();
    fs::write(folder.path().join("'\"><script>x.mska"), "").unwrap();
    let client = serve(folder.path());
    let list = client.get("/").text();
    assert!(list.contains(">bad &lt;b&gt;.mska</a>") && !list.contains("<b>"), "{list}");
    assert!(!list.contains("<script"), "{list}");
    let failed = client.get("/view/bad%20%3Cb%3E.mska");
    assert_eq!(failed.status, 500);
    let text = failed.text();
    assert!(text.contains("cannot &lt;b&gt;read&lt;/b&gt;") && !text.contains("<b>"), "{text}");
}
