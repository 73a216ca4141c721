//! Hearing that something changed. One stream for all islands of a page, open only while its tab is in sight: browsers allow few
//! connections to one host, and what nobody sees need not be live. Where there are shared workers, the stream that is opened here is one
//! for all windows of the session (`build/boot.js`, `build/live.js`).

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::{document, set_timeout, window};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use super::live_refresh;
use crate::domain::live::{ENDED, OVER, Topic};

/// How long to wait before a stream that was refused is tried again.
const TRY_AGAIN: Duration = Duration::from_mins(1);

type Listener = Rc<dyn Fn(&[Topic])>;

#[derive(Default)]
struct Stream {
    source: Option<EventSource>,
    listeners: Vec<Listener>,
    is_over: bool,
}

thread_local! {
    static STREAM: RefCell<Stream> = RefCell::default();
}

/// Calls this whenever something changes that concerns the person, and whenever the stream begins anew, because something may have
/// changed while nobody listened.
pub fn on_change(hear: impl Fn(&[Topic]) + 'static) {
    let is_first = STREAM.with_borrow_mut(|stream| {
        stream.listeners.push(Rc::new(hear));
        stream.listeners.len() == 1
    });
    if is_first {
        follow_sight();
        open();
    }
}

/// Passes topics on to every listener, as if the stream had said them.
pub fn tell(topics: &[Topic]) {
    let listeners = STREAM.with_borrow(|stream| stream.listeners.clone());
    for listener in listeners {
        listener(topics);
    }
}

fn open() {
    let wanted = STREAM.with_borrow(|stream| stream.source.is_none() && !stream.is_over);
    if !wanted || document().hidden() {
        return;
    }
    let Ok(source) = EventSource::new("/events") else { return };
    listen(&source, "open", |_| tell(&[Topic::Bell]));
    listen(&source, "changed", |event| {
        let words = event.data().as_string().unwrap_or_default();
        let topics: Vec<Topic> = words.split(' ').filter_map(|word| word.parse().ok()).collect();
        tell(&topics);
    });
    listen(&source, OVER, |event| {
        STREAM.with_borrow_mut(|stream| stream.is_over = true);
        close();
        leave(&event.data().as_string().unwrap_or_default());
    });
    let broken = source.clone();
    listen(&source, "error", move |_| {
        // A stream that only broke comes again by itself; one that was refused does not.
        if broken.ready_state() == EventSource::CLOSED {
            close();
            set_timeout(open, TRY_AGAIN);
        }
    });
    STREAM.with_borrow_mut(|stream| stream.source = Some(source));
}

/// The session is over: the page goes, with what stands on it, and the portal asks for signing in. Only when time ended the session, a
/// page in which somebody typed stays: sending its form asks them to sign in, and keeps what they typed.
fn leave(why: &str) {
    if why != ENDED && live_refresh::is_typed_in() {
        return;
    }
    live_refresh::ask_anew();
}

fn close() {
    if let Some(source) = STREAM.with_borrow_mut(|stream| stream.source.take()) {
        source.close();
    }
}

fn listen(source: &EventSource, event: &str, hear: impl Fn(MessageEvent) + 'static) {
    let hear = Closure::<dyn Fn(MessageEvent)>::new(hear);
    // The page lives as long as its listeners; a browser that takes none leaves the page as it was loaded.
    let _ = source.add_event_listener_with_callback(event, hear.as_ref().unchecked_ref());
    hear.forget();
}

fn follow_sight() {
    let seen = Closure::<dyn Fn()>::new(|| if document().hidden() { close() } else { open() });
    let _ = document().add_event_listener_with_callback("visibilitychange", seen.as_ref().unchecked_ref());
    seen.forget();
    let left = Closure::<dyn Fn()>::new(close);
    let _ = window().add_event_listener_with_callback("pagehide", left.as_ref().unchecked_ref());
    left.forget();
    let back = Closure::<dyn Fn()>::new(open);
    let _ = window().add_event_listener_with_callback("pageshow", back.as_ref().unchecked_ref());
    back.forget();
}
