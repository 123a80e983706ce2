//! The client.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;

use medmask_serve::{Case, Server};

/// A server of `folder` in a thread of its own, until the tests end. The page of a case is its title and address.
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
pub fn serve(folder: &Path) -> Client {
    let page = |case: &Case<'_>| match case.title {
        "bad <b>.mska" => Err("cannot <b>read</b>".into()),
        title => Ok(format!("{title}|{}|{}", case.address, case.path.display())),
    };
    let server = Server::bind(folder, 0, page).unwrap();
    let address = server.address();
    let port = address.strip_prefix("http://127.0.0.1:").unwrap().strip_suffix('/').unwrap();
    let port = port.parse().unwrap();
    std::thread::spawn(move || server.run());
    Client { port }
}

/// Speaks to the server on a port.
#[derive(Clone, Copy)]
pub struct Client {
    pub port: u16,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
impl Client {
    /// Sends `text` as it is.
    pub fn connect(self, text: &str) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        BufReader::new(stream)
    }

    /// As [`connect`](Self::connect), and reads until the connection ends.
    pub fn raw(self, text: &str) -> Answer {
        let mut stream = self.connect(text);
        let (status, headers) = head(&mut stream);
        let mut body = Vec::new();
        stream.read_to_end(&mut body).unwrap();
        Answer { status, headers, body }
    }

    /// A request with headers of its own, each a line.
    pub fn ask(self, method: &str, target: &str, headers: &[&str]) -> Answer {
        let port = self.port;
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        self.raw(&format!(
            "{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{headers}\r\n"
        ))
    }

    pub fn get(self, target: &str) -> Answer {
        self.ask("GET", target, &[])
    }
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// Status and headers; the body is left.
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
pub fn head(stream: &mut BufReader<TcpStream>) -> (u16, HashMap<String, String>) {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers = HashMap::new();
    loop {
        line.clear();
        stream.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        assert_eq!(headers.insert(name.to_lowercase(), value.to_owned()), None, "{name} twice");
    }
    (status, headers)
}
