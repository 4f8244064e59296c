//! What one entry may say of two stories, told in our own words.

use std::time::Duration;

use crate::domain::EntryId;
use crate::domain::Timestamp;

use super::features::EntryFeatures;
use super::features::EntryText;
use super::window::Window;

const SPAN: Duration = Duration::from_secs(72 * 3_600);

fn read(
    window: &mut Window<usize>,
    (publisher, title, text): (&str, &str, &str),
    hour: i64,
) -> EntryFeatures {
    let published = Timestamp::from_secs(1_900_000_000 + hour * 3_600);
    let (address, links, never_cluster) = (None, &[][..], false);
    window.read(&EntryText { publisher, title, text, published, address, links, never_cluster })
}

/// An entry that repeats the reports of two events.
#[test]
fn one_entry_makes_no_story_of_two_that_share_nothing() {
    const FERRY: &str = "The Ostrander line between Varn and Selb tries batteries this winter. Each of the two \
        boats carries nine tonnes of cells, charged at the quay while cars roll off. The Ostrander crew expects \
        to save a third of the fuel, and the harbour office counts on quieter nights.";
    const SHEET: &str = "The Larkspur spreadsheet library reads pivot tables now. Its authors rewrote the parser \
        of formulas, removed the old cache, and mended eleven faults that users of the command line reported. \
        The Larkspur manual describes how to migrate macros.";
    let (ferry, sheet) = ("Ostrander ferries try batteries in Varn", "Larkspur library reads pivot tables");
    let both = format!("{FERRY} {SHEET}");
    let title = format!("{ferry}; {sheet}");
    let mut window: Window<usize> = Window::new(SPAN);
    let one = read(&mut window, ("A", ferry, FERRY), 0);
    let other = read(&mut window, ("B", sheet, SHEET), 1);
    window.insert(EntryId(1), 1, one);
    window.insert(EntryId(2), 2, other);
    let third = read(&mut window, ("C", &title, &both), 2);
    let also = window.nearest(&third, Timestamp::default(), |_| true).joins.map(|it| it.also);
    assert!(also.is_none_or(|it| it.is_empty()));
}
