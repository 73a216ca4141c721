//! How many connections are held open, so that nobody takes them all.

use super::Network;
use anyhow::bail;
use std::{net::IpAddr, time::Duration};

/// The limits of connections.
#[derive(Clone, Debug)]
pub struct Connections {
    /// So many are held open at once; further ones wait a moment for a place, and are then answered that there is none.
    pub at_once: usize,
    /// So many of one address; further ones are answered that there is no place.
    pub per_address: usize,
    /// Who may hold any number: proxies, which bring everybody's connections.
    pub spared: Vec<Network>,
    /// How long the head of a request may take, and how long a connection may be unused.
    pub silence: Duration,
}

/// Longer than the minute after which proxies let an unused connection go: whoever closes first must not be the one who is just
/// being asked.
const USUAL_SILENCE: Duration = Duration::from_secs(75);

impl Connections {
    pub(super) fn of(at_once: Option<usize>, per_address: Option<usize>, proxies: &[Network]) -> anyhow::Result<Self> {
        let (at_once, per_address) = (at_once.unwrap_or(1_000), per_address.unwrap_or(256));
        if at_once < 10 || per_address < 10 {
            bail!("At least 10 connections must be possible, also from one address: a browser alone opens several.");
        }
        // A proxy on this machine is not always named, and whoever is on this machine already has better ways to stop the server.
        let mut spared = vec!["127.0.0.0/8".parse()?, "::1".parse()?];
        spared.extend_from_slice(proxies);
        // More than a semaphore counts is as good as no limit.
        Ok(Self { at_once: at_once.min(1_000_000), per_address, spared, silence: USUAL_SILENCE })
    }

    /// Whether this address may hold any number.
    pub fn spares(&self, address: IpAddr) -> bool {
        self.spared.iter().any(|network| network.contains(address))
    }
}
