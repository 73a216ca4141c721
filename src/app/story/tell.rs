//! Telling it, from the first day to the present.

use zeroize::Zeroizing;

use super::{
    agenda::Agenda,
    cast::{CAST, ORGANIZATION, TIME_ZONE, user_principal_name},
    crowd::Crowd,
    ending,
    everyday::Everyday,
    plot,
    sample_directory::load_sample_directory,
    stage::{PASSWORD, Stage, desk},
};
use crate::{
    app::{
        App, AppError, AppResult, Caller,
        crypto::TypedPassword,
        ports::TestClock,
        profile::TypedProfile,
        set_up::{SetUp, open_set_up, set_up},
    },
    domain::time::{Instant, Span},
};

/// How many days the story takes.
const DAYS: i64 = 182;
/// How long before the present everyday life stops: by then everything that it began is over.
const LAST_HOURS: Span = Span::hours(36);

/// What to tell. With nothing but the cast, everything else is nought.
#[derive(Clone, Copy, Debug)]
pub struct Telling {
    /// The same seed tells the same story.
    pub seed: u64,
    /// The present.
    pub until: Instant,
    /// At least so many people.
    pub people: usize,
    /// At least so many assignments, eligible and active.
    pub assignments: usize,
    /// At least so many rows of audit.
    pub audit_rows: i64,
    /// How many of the crowd can sign in.
    pub signing_in: usize,
}

/// Somebody to sign in as.
#[derive(Clone)]
pub struct Persona {
    /// Their name.
    pub name: String,
    /// What they do.
    pub about: &'static str,
    /// What they sign in with.
    pub user_principal_name: String,
    /// Their password.
    pub password: &'static str,
    /// What their device holds, in base32.
    pub secret: Zeroizing<String>,
}

/// The days of the story.
#[derive(Clone, Copy, Debug)]
pub struct Calendar {
    midnight: Instant,
    until: Instant,
}

impl Calendar {
    fn until(until: Instant) -> Self {
        let first = until.minus(Span::days(DAYS));
        let past_midnight = first.millis().rem_euclid(Span::days(1).millis());
        Self { midnight: first.minus(Span::from_millis(past_midnight)), until }
    }

    /// A moment of a day, which are counted from nought, in UTC.
    pub fn at(self, day: i64, hour: i64, minute: i64) -> Instant {
        self.midnight.plus(Span::days(day)).plus(Span::hours(hour)).plus(Span::minutes(minute))
    }

    /// So many days after the present, or before it.
    pub fn after_now(self, days: i64) -> Instant {
        self.until.plus(Span::days(days))
    }

    /// The present.
    pub fn now(self) -> Instant {
        self.until
    }

    /// Saturdays and Sundays. The first day of 1970 was a Thursday.
    pub fn is_weekend(self, day: i64) -> bool {
        let days = self.at(day, 0, 0).millis().div_euclid(Span::days(1).millis());
        matches!((days + 4).rem_euclid(7), 0 | 6)
    }
}

/// Tells the story on an empty portal, whose clock it moves from half a year ago to the present; answers with whom to sign in as.
pub async fn tell(app: &App, clock: &TestClock, telling: Telling) -> AppResult<Vec<Persona>> {
    let calendar = Calendar::until(telling.until);
    clock.set(calendar.at(0, 7, 0));
    let mut stage = Stage::new(app, clock, telling.seed)?;
    open(&mut stage).await?;
    let mut crowd = Crowd::gather(&mut stage, calendar, telling).await?;

    let mut agenda = Agenda::default();
    plot::plan(&mut agenda, calendar);
    ending::plan(&mut agenda, calendar.now());
    let mut everyday = Everyday::default();
    for day in 2..=DAYS {
        let tomorrow = calendar.at(day + 1, 0, 0);
        if tomorrow < calendar.now().minus(LAST_HOURS) {
            everyday.plan(&mut agenda, &stage.chance, calendar, day);
            agenda.play_until(&mut stage, tomorrow).await?;
            crowd.live(&mut stage, telling.audit_rows * day / DAYS).await?;
        }
    }
    crowd.live(&mut stage, telling.audit_rows).await?;
    agenda.play_until(&mut stage, calendar.now()).await?;
    crowd.wait(&mut stage).await?;
    stage.advance_to(calendar.now()).await?;
    Ok(personas(&stage))
}

/// Ada sets the portal up, loads everybody else, and each of them signs in for the first time.
async fn open(stage: &mut Stage<'_>) -> AppResult<()> {
    const LOST: AppError = AppError::Broken("the told story");
    let first = CAST.first().ok_or(LOST)?;
    let upn = user_principal_name(first.login);
    let code = open_set_up(stage.app).await?.ok_or(LOST)?;
    let ask = SetUp {
        code: &code,
        organization: ORGANIZATION,
        time_zone: TIME_ZONE,
        profile: TypedProfile { display_name: first.name, user_principal_name: &upn, mail: "", notification_mail: "" },
        password: TypedPassword::new(PASSWORD),
        address: desk(&upn),
        user_agent: "",
        trace: &stage.trace(),
    };
    let signed_in = set_up(stage.app, ask).await?;
    let caller = Caller { user: signed_in.user.clone(), session: None, verified_at: None, trace: stage.trace() };
    let secret = stage.enrol(&caller).await?;
    stage.enter(first.login, signed_in.user, &upn, secret);

    stage.clock.advance(Span::minutes(5));
    let caller = stage.caller(first.login).await?;
    let sample = load_sample_directory(stage.app, &caller).await?;
    stage.principals.extend(sample.people.iter().map(|(login, id)| ((*login).to_owned(), id.into())));
    stage.principals.extend(sample.groups.iter().map(|(name, id)| ((*name).to_owned(), id.into())));
    for character in CAST.iter().skip(1) {
        stage.clock.advance(Span::minutes(7));
        stage.arrive(first.login, character.login).await?;
    }
    Ok(())
}

fn personas(stage: &Stage<'_>) -> Vec<Persona> {
    let mut personas = Vec::new();
    for (login, player) in &stage.players {
        let known = CAST.iter().find(|character| character.login == login);
        personas.push(Persona {
            name: known.map_or_else(|| login.clone(), |character| character.name.to_owned()),
            about: known.map_or("One of the crowd", |character| character.about),
            user_principal_name: player.upn.clone(),
            password: PASSWORD,
            secret: Zeroizing::new(player.secret.as_typed().replace(' ', "")),
        });
    }
    let place =
        |persona: &Persona| CAST.iter().position(|character| character.name == persona.name).unwrap_or(CAST.len());
    personas.sort_by_key(place);
    personas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_a_midnight_half_a_year_ago() {
        let calendar = Calendar::until(Instant::from_millis(1_800_000_000_000)); // 2027-01-15T08:00:00Z, a Friday
        assert_eq!(calendar.at(DAYS, 8, 0), calendar.now());
        assert!(!calendar.is_weekend(DAYS) && calendar.is_weekend(DAYS + 1) && calendar.is_weekend(DAYS + 2));
        assert!(!calendar.is_weekend(DAYS + 3));
    }
}
