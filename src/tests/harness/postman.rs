//! Somebody who takes mails in a test, and does with them what the test says.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use ostiary::app::mailer::{Failure, Mailer, Outgoing};

type Answer = Box<dyn Fn(&Outgoing) -> Result<String, Failure> + Send + Sync>;

/// Keeps every message that it takes.
pub struct Postman {
    answer: Answer,
    took: Mutex<Vec<Outgoing>>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    pause: Duration,
}

impl Postman {
    /// One who takes everything.
    pub fn willing() -> Arc<Self> {
        Self::who(|_| Ok("250 ok".to_owned()))
    }

    /// One who answers so.
    pub fn who(answer: impl Fn(&Outgoing) -> Result<String, Failure> + Send + Sync + 'static) -> Arc<Self> {
        Self::slow(Duration::ZERO, answer)
    }

    /// One who takes so long over each message.
    pub fn slow(
        pause: Duration,
        answer: impl Fn(&Outgoing) -> Result<String, Failure> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            answer: Box::new(answer),
            took: Mutex::default(),
            at_once: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
            pause,
        })
    }

    /// What was taken, in its order.
    pub fn took(&self) -> Vec<Outgoing> {
        self.took.lock().unwrap().clone()
    }

    /// The local parts of the addresses of what was taken with this in its subject, in alphabetical order.
    pub fn took_about(&self, subject: &str) -> Vec<String> {
        let about = self.took().into_iter().filter(|message| message.subject.contains(subject));
        let mut to: Vec<_> = about.map(|message| message.to.as_str().split('@').next().unwrap().to_owned()).collect();
        to.sort();
        to
    }

    /// How often each message was taken.
    pub fn times(&self) -> BTreeMap<String, usize> {
        let mut times = BTreeMap::new();
        for message in self.took() {
            *times.entry(message.message).or_default() += 1;
        }
        times
    }

    /// The most messages that were on their way at once.
    pub fn most_at_once(&self) -> usize {
        self.most_at_once.load(Ordering::SeqCst)
    }
}

impl Mailer for Postman {
    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Result<String, Failure>> {
        Box::pin(async move {
            let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_at_once.fetch_max(now, Ordering::SeqCst);
            let answer = (self.answer)(message);
            if answer.is_ok() {
                self.took.lock().unwrap().push(message.clone());
            }
            tokio::time::sleep(self.pause).await;
            self.at_once.fetch_sub(1, Ordering::SeqCst);
            answer
        })
    }
}
