//! The cast: the people and groups of a small trading company.

/// What the company is called.
pub const ORGANIZATION: &str = "Northwind Traders";
/// Where it is.
pub const TIME_ZONE: &str = "Europe/Berlin";
/// What comes after the @; a domain that nobody can own.
pub const DOMAIN: &str = "northwind.example";

/// One of the cast.
#[derive(Clone, Copy, Debug)]
pub struct Character {
    /// What comes before the @; how the story calls them.
    pub login: &'static str,
    /// Their name.
    pub name: &'static str,
    /// What they do.
    pub about: &'static str,
}

const fn character(login: &'static str, name: &'static str, about: &'static str) -> Character {
    Character { login, name, about }
}

/// Everybody. The first is the Global Administrator.
pub const CAST: [Character; 17] = [
    character("ada", "Ada Okafor", "Global Administrator"),
    character("bo", "Bo Lindqvist", "Security compliance: decides requests"),
    character("chidi", "Chidi Eze", "Security compliance: decides requests"),
    character("dana", "Dana Roth", "Security compliance: decides requests"),
    character("mira", "Mira Novak", "Security compliance: decides requests"),
    character("tess", "Tess Ng", "Test user"),
    character("omar", "Omar Haddad", "Security operations"),
    character("kenji", "Kenji Mori", "Security operations"),
    character("fatima", "Fatima Alaoui", "Identity engineering"),
    character("ines", "Ines Duarte", "Messaging"),
    character("pavel", "Pavel Horak", "Messaging"),
    character("yuki", "Yuki Sato", "Service desk, nights"),
    character("lars", "Lars Jensen", "Service desk, nights"),
    character("amara", "Amara Diallo", "Service desk"),
    character("jonas", "Jonas Weber", "Service desk"),
    character("greta", "Greta Olsen", "Internal audit"),
    character("nia", "Nia Brandt", "New, and holds nothing"),
];

/// A group of the cast.
#[derive(Clone, Copy, Debug)]
pub struct Company {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Whether it can hold roles.
    pub role_assignable: bool,
    /// Who is in it.
    pub members: &'static [&'static str],
}

/// Those who decide.
pub const COMPLIANCE: &str = "Security compliance";
/// Those who are awake at night.
pub const NIGHT_DESK: &str = "Service desk, night";
/// Those who look after the mail.
pub const MESSAGING: &str = "Messaging team";

/// Every group. The last one was not made for roles.
pub const GROUPS: [Company; 4] = [
    Company {
        name: COMPLIANCE,
        description: "Decides who may hold power for a while.",
        role_assignable: true,
        members: &["bo", "chidi", "dana", "mira"],
    },
    Company {
        name: NIGHT_DESK,
        description: "Helps whoever is locked out while the others sleep.",
        role_assignable: true,
        members: &["yuki", "lars"],
    },
    Company {
        name: MESSAGING,
        description: "Looks after mail and calendars.",
        role_assignable: true,
        members: &["ines", "pavel"],
    },
    Company {
        name: "Summer party",
        description: "Plans the summer party. It was not created as role-assignable, so it can never hold a role.",
        role_assignable: false,
        members: &["tess", "nia", "jonas", "amara"],
    },
];

/// The name somebody of the cast signs in with.
pub fn user_principal_name(login: &str) -> String {
    format!("{login}@{DOMAIN}")
}

const FIRST: [&str; 40] = [
    "Aisha", "Anders", "Beatriz", "Carlos", "Chloe", "Daniel", "Elif", "Emeka", "Farid", "Freja", "Giulia", "Hana",
    "Hugo", "Ivan", "Jana", "Jin", "Karim", "Katrin", "Leila", "Luca", "Maja", "Marek", "Nadia", "Noah", "Olga",
    "Oskar", "Paula", "Quentin", "Rania", "Ravi", "Sara", "Selim", "Sofia", "Tariq", "Teodor", "Uma", "Viktor",
    "Wanda", "Xenia", "Zoltan",
];
const LAST: [&str; 37] = [
    "Abebe", "Andersen", "Bakker", "Bianchi", "Costa", "Demir", "Dubois", "Eriksen", "Ferrari", "Fischer", "Garcia",
    "Haas", "Ito", "Jansen", "Kaya", "Keller", "Kim", "Kovacs", "Larsen", "Lopez", "Maier", "Mbeki", "Moreau", "Nagy",
    "Nowak", "Okoye", "Petrov", "Quinn", "Rossi", "Sharma", "Silva", "Tanaka", "Toth", "Urban", "Vogel", "Wagner",
    "Yilmaz",
];

/// Name and login of somebody of the crowd. The numbers of first and last names have no common divisor, so that names repeat late.
pub fn passer_by(number: usize) -> (String, String) {
    let first = FIRST.get(number % FIRST.len()).copied().unwrap_or_default();
    let last = LAST.get(number % LAST.len()).copied().unwrap_or_default();
    (format!("{first} {last}"), format!("{}.{}{number}", first.to_lowercase(), last.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn logins_are_one_of_a_kind_and_members_belong_to_the_cast() {
        let logins: BTreeSet<&str> = CAST.iter().map(|character| character.login).collect();
        assert_eq!(logins.len(), CAST.len());
        assert!(GROUPS.iter().flat_map(|group| group.members).all(|member| logins.contains(member)));
    }

    #[test]
    fn a_thousand_passers_by_have_a_thousand_names() {
        let names: BTreeSet<String> = (0..1_000).map(|number| passer_by(number).0).collect();
        assert_eq!(names.len(), 1_000);
    }
}
