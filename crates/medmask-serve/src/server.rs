//! Listening, and a task for each connection.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use crate::ServeError;
use crate::answer::sent;
use crate::folder::Folder;
use crate::routes::{Case, PageError, Site};

/// Browsers open six to a server.
const MOST_CONNECTIONS: usize = 64;
/// Files are read in the threads that answer.
const THREADS: usize = 4;
/// How long a connection may say nothing between requests, or take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder that is served on 127.0.0.1.
pub struct Server<P> {
    site: Arc<Site<P>>,
    listener: TcpListener,
    runtime: Runtime,
}

impl<P: Fn(&Case<'_>) -> Result<String, PageError> + Send + Sync + 'static> Server<P> {
    /// Listens on `port`, or on any that is free where it is 0, and serves the archives of `folder`. `page` makes the page of a case.
    ///
    /// # Errors
    /// [`ServeError::Folder`], [`ServeError::PortTaken`] and [`ServeError::Listen`].
    pub fn bind(folder: &Path, port: u16, page: P) -> Result<Self, ServeError> {
        let listen = |source: io::Error| match source.kind() {
            ErrorKind::AddrInUse => ServeError::PortTaken { port },
            _ => ServeError::Listen { port, source },
        };
        let site = Folder::new(folder)
            .map_err(|source| ServeError::Folder { path: folder.to_owned(), source })?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let port = listener.local_addr().map_err(listen)?.port();
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .enable_all()
            .build()
            .map_err(listen)?;
        let site = Arc::new(Site { folder: site, name: folder.to_owned(), page, port });
        Ok(Self { site, listener, runtime })
    }

    /// Where a browser finds it, such as `http://127.0.0.1:8117/`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.site.port)
    }

    /// How many archives there are now.
    #[must_use]
    pub fn archive_count(&self) -> usize {
        self.site.folder.list().archives.len()
    }

    /// Serves until the process ends.
    ///
    /// # Errors
    /// [`ServeError::Listen`] where the system takes the port away.
    pub fn run(self) -> Result<(), ServeError> {
        let Self { site, listener, runtime } = self;
        let port = site.port;
        runtime
            .block_on(accept(site, listener))
            .map_err(|source| ServeError::Listen { port, source })
    }
}

async fn accept<P>(site: Arc<Site<P>>, listener: TcpListener) -> io::Result<()>
where
    P: Fn(&Case<'_>) -> Result<String, PageError> + Send + Sync + 'static,
{
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        // Nobody closes the semaphore.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return Ok(()) };
        match listener.accept().await {
            Ok((stream, _)) => {
                let site = Arc::clone(&site);
                tokio::spawn(async move {
                    converse(&site, stream).await;
                    drop(place);
                });
            }
            // Of a client that has gone already, or where there are too many open files: later ones may do better.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// Answers what comes over a connection, until it ends. That the other end breaks it is no failure of this one.
async fn converse<P>(site: &Site<P>, stream: TcpStream)
where
    P: Fn(&Case<'_>) -> Result<String, PageError> + Send + Sync + 'static,
{
    let service = service_fn(|request| std::future::ready(sent(site.answer(&request))));
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
