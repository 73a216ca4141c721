//! Looking at what is: access, requests, mails, notices, the audit.

use ostiary::{
    app::verify_audit::{Verdict, verify_audit},
    domain::{
        audit::{Activity, Event},
        ids::{RequestId, RoleId, UserId},
        request::Status,
        schedule::{Assignment, AssignmentType},
        seal::Sealed,
    },
    store::{
        self,
        requests::{Decides, Request},
    },
};

use super::TestApp;

impl TestApp {
    /// True when the person has the access that the role gives, at this moment.
    pub async fn holds(&self, user: &UserId, role: &RoleId) -> bool {
        let mut db = self.store.read().await.unwrap();
        self.roles_held(&mut db, user, self.now()).await.unwrap().contains(role)
    }

    /// The person's activation of the role, in force or to come.
    pub async fn activation(&self, user: &UserId, role: &RoleId) -> Option<Assignment> {
        let mut db = self.store.read().await.unwrap();
        let found = store::assignments::find_of(&mut db, role, &user.into(), AssignmentType::Activated).await;
        found.unwrap().map(Sealed::into_unchecked)
    }

    /// A request as it is stored.
    pub async fn request(&self, id: &RequestId) -> Request {
        let mut db = self.store.read().await.unwrap();
        store::requests::find(&mut db, id).await.unwrap().unwrap().into_unchecked()
    }

    /// Where a request stands.
    pub async fn status(&self, id: &RequestId) -> Status {
        self.request(id).await.state.status()
    }

    /// How many requests wait for this person's decision, as the badge says.
    pub async fn to_decide(&self, user: &UserId) -> u64 {
        let (mut db, now) = (self.store.read().await.unwrap(), self.now());
        let (_, standing) = self.caller(user).standing(self, &mut db, now).await.unwrap();
        let decides = Decides {
            activations_of_nobody: standing.holds(ostiary::domain::access::Permission::ManageRequests),
            changes: false,
        };
        store::requests::count_waiting(user, decides, now).ask(&mut db).await.unwrap().activations
    }

    /// The whole audit trail.
    pub async fn events(&self) -> Vec<Event> {
        let mut db = self.store.read().await.unwrap();
        let rows = store::audit::list_from(&mut db, 0, 1_000_000).await.unwrap();
        rows.into_iter().map(|row| row.unwrap().event).collect()
    }

    /// The events of one request, as who did what.
    pub async fn steps(&self, request: &RequestId) -> Vec<(String, Activity)> {
        let events = self.events().await.into_iter().filter(|event| event.request.as_ref() == Some(request));
        events.map(|event| (event.actor_name, event.activity)).collect()
    }

    /// The last event, as "activity outcome subject: reason".
    pub async fn last_event(&self) -> String {
        let event = self.events().await.pop().unwrap();
        format!("{:?} {:?} {}: {}", event.activity, event.outcome, event.subject_name, event.reason)
    }

    /// The mails of one event that are queued, by the local part of the address they go to, in alphabetical order.
    pub async fn mails(&self, event: &str) -> Vec<String> {
        let statement = format!(
            "select coalesce(u.notification_mail, u.mail, o.address) as address from outbox o join mails m on m.id = o.mail_id \
             left join users u on u.id = o.user_id where m.event = '{event}' and o.state = 'Queued' order by 1"
        );
        let addresses = self.database.texts(&statement).await;
        addresses.iter().map(|address| address.split('@').next().unwrap().to_owned()).collect()
    }

    /// The words of the notices behind a person's bell, the oldest first.
    pub async fn notices(&self, user: &UserId) -> Vec<String> {
        self.database.texts(&format!("select kind from notices where user_id = '{user}' order by at, id")).await
    }

    /// Fails the test unless the whole audit trail is intact.
    pub async fn assert_intact(&self) {
        let rows = i64::try_from(self.events().await.len()).unwrap();
        assert_eq!(verify_audit(self).await.unwrap(), Verdict::Intact { rows });
    }
}
