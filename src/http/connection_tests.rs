//! Connections that are slow, or too many, at a real listener.

use super::{
    answering::read_form,
    guard::slow::within,
    serve::serve,
    tests::{everything, front},
};
use crate::{
    config::Connections,
    http::{assemble, reserve},
    ui::visit::Arrival,
};
use axum::{
    body::Body,
    http::{HeaderMap, StatusCode},
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

const ASK: &[u8] = b"GET /roles/7 HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n\r\n";

/// A portal behind a listener with these limits; it stops when it is told to.
async fn listening(at_once: usize, per_address: usize) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    patient(at_once, per_address, Duration::from_millis(300)).await
}

/// The same with this patience.
async fn patient(
    at_once: usize,
    per_address: usize,
    silence: Duration,
) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let front = front("http://127.0.0.1:3000").await;
    let app = front.app.clone();
    let router = assemble(front, everything());
    let limits = Connections { at_once, per_address, spared: Vec::new(), silence };
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(serve(listener, router, reserve(app, false), limits, async move {
        let _ = stopped.await;
    }));
    (address, stop, serving)
}

/// A connection that has been answered once, and is kept.
async fn guest(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(ASK).await.unwrap();
    let mut start = [0; 15];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    stream
}

/// Everything that comes until the portal closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // Closed with something unread is closed all the same.
    let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut text)).await.expect("it stays open");
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn whoever_says_nothing_or_stops_half_way_is_not_waited_for() {
    let (address, _stop, _serving) = listening(10, 10).await;
    for begun in [&b""[..], b"GET /roles/7 HTTP/1.1\r\nHost: 127"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(begun).await.unwrap();
        assert!(!rest(&mut stream).await.contains("200 OK"));
    }
}

#[tokio::test]
async fn whoever_does_not_read_their_answers_is_not_waited_for() {
    let (address, _stop, _serving) = listening(10, 10).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    // More answers than the kernel holds for both ends, of which nothing is read.
    let asked = async {
        loop {
            if stream.write_all(ASK).await.is_err() {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asked).await.expect("it stays open");
}

#[tokio::test]
async fn one_address_does_not_take_every_place() {
    let (address, _stop, _serving) = listening(10, 2).await;
    let (first, _second) = (guest(address).await, guest(address).await);
    let mut third = TcpStream::connect(address).await.unwrap();
    let _ = third.write_all(ASK).await;
    let told = rest(&mut third).await;
    assert!(told.starts_with("HTTP/1.1 503") && told.contains("retry-after: 5"), "{told}");
    drop(first);
    for _ in 0..100 {
        let mut next = TcpStream::connect(address).await.unwrap();
        let _ = next.write_all(ASK).await;
        let mut start = [0; 15];
        if next.read_exact(&mut start).await.is_ok() && &start == b"HTTP/1.1 200 OK" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("a place that was given back stays taken");
}

/// Whoever takes every place does not take those of the probes, and cannot take the reserve either.
#[tokio::test]
async fn probes_are_answered_when_every_place_is_taken() {
    let (address, _stop, _serving) = patient(10, 10_000, Duration::from_mins(1)).await;
    let mut guests = Vec::new();
    for _ in 0..10 {
        guests.push(guest(address).await);
    }
    let keep_up = async {
        let mut more = Vec::new();
        loop {
            let mut slow = TcpStream::connect(address).await.unwrap();
            let _ = slow.write_all(b"GET /roles/7 HTTP/1.1\r\nHost: 127").await;
            more.push(slow);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let probed = async {
        // The tenth place is waited for once, and then not any more.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        for (path, word) in [("/healthz", "alive"), ("/readyz", "ready"), ("/roles/7", "Too many connections")] {
            for _ in 0..20 {
                let mut probe = TcpStream::connect(address).await.unwrap();
                probe.write_all(format!("GET {path} HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n").as_bytes()).await.unwrap();
                let told = tokio::time::timeout(Duration::from_secs(1), rest(&mut probe)).await.expect("it takes long");
                assert!(told.contains(word), "{path}: {told}");
                assert!(told.contains("x-content-type-options: nosniff"), "{told}");
            }
        }
    };
    tokio::select! {
        () = keep_up => {}
        () = probed => {}
    }
    assert_eq!(guests.len(), 10, "they hold their places until here");
}

#[tokio::test]
async fn a_stop_lets_nobody_in_and_ends_unused_connections() {
    let (address, stop, serving) = listening(10, 10).await;
    let mut unused = guest(address).await;
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(10), serving).await.expect("it does not end").unwrap();
    rest(&mut unused).await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_form_that_takes_too_long_is_refused_with_a_sentence() {
    let begun = futures::stream::once(async { Ok::<_, std::io::Error>("ticket=1") });
    let endless = Body::from_stream(futures::StreamExt::chain(begun, futures::stream::pending()));
    let read = read_form(&HeaderMap::new(), within(endless, Duration::from_millis(20))).await;
    let front = front("http://127.0.0.1:3000").await;
    let arrival = Arrival {
        request_id: Arc::from("id"),
        nonce: Arc::from("nonce"),
        now: front.app.now(),
        address: None,
        user_agent: Arc::from(""),
        theme: crate::ui::theme::Theme::default(),
        secure: false,
    };
    let Err(unreadable) = read else { panic!("it was read") };
    assert_eq!(unreadable.answer(&front, &arrival).status(), StatusCode::REQUEST_TIMEOUT);
    let quick = within(Body::from("ticket=1"), Duration::from_millis(20));
    assert!(read_form(&HeaderMap::new(), quick).await.is_ok_and(|form| form.has("ticket")));
}
