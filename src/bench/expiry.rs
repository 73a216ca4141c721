//! `make bench-expiry`: so many assignments end at the same moment, while people read pages and ask for roles. How long until the books
//! are closed, and what anybody notices of it.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant as Stopwatch},
};

use anyhow::{Context as _, ensure};
use ostiary::{
    app::{
        crypto::{KeyFile, RowSeals},
        ports::{Clock as _, OsRandom, SystemClock, random_bytes},
        story::Persona,
    },
    domain::{
        activation::Ticket,
        ids::{PrincipalId, RequestId, RoleId, ScheduleId, UserId},
        request::{Action, Kind, State},
        role::PortalRole,
        schedule::{Assignment, AssignmentType, Term},
        seal::Place,
        time::{Instant, Span},
    },
    store::{self, Store, requests::Request},
};
use tokio::task::JoinSet;

use super::{
    browser::Browser,
    figures::{Table, Timings},
    pairs::eligible,
    portal::Portal,
};

/// Enough to write the assignments on a slow machine, to sign in, and for the worker to look round: it hears of none of them.
fn ahead(count: usize) -> Span {
    Span::seconds(60_i64.saturating_add(i64::try_from(count / 1_000).unwrap_or(i64::MAX)))
}
/// How long before the end the same is measured for comparison.
const QUIET: Duration = Duration::from_secs(10);
/// Longer than any worker should take.
const LONGEST: Duration = Duration::from_mins(15);

/// Measures it, on the database that was told before.
pub async fn measure(
    table: &mut Table,
    count: usize,
    url: &str,
    (data, key_file): (&Path, &Path),
    personas: &[Persona],
) -> anyhow::Result<()> {
    eprintln!("writing {count} assignments that end together ...");
    let end = SystemClock.now().plus(ahead(count));
    let store = Store::open(url).await?;
    let seals = KeyFile::open(key_file)?.keys().seals;
    let of_groups = write(&store, &seals, count, end).await?;
    table.line("Assignments that end together", format!("{count}, {of_groups} of them of groups"));
    store.close().await;

    let (portal, _) = Portal::start(data, key_file).await?;
    let few: Vec<Persona> = personas
        .iter()
        .filter(|persona| persona.about == "One of the crowd")
        .take(4)
        .chain(personas.iter().filter(|persona| persona.user_principal_name.starts_with("ada@")))
        .cloned()
        .collect();
    let people = super::sign_in(&portal, &few).await?;
    let ada = people.iter().find(|(persona, _)| persona.user_principal_name.starts_with("ada@")).context("ada")?;
    let crowd: Vec<&Browser> =
        people.iter().filter(|(persona, _)| persona.about == "One of the crowd").map(|(_, browser)| browser).collect();
    let one = *crowd.first().context("nobody of the crowd can sign in")?;
    let pages = [(one, "/my-roles"), (&ada.1, "/assignments"), (&ada.1, "/resource-audit"), (one, "/")];
    let left = Duration::from_millis(u64::try_from(end.since(SystemClock.now()).millis()).context("too late")?);
    tokio::time::sleep(left.saturating_sub(QUIET)).await;

    eprintln!("reading and writing as on a quiet day ...");
    let memory = portal.memory()?;
    let quiet = Load::begin(&pages, &crowd);
    let left = Duration::from_millis(u64::try_from(end.since(SystemClock.now()).millis()).unwrap_or(0));
    tokio::time::sleep(left).await;
    let (reading, writing) = quiet.end().await?;
    table.line("Quiet: page", reading.with_slowest());
    table.line("Quiet: ask for a role, withdraw it", writing.with_slowest());

    eprintln!("and while everything ends ...");
    let began = Stopwatch::now();
    let busy = Load::begin(&pages, &crowd);
    let store = Store::open(url).await?;
    let mut db = store.read().await?;
    while store::deadlines::next(&mut db).await?.is_some_and(|next| next <= SystemClock.now()) {
        ensure!(began.elapsed() < LONGEST, "it never ends");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = began.elapsed();
    drop(db);
    store.close().await;
    let (reading, writing) = busy.end().await?;
    #[expect(clippy::cast_precision_loss, reason = "a count of a few hundred thousand")]
    let rate = count as f64 / took.as_secs_f64();
    table.line("Until all are closed, recorded and told", format!("{:.1} s ({rate:.0}/s)", took.as_secs_f64()));
    table.line("Meanwhile: page", reading.with_slowest());
    table.line("Meanwhile: ask for a role, withdraw it", writing.with_slowest());
    table.line("Memory", format!("{memory} before, {} after, {} at most", portal.memory()?, portal.most_memory()?));
    Ok(())
}

/// Writes them as administrators would have, each person's under one request; a tenth of the roles of every group, too.
async fn write(store: &Store, seals: &RowSeals, count: usize, end: Instant) -> anyhow::Result<usize> {
    // The event that their seals name does not name them: what compares rows with the trail would not trust them.
    let place = Place::after(0, "");
    let mut tx = store.write().await?;
    // Not those that would make everybody an administrator of the portal.
    let roles = store::roles::list_all(&mut tx).await?.into_iter().map(|role| role.id);
    let roles: Vec<RoleId> = roles.filter(|role| PortalRole::of(role).is_none()).collect();
    let principals = store::principals::list_ids(&mut tx).await?;
    let by = UserId::parse(principals.iter().find(|(_, is_user)| *is_user).context("nobody is there")?.0.as_str())?;
    let (mut written, mut of_groups) = (0, 0);
    // Groups first, so that they are among them however few there are.
    let in_turn =
        principals.iter().filter(|(_, is_user)| !is_user).chain(principals.iter().filter(|(_, is_user)| *is_user));
    for (principal, is_user) in in_turn {
        let now = SystemClock.now();
        let request = request(principal, roles.first().context("no role")?, &by, now);
        let seal = seals.make(&request, place);
        store::requests::insert(&request, &seal).run(&mut tx).await?;
        let some = if *is_user { roles.len() } else { roles.len() / 10 };
        for role in roles.iter().take(some) {
            if written == count {
                break;
            }
            // What somebody could activate stays free to be asked for.
            if store::assignments::find_of(&mut tx, role, principal, AssignmentType::Assigned).await?.is_some()
                || store::eligibilities::find_of(&mut tx, role, principal).await?.is_some()
            {
                continue;
            }
            let assignment = Assignment {
                id: ScheduleId::make(now, random_bytes(&OsRandom)),
                role: role.clone(),
                principal: principal.clone(),
                assignment_type: AssignmentType::Assigned,
                activated_using: None,
                term: Term { starts_at: now, ends_at: Some(end) },
                created_at: now,
                request: request.id.clone(),
            };
            let seal = seals.make(&assignment, place);
            store::assignments::insert(&assignment, &by, &seal).run(&mut tx).await?;
            written += 1;
            of_groups += usize::from(!is_user);
        }
    }
    ensure!(written == count, "{} people have no room for so many: only {written}", principals.len());
    tx.commit().await?;
    ensure!(SystemClock.now() < end.minus(Span::seconds(40)), "writing them took too long");
    Ok(of_groups)
}

fn request(principal: &PrincipalId, role: &RoleId, by: &UserId, now: Instant) -> Request {
    Request {
        id: RequestId::make(now, random_bytes(&OsRandom)),
        action: Action::AdminAssign,
        kind: Kind::Assignment,
        role: role.clone(),
        principal: principal.clone(),
        requested_by: by.clone(),
        eligibility: None,
        schedule: None,
        justification: "Until the project ends".to_owned(),
        ticket: Ticket::default(),
        starts_at: Some(now),
        ends_at: None,
        duration_minutes: None,
        created_at: now,
        approval_required: false,
        state: State::Provisioned { approval: None },
    }
}

/// People who read and write until they are told to stop.
struct Load {
    is_over: Arc<AtomicBool>,
    readers: JoinSet<anyhow::Result<Timings>>,
    writers: JoinSet<anyhow::Result<Timings>>,
}

impl Load {
    fn begin(pages: &[(&Browser, &'static str)], crowd: &[&Browser]) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let mut load = Self { is_over, readers: JoinSet::new(), writers: JoinSet::new() };
        for (browser, path) in pages {
            load.readers.spawn(read((*browser).clone(), path, Arc::clone(&load.is_over)));
        }
        for browser in crowd.iter().take(2) {
            load.writers.spawn(write_on((*browser).clone(), Arc::clone(&load.is_over)));
        }
        load
    }

    async fn end(mut self) -> anyhow::Result<(Timings, Timings)> {
        self.is_over.store(true, Ordering::Relaxed);
        let (mut reading, mut writing) = (Timings::default(), Timings::default());
        while let Some(done) = self.readers.join_next().await {
            reading.merge(done??);
        }
        while let Some(done) = self.writers.join_next().await {
            writing.merge(done??);
        }
        Ok((reading, writing))
    }
}

async fn read(mut browser: Browser, path: &'static str, is_over: Arc<AtomicBool>) -> anyhow::Result<Timings> {
    let mut timings = Timings::default();
    while !is_over.load(Ordering::Relaxed) {
        let began = Stopwatch::now();
        let answer = browser.get(path).await?;
        timings.add(began.elapsed());
        ensure!(answer.status == 200, "{path} answers {}", answer.status);
        // People look at what they read.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(timings)
}

/// Asks for a role and withdraws it, again and again.
async fn write_on(mut browser: Browser, is_over: Arc<AtomicBool>) -> anyhow::Result<Timings> {
    let ids = eligible(&mut browser).await?;
    let id = ids.first().context("nobody is eligible")?;
    let mut timings = Timings::default();
    while !is_over.load(Ordering::Relaxed) {
        let began = Stopwatch::now();
        let form = [("duration", "1"), ("justification", "Planned work CHG-4711")];
        let asked = browser.post(&format!("/my-roles/activate?id={id}"), &form).await?;
        timings.add(began.elapsed());
        ensure!(asked.status == 303, "the portal answers {} to an activation", asked.status);
        let to = asked.location.unwrap_or_default();
        let (_, request) = to.split_once("request=").context("an activation leads to its request")?;
        let began = Stopwatch::now();
        let withdrawn = browser.post(&format!("/my-requests/{request}/cancel"), &[("justification", "")]).await?;
        timings.add(began.elapsed());
        ensure!(withdrawn.status == 303, "the portal answers {} to a withdrawal", withdrawn.status);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(timings)
}
