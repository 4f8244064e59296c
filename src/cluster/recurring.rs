//! Titles that say nothing of one event: round-ups, live blogs, columns, programmes.

use std::sync::LazyLock;

use regex::Regex;

/// Whether a title belongs to a series or gathers many events. Such an entry is no
/// story together with another one that is merely worded alike.
pub(super) fn is_recurring(title: &str) -> bool {
    SERIES.is_match(&title.to_lowercase().replace('’', "'"))
}

static SERIES: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = concat!(
        r"\b(week|month|year|day|morning|weekend) in (review|brief|pictures|photos|links)\b",
        r"|^(the |this |last )?(week|month|year) in \w+",
        r"|^this week('s| in\b)|\b(weekly|daily|morning|evening|monthly) (round-?up|digest|briefing|brief|links|recap|report|wrap|update|thread)\b",
        r"|\bround-?up\b|\blive ?blog\b|\blive updates?\b|\bas it happened\b|\bminute by minute:? live\b",
        r"|^(links|reading list|open thread|newsletter|podcast|episode|crossword|quiz|horoscope)\b",
        r"|\b(newsletter|podcast|crossword|horoscope)$|\b(issue|episode|ep|edition|vol|volume|no)\.? ?#?\d+\b",
        r"|\b(daily|weekly) (deals|horoscope|quiz|crossword)\b|\bnews in brief\b|\btop \d+ (stories|links|posts)\b",
        r"|\bweekly (poll|challenge|challenges|meeting)\b|\bq&a thread\b|\b(what we're|what i'm) reading\b",
        r"|\bmorning (call|mail|coffee|buzzers|links)\b",
    );
    Regex::new(pattern).expect("the pattern of this file is valid")
});

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(title: &str, expected: bool) {
        assert_eq!(is_recurring(title), expected, "{title}");
    }

    #[test]
    fn series_and_collections_are_told_from_events() {
        check("The week in outages, no. 42: a cache, a clock and a very tidy intern", true);
        check("Security newsletter", true);
        check("Budget 2026: live updates", true);
        check("Markets: as it happened", true);
        check("Weekly roundup of kernel patches", true);
        check("The Friday link round-up", true);
        check("Harborline CDN outage, minute by minute: why the clean-up took long", false);
        check("Acme closes its newsletter business", false);
        check("A week of passkeys and fingerprints", false);
    }
}
