//! Which requests are answered at all.

use hyper::header::{self, HeaderMap};
use hyper::http::uri::Authority;
use hyper::{Method, Request, StatusCode};

use crate::answer::{Answer, of_text};

/// Refuses what writes, what was meant for another host, and what pages of other origins ask for.
///
/// A page of another's can have its own name lead to 127.0.0.1, and would then be of the same origin as this server: the name is in `Host`.
pub fn refusal<B>(request: &Request<B>, port: u16) -> Option<Answer> {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        let mut answer = of_text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are answered");
        answer.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("GET, HEAD"));
        return Some(answer);
    }
    if !is_meant_for_this(request, port) {
        return Some(of_text(
            StatusCode::MISDIRECTED_REQUEST,
            "this server is called 127.0.0.1 or localhost, with its port",
        ));
    }
    is_of_another_origin(request.headers())
        .then(|| of_text(StatusCode::FORBIDDEN, "pages of other origins get nothing"))
}

fn is_meant_for_this<B>(request: &Request<B>, port: u16) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Ok(host) = Authority::try_from(host.as_bytes()) else { return false };
    let named = request.uri().authority();
    is_own(&host, port) && named.is_none_or(|named| is_own(named, port))
}

fn is_own(authority: &Authority, port: u16) -> bool {
    let names = ["localhost", "127.0.0.1", "[::1]"];
    let is_named = names.iter().any(|name| authority.host().eq_ignore_ascii_case(name));
    // Without one it is that of HTTP.
    let own_port = authority.port_u16().unwrap_or(80) == port;
    is_named && own_port && !authority.as_str().contains('@')
}

/// Browsers say whose page asks. To follow a link from anywhere is no harm: the other page cannot look into the new one.
fn is_of_another_origin(headers: &HeaderMap) -> bool {
    let is = |name: &str, value: &str| headers.get(name).is_some_and(|own| own == value);
    let other = is("sec-fetch-site", "cross-site") || is("sec-fetch-site", "same-site");
    other && !(is("sec-fetch-mode", "navigate") && is("sec-fetch-dest", "document"))
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::refusal;

    #[test]
    fn only_the_own_names_with_the_own_port_are_answered() {
        for (target, host, expected) in [
            ("/", "127.0.0.1:8117", None),
            ("/", "localhost:8117", None),
            ("/", "LOCALHOST:8117", None),
            ("/", "[::1]:8117", None),
            ("http://127.0.0.1:8117/", "127.0.0.1:8117", None),
            ("/", "127.0.0.1", Some(421)),
            ("/", "localhost:8118", Some(421)),
            ("/", "evil.example:8117", Some(421)),
            ("/", "localhost.evil.example:8117", Some(421)),
            ("/", "127.0.0.1.evil.example:8117", Some(421)),
            ("/", "localhost:8117@evil.example", Some(421)),
            ("/", "evil@localhost:8117", Some(421)),
            ("/", "127.0.0.2:8117", Some(421)),
            ("/", "0.0.0.0:8117", Some(421)),
            ("/", "", Some(421)),
            ("http://evil.example/", "127.0.0.1:8117", Some(421)),
        ] {
            let request = Request::builder().uri(target).header("Host", host).body(()).unwrap();
            let status = refusal(&request, 8117).map(|answer| answer.status().as_u16());
            assert_eq!(status, expected, "{target} {host:?}");
        }
        let twice = Request::builder().header("Host", "localhost:1").header("Host", "localhost:1");
        assert!(refusal(&twice.body(()).unwrap(), 1).is_some());
        assert!(refusal(&Request::new(()), 80).is_some());
    }

    #[test]
    fn pages_of_other_origins_get_nothing_and_links_lead_here() {
        for (site, mode, dest, refused) in [
            ("none", "navigate", "document", false),
            ("same-origin", "cors", "empty", false),
            ("cross-site", "navigate", "document", false),
            ("cross-site", "navigate", "iframe", true),
            ("cross-site", "no-cors", "image", true),
            ("same-site", "cors", "empty", true),
        ] {
            let request = Request::builder().header("Host", "localhost:1");
            let request = request.header("Sec-Fetch-Site", site).header("Sec-Fetch-Mode", mode);
            let request = request.header("Sec-Fetch-Dest", dest).body(()).unwrap();
            assert_eq!(refusal(&request, 1).is_some(), refused, "{site} {mode} {dest}");
        }
    }
}
