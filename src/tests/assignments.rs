//! Roles, assignments, the wizard, removal and the exports, as people and administrators see them.

mod lists;
mod removing;
mod wizard;

use ostiary::{
    app::list_assignments::{AssignmentSearch, list_assignments},
    domain::ids::ScheduleId,
    store::assignment_lines::{AssignmentLine, Section},
};

use crate::harness::TestApp;

/// Every line of a search, read page by page.
async fn everything(test: &TestApp, search: &AssignmentSearch, size: usize) -> Vec<AssignmentLine> {
    let admin = test.admin().await;
    let (mut lines, mut after): (Vec<AssignmentLine>, Option<ScheduleId>) = (Vec::new(), None);
    loop {
        let page = list_assignments(test, &admin, search, after.as_ref(), size).await.unwrap();
        assert!(page.lines.len() <= size);
        lines.extend(page.lines);
        after = page.next;
        if after.is_none() {
            return lines;
        }
    }
}

fn in_section(section: Section) -> AssignmentSearch {
    AssignmentSearch { section, ..AssignmentSearch::default() }
}
