//! Connections: how many at once, how long a head may take, a reserve for probes, and a stop that finishes what it began.

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
    collections::{HashMap, VecDeque},
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::AbortHandle,
};
use tower::Service as _;

/// How long to wait when the machine gives no more connections, before asking again.
const BREATH: Duration = Duration::from_millis(200);

/// How long the next connection waits for a place, when all are taken; then those that come are taken to the reserve.
const RUSH: Duration = Duration::from_secs(1);

/// So many connections are held besides, when all places are taken: for whoever asks whether the server is alive. When there are more,
/// the oldest of them goes, so that nobody can hold these places.
const RESERVE: usize = 32;

/// How long a head may take in the reserve.
const RESERVE_SILENCE: Duration = Duration::from_secs(2);

/// Serves every connection until `stopping` comes back. Then no more are taken, and it comes back itself when everything that was on
/// its way is answered. When there is no place for a connection, it is answered by `reserve`, which is small and quick.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    reserve: Router,
    limits: Connections,
    stopping: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(limits.at_once));
    let crowd = Arc::new(Crowd::default());
    let graceful = GracefulShutdown::new();
    let mut service = router.into_make_service_with_connect_info::<SocketAddr>();
    let mut reserve = Reserve { router: reserve, tasks: VecDeque::new() };
    let mut is_full = false;
    let mut stopping = std::pin::pin!(stopping);
    loop {
        let (stream, peer, place) = tokio::select! {
            () = &mut stopping => break,
            arrived = next(&listener, &places, is_full) => arrived,
        };
        is_full = place.is_none();
        let Some(place) = place else {
            reserve.answer(stream);
            continue;
        };
        let address = household(peer.ip());
        let most = if limits.spares(peer.ip()) { usize::MAX } else { limits.per_address };
        let Some(guest) = Crowd::enter(&crowd, address, most) else {
            tracing::debug!(%address, "one address holds too many connections; another one has no place");
            reserve.answer(stream);
            continue;
        };
        answer(&mut service, stream, peer, &limits, graceful.watcher(), (place, guest)).await;
    }
    drop(listener);
    graceful.shutdown().await;
}

/// The next connection, with a place for it if there is one. When there was none for the last one either, it is not waited for.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    is_full: bool,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    let place = if is_full {
        None
    } else {
        tokio::time::timeout(RUSH, Arc::clone(places).acquire_owned()).await.ok().and_then(Result::ok)
    };
    loop {
        match listener.accept().await {
            // One may have been given back while nobody came.
            Ok((stream, peer)) => return (stream, peer, place.or_else(|| Arc::clone(places).try_acquire_owned().ok())),
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

/// Connections for which there was no place, the oldest first.
struct Reserve {
    router: Router,
    tasks: VecDeque<AbortHandle>,
}

impl Reserve {
    /// Answers one request of the connection, quickly or not at all.
    fn answer(&mut self, stream: TcpStream) {
        self.tasks.retain(|task| !task.is_finished());
        if self.tasks.len() >= RESERVE
            && let Some(oldest) = self.tasks.pop_front()
        {
            oldest.abort();
        }
        let service = TowerToHyperService::new(self.router.clone());
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(RESERVE_SILENCE)
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), service);
        let task = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection of the reserve broke off");
            }
        });
        self.tasks.push_back(task.abort_handle());
    }
}

impl Drop for Reserve {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
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
