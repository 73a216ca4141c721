//! Where a page of a list by name begins, in the query of its address.

use crate::app::people::After;
use crate::ui::form::Form;

/// How many lines stand on a page.
pub const SIZE: usize = 50;

/// The length of an id.
const ID: usize = 36;

/// Behind which line the page begins: its name key and id. What has not the form begins at the top.
pub fn after(query: &Form) -> After<'_> {
    let key = query.many("after").next()?;
    key.split_at_checked(ID).map(|(id, name_key)| (name_key, id))
}

/// The same for the next page's link.
pub fn key((name_key, id): (String, String)) -> String {
    id + &name_key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_as_it_went() {
        let id = "0190a3c2-7b4e-7000-8000-0123456789ab";
        let query = Form::from_fields(vec![("after".into(), key(("åsa öberg".into(), id.into())))]);
        assert_eq!(after(&query), Some(("åsa öberg", id)));
        assert_eq!(after(&Form::parse(b"after=%C3%A5")), None);
    }
}
