//! What stands around a page: who is signed in, and where they can go.

use super::{answer::Fault, visit::Visit};

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
        let mut words = self.display_name.split_whitespace();
        let first = words.next().and_then(|word| word.chars().next());
        let last = words.next_back().and_then(|word| word.chars().next());
        [first, last].into_iter().flatten().flat_map(char::to_uppercase).collect()
    }
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
    needs: Option<&'static str>,
}

/// The navigation, in the order it is shown. A new screen is one line here.
const PLACES: &[Place] = &[Place { group: None, label: "Overview", href: "/", icon: "home", needs: None }];

/// Gathers what stands around the page of this visit.
pub async fn load(visit: &Visit) -> Result<Chrome, Fault> {
    let person = visit.caller.as_ref().map(|caller| Person {
        display_name: caller.display_name.to_string(),
        user_principal_name: caller.user_principal_name.to_string(),
    });
    let mut groups: Vec<NavGroup> = Vec::new();
    let open =
        |place: &&Place| place.needs.is_none_or(|name| visit.caller.as_ref().is_some_and(|caller| caller.may(name)));
    for place in PLACES.iter().filter(open) {
        let entry = NavEntry { label: place.label, href: place.href, icon: place.icon, count: None };
        match groups.last_mut() {
            Some(group) if group.label == place.group => group.entries.push(entry),
            _ => groups.push(NavGroup { label: place.group, entries: vec![entry] }),
        }
    }
    Ok(Chrome { organization: "Ostiary".to_owned(), person, groups, unread: 0 })
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
