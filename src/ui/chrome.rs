//! What stands around a page: who is signed in, and where they can go.

use super::{answer::Fault, visit::Visit};
use crate::app::around_page::around_page;
use crate::app::viewer::Viewer;
use crate::domain::access::Permission;
use crate::domain::name::comparison_key;

/// One entry of the navigation.
#[derive(Clone, Debug)]
pub struct NavEntry {
    /// What it says.
    pub label: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// Its symbol.
    pub icon: &'static str,
    /// How many things wait there.
    pub count: Option<u64>,
}

/// Entries under one heading.
#[derive(Clone, Debug)]
pub struct NavGroup {
    /// The heading; the first group has none.
    pub label: Option<&'static str>,
    /// The entries.
    pub entries: Vec<NavEntry>,
}

/// The signed-in person in the top bar.
#[derive(Clone, Debug)]
pub struct Person {
    /// The name people know them by.
    pub display_name: String,
    /// The name they sign in with.
    pub user_principal_name: String,
}

impl Person {
    /// The first letters of the first and the last name.
    pub fn initials(&self) -> String {
        initials(&self.display_name)
    }
}

/// The first letters of the first and the last word of a name.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    [first, last].into_iter().flatten().flat_map(char::to_uppercase).collect()
}

/// Everything around a page.
#[derive(Clone, Debug)]
pub struct Chrome {
    /// Whose portal it is; in the browser's title.
    pub organization: String,
    /// Who is signed in.
    pub person: Option<Person>,
    /// Where they can go.
    pub groups: Vec<NavGroup>,
    /// How many notifications they have not read.
    pub unread: u64,
}

/// What an entry of the navigation is before anybody asked who is looking.
struct Place {
    group: Option<&'static str>,
    label: &'static str,
    href: &'static str,
    icon: &'static str,
    needs: Option<Permission>,
    counts: Counts,
}

/// What the number beside an entry counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counts {
    Nothing,
    MyPending,
    ToDecide,
}

const fn place(group: &'static str, label: &'static str, href: &'static str, icon: &'static str) -> Place {
    Place { group: Some(group), label, href, icon, needs: None, counts: Counts::Nothing }
}

impl Place {
    const fn needs(mut self, permission: Permission) -> Self {
        self.needs = Some(permission);
        self
    }

    const fn counts(mut self, counts: Counts) -> Self {
        self.counts = counts;
        self
    }
}

/// The navigation, in the order it is shown. A new screen is one line here.
const PLACES: &[Place] = &[
    Place { group: None, label: "Overview", href: "/", icon: "overview", needs: None, counts: Counts::Nothing },
    place("Tasks", "My roles", "/my-roles", "my-roles"),
    place("Tasks", "My requests", "/my-requests", "my-requests").counts(Counts::MyPending),
    place("Tasks", "Approve requests", "/approve-requests", "approve").counts(Counts::ToDecide),
    place("Manage", "Roles", "/roles", "roles").needs(Permission::ReadRoles),
    place("Manage", "Assignments", "/assignments", "assignments").needs(Permission::ReadAssignments),
    place("Manage", "Settings", "/settings", "settings").needs(Permission::ReadRoles),
    place("Manage", "Users", "/users", "users").needs(Permission::ReadPeople),
    place("Manage", "Groups", "/groups", "groups").needs(Permission::ReadPeople),
    place("Manage", "Mail", "/mail", "mail").needs(Permission::ManageMail),
    place("Activity", "Resource audit", "/resource-audit", "audit").needs(Permission::ReadAudit),
    place("Activity", "My audit", "/my-audit", "my-audit"),
    place("Activity", "Health", "/health", "clock").needs(Permission::ReadHealth),
];

/// A page that the search can find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Findable {
    /// What it is called.
    pub label: &'static str,
    /// Where it stands.
    pub group: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// Its symbol.
    pub icon: &'static str,
}

/// Pages outside of the navigation.
const ELSEWHERE: [Findable; 3] = [
    Findable { label: "Notifications", group: "The bell", href: "/notifications", icon: "bell" },
    Findable { label: "Security", group: "Your menu", href: "/security", icon: "shield" },
    Findable { label: "Theme", group: "Your menu", href: "/theme", icon: "sun" },
];

/// The pages that this person can go to and whose names contain the text.
pub fn find_pages(viewer: &Viewer, key: &str) -> Vec<Findable> {
    let places = PLACES.iter().filter(|place| place.needs.is_none_or(|needs| viewer.standing.holds(needs)));
    let places = places.map(|place| Findable {
        label: place.label,
        group: place.group.unwrap_or("Page"),
        href: place.href,
        icon: place.icon,
    });
    places.chain(ELSEWHERE).filter(|page| comparison_key(page.label).contains(key)).collect()
}

/// Gathers what stands around the page of this visit.
pub async fn load(visit: &Visit) -> Result<Chrome, Fault> {
    let around = around_page(&visit.app, visit.viewer.as_ref(), visit.now()).await?;
    let person = visit.viewer.as_ref().map(|viewer| Person {
        display_name: viewer.display_name.clone(),
        user_principal_name: viewer.user_principal_name.clone(),
    });
    let mut groups: Vec<NavGroup> = Vec::new();
    let Some(viewer) = &visit.viewer else {
        return Ok(Chrome { organization: around.organization, person, groups, unread: 0 });
    };
    for place in PLACES.iter().filter(|place| place.needs.is_none_or(|needs| viewer.standing.holds(needs))) {
        let count = match place.counts {
            Counts::Nothing => None,
            Counts::MyPending => Some(around.waiting.mine),
            Counts::ToDecide => Some(around.waiting.to_decide()),
        };
        let count = count.filter(|count| *count > 0);
        let entry = NavEntry { label: place.label, href: place.href, icon: place.icon, count };
        match groups.last_mut() {
            Some(group) if group.label == place.group => group.entries.push(entry),
            _ => groups.push(NavGroup { label: place.group, entries: vec![entry] }),
        }
    }
    Ok(Chrome { organization: around.organization, person, groups, unread: around.unread })
}

#[cfg(test)]
mod tests {
    use super::Person;

    #[test]
    fn initials_come_from_the_first_and_the_last_name() {
        let initials = |name: &str| Person { display_name: name.into(), user_principal_name: String::new() }.initials();
        assert_eq!(initials("Bo Lindqvist"), "BL");
        assert_eq!(initials("maria de la cruz"), "MC");
        assert_eq!(initials("Plato"), "P");
        assert_eq!(initials(""), "");
    }
}
