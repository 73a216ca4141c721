//! The first page: what waits for the person, what is on for them, what ends soon; and the figures, for those who look after it all.

use crate::app::around_page::waiting_on;
use crate::app::integrity::Stopped;
use crate::app::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::ids::RequestId;
use crate::domain::time::{Instant, Span};
use crate::store::assignment_lines::{LineCounts, SOON};
pub use crate::store::overview::Held;
use crate::store::{self, Db};

/// Over how long decisions are measured.
pub const DECISIONS: Span = Span::days(30);
/// The most that a list of the first page holds.
const LIST: i64 = 20;
/// The most of what is on now.
const ON_NOW: i64 = 8;

/// A request of the person that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub id: RequestId,
    /// The role's name.
    pub role_name: String,
    /// Where it stands, in a word or two.
    pub status: &'static str,
    /// Since when.
    pub since: Instant,
}

/// What the first page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// How many requests the person can decide.
    pub to_decide: u64,
    /// Their own requests that wait.
    pub waiting: Vec<Waiting>,
    /// What is on for them.
    pub active: Vec<Held>,
    /// What of theirs ends soon.
    pub ending: Vec<Held>,
    /// The figures; only for those who may see assignments.
    pub figures: Option<Figures>,
    /// The person would see figures after showing a second factor.
    pub figures_need_verification: bool,
    /// The person looks after mails, and no mail server is configured.
    pub no_mail_leaves: bool,
    /// The database was changed outside of Ostiary; only for those who may read how the server is.
    pub tampering: Option<Tampering>,
    /// The person can make others eligible, and nobody is yet: the portal is new.
    pub nobody_is_eligible: bool,
}

/// What somebody did to the database behind the portal's back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tampering {
    /// Why nothing is written any more, if it came to that.
    pub stopped: Option<Stopped>,
    /// How many rows give nothing.
    pub distrusted: usize,
}

/// The figures of the whole portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Requests that wait, and since when the oldest does; only for those who manage requests.
    pub waiting: Option<(u64, Option<Instant>)>,
    /// Active assignments, as the list of assignments counts them.
    pub active: u64,
    /// Activated roles that are on.
    pub on_now: u64,
    /// Eligible assignments, as the list of assignments counts them.
    pub eligible: u64,
    /// The median time from a request to its decision.
    pub median_decision: Option<Span>,
    /// Assignments that end soon, as the list of assignments counts them.
    pub ending: u64,
    /// What is on, the first to end first.
    pub list: Vec<Held>,
    /// How many activations began in each quarter of an hour.
    pub activations: Vec<(Instant, u64)>,
}

/// Gathers it. Activations are counted since `since`, which is where the page's chart begins.
pub async fn show_overview(app: &App, caller: &Caller, since: Instant) -> AppResult<Overview> {
    let now = app.now();
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    let user = &caller.user;
    let sees_figures = standing.permit(Permission::ReadAssignments).is_ok();
    let manages = standing.permit(Permission::ManageRequests).is_ok();
    let mut waiting = Vec::new();
    for request in store::requests::list_pending_of(&mut db, user).await? {
        let request = request.into_unchecked();
        let role = store::roles::find(&mut db, &request.role).await?;
        waiting.push(Waiting {
            id: request.id,
            role_name: role.map_or_else(|| "A role that is gone".to_owned(), |role| role.display_name),
            status: request.state.status().label(),
            since: request.created_at,
        });
    }
    let figures = if sees_figures { Some(figures(&mut db, manages, since, now).await?) } else { None };
    let tampering = Tampering { stopped: app.integrity().stopped(), distrusted: app.integrity().distrusted().len() };
    let is_untouched = tampering.stopped.is_none() && tampering.distrusted == 0;
    let is_new = figures.as_ref().is_some_and(|figures| figures.eligible == 0);
    Ok(Overview {
        no_mail_leaves: standing.holds(Permission::ManageMail) && app.post.mailer.is_none(),
        tampering: (!is_untouched && standing.holds(Permission::ReadHealth)).then_some(tampering),
        nobody_is_eligible: is_new && standing.permit(Permission::WriteAssignments).is_ok(),
        to_decide: waiting_on(user, &standing, now).ask(&mut db).await?.to_decide(),
        waiting,
        active: store::overview::list_active_of(&mut db, user, now, LIST).await?,
        ending: store::overview::list_ending_of(&mut db, user, now, now.plus(SOON), LIST).await?,
        figures,
        figures_need_verification: !sees_figures && standing.holds(Permission::ReadAssignments),
    })
}

async fn figures(db: &mut Db, manages: bool, since: Instant, now: Instant) -> AppResult<Figures> {
    use store::overview as count;
    // What the tabs of the list of assignments count, so that a figure and the place it leads to say the same.
    let LineCounts { eligible, active, ending, .. } = store::assignment_lines::count(None, "", now).ask(db).await?;
    Ok(Figures {
        waiting: if manages { Some(count::waiting(db, now).await?) } else { None },
        active,
        on_now: count::count_on_now(db, now).await?,
        eligible,
        median_decision: count::median_decision(db, now.minus(DECISIONS)).await?,
        ending,
        list: count::list_on_now(db, now, ON_NOW).await?,
        activations: count::activations_since(db, since).await?,
    })
}
