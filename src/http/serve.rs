//! Connections: how many at once, how long a head may take, and a stop that finishes what it began.

use crate::{config::Connections, domain::throttle::household};
use axum::{Router, extract::connect_info::IntoMakeServiceWithConnectInfo};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
    service::TowerToHyperService,
};
use socket2::SockRef;
use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tower::Service as _;

/// How long to wait when the machine gives no more connections, before asking again.
const BREATH: Duration = Duration::from_millis(200);

/// Serves every connection until `stopping` comes back. Then no more are taken, and it comes back itself when everything that was on
/// its way is answered.
pub async fn serve(listener: TcpListener, router: Router, limits: Connections, stopping: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(limits.at_once));
    let crowd = Arc::new(Crowd::default());
    let graceful = GracefulShutdown::new();
    let mut service = router.into_make_service_with_connect_info::<SocketAddr>();
    let mut stopping = std::pin::pin!(stopping);
    loop {
        let (stream, peer, place) = tokio::select! {
            () = &mut stopping => break,
            Some(arrived) = next(&listener, &places) => arrived,
        };
        let address = household(peer.ip());
        let most = if limits.spares(peer.ip()) { usize::MAX } else { limits.per_address };
        let Some(guest) = Crowd::enter(&crowd, address, most) else {
            tracing::debug!(%address, "one address holds too many connections; another one was not taken");
            continue;
        };
        answer(&mut service, stream, peer, &limits, graceful.watcher(), (place, guest)).await;
    }
    drop(listener);
    graceful.shutdown().await;
}

/// The next connection, when there is a place for it.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return Some((stream, peer, place)),
            Err(error) => {
                // The browser went away already, or the machine has no more files to give: neither is for ever.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

/// Answers what comes over one connection, on a task of its own. What it `keeps` is given back at its end.
async fn answer(
    service: &mut IntoMakeServiceWithConnectInfo<Router, SocketAddr>,
    stream: TcpStream,
    peer: SocketAddr,
    limits: &Connections,
    watcher: Watcher,
    keeps: impl Send + 'static,
) {
    let Ok(service) = service.call(peer).await;
    let silence = limits.silence;
    // Whoever does not read their answer is not waited for either: what the kernel cannot hand over in this time ends the connection.
    if let Err(error) = SockRef::from(&stream).set_tcp_user_timeout(Some(silence)) {
        tracing::debug!(%error, "a connection goes without a limit for reading its answers");
    }
    tokio::spawn(async move {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(silence)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection broke off");
        }
        drop(keeps);
    });
}

/// How many connections each address holds.
#[derive(Default)]
struct Crowd(Mutex<HashMap<IpAddr, usize>>);

/// One connection of an address; dropped with it.
struct Guest {
    crowd: Arc<Crowd>,
    address: IpAddr,
}

impl Crowd {
    fn enter(crowd: &Arc<Self>, address: IpAddr, most: usize) -> Option<Guest> {
        let mut held = crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        drop(held);
        Some(Guest { crowd: Arc::clone(crowd), address })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut held = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.address);
            }
        }
    }
}
