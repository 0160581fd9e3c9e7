//! The process: listen, start the follower, serve until a signal or the end of the run, stop in order.

use crate::follow::{Follower, Shared};
use crate::http;
use crate::settings::Settings;
use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, oneshot};

/// Connections served at a time; more wait in the listen queue.
const CONNECTIONS_MAX: usize = 128;
/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 16 * 1_024;
/// Headers of a request.
const HEADERS_MAX: usize = 64;
/// Time to send a request's head.
const HEAD_TIME_MAX: Duration = Duration::from_secs(5);
/// Time that open connections get at the end.
const GRACE: Duration = Duration::from_secs(1);

/// Why the gateway could not run.
#[derive(Debug)]
pub enum GatewayError {
    /// The address cannot be listened on.
    Listen(SocketAddr, std::io::Error),
    /// Anything else of the operating system.
    System(&'static str, std::io::Error),
}

impl fmt::Display for GatewayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(address, e) => write!(f, "listen {address}: {e}"),
            Self::System(what, e) => write!(f, "{what}: {e}"),
        }
    }
}
impl std::error::Error for GatewayError {}

/// A gateway that listens but does not serve yet.
#[derive(Debug)]
pub struct Gateway {
    settings: Settings,
    listener: std::net::TcpListener,
    address: SocketAddr,
    shared: Shared,
    stop: Arc<AtomicBool>,
}

impl Gateway {
    /// Listens and writes the port file.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub fn bind(settings: Settings) -> Result<Gateway, GatewayError> {
        let listener = std::net::TcpListener::bind(settings.listen)
            .map_err(|e| GatewayError::Listen(settings.listen, e))?;
        listener
            .set_nonblocking(true)
            .map_err(|e| GatewayError::System("socket", e))?;
        let address = listener
            .local_addr()
            .map_err(|e| GatewayError::System("socket", e))?;
        if let Some(path) = &settings.port_file {
            write_whole(path, &format!("{}\n", address.port()))
                .map_err(|e| GatewayError::System("port file", e))?;
        }
        Ok(Gateway {
            settings,
            listener,
            address,
            shared: Shared::default(),
            stop: Arc::default(),
        })
    }

    /// Address listened on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The live view that is served.
    #[must_use]
    pub fn shared(&self) -> Shared {
        self.shared.clone()
    }

    /// A flag that stops the gateway in order once it is set.
    #[must_use]
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// Serves on the calling thread until SIGTERM, SIGINT, the stop flag or, with `until_ended`, the end of the run.
    /// All events read are written when it returns.
    ///
    /// # Errors
    /// [`GatewayError::System`].
    pub fn serve(self) -> Result<(), GatewayError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| GatewayError::System("runtime", e))?;
        let (done, finished) = oneshot::channel::<()>();
        let follower = Follower::new(self.settings.clone(), self.shared.clone());
        let stop = Arc::clone(&self.stop);
        let thread = std::thread::Builder::new()
            .name("journal-follower".to_owned())
            .spawn(move || {
                follower.run(&stop);
                drop(done);
            })
            .map_err(|e| GatewayError::System("thread", e))?;
        eprintln!("pacer-gateway: http://{}/", self.address);
        let result = runtime.block_on(async {
            let listener = TcpListener::from_std(self.listener)
                .map_err(|e| GatewayError::System("socket", e))?;
            let mut terminate =
                signal(SignalKind::terminate()).map_err(|e| GatewayError::System("signals", e))?;
            let mut interrupt =
                signal(SignalKind::interrupt()).map_err(|e| GatewayError::System("signals", e))?;
            let ended = async {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                    _ = finished => {}
                }
            };
            connections(&listener, http::router(self.shared.clone()), ended).await;
            Ok(())
        });
        self.stop.store(true, Ordering::Release);
        if thread.join().is_err() {
            let e = std::io::Error::other("the follower thread panicked");
            return Err(GatewayError::System("follower", e));
        }
        eprintln!("pacer-gateway: stopped");
        result
    }
}

/// Accepts and serves until `ended`, then lets open requests finish.
async fn connections(listener: &TcpListener, router: Router, ended: impl Future<Output = ()>) {
    let mut server = hyper::server::conn::http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX);
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    tokio::pin!(ended);
    loop {
        let accepted = async {
            // The semaphore is never closed.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, stream) = tokio::select! {
            () = &mut ended => break,
            (place, accepted) = accepted => match accepted {
                Ok((stream, _)) => (place, stream),
                Err(e) => {
                    // Out of descriptors, most likely: breathe, the open connections end.
                    eprintln!("pacer-gateway: accept: {e}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = graceful.watch(server.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // A peer that breaks off is its own affair.
            drop(connection.await);
            drop(place);
        });
    }
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(GRACE) => {}
    }
}

/// Writes a file aside and renames it, so that a reader never sees half of it.
fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let aside = path.with_extension("tmp");
    std::fs::write(&aside, text)?;
    std::fs::rename(&aside, path)
}
