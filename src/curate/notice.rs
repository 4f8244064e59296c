//! Recognises what is no news: paid posts, offers, job advertisements.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::Notice;

/// What a reader must know of an entry with this title and these categories: that it was
/// paid for, advertises an offer or a job. `None` for everything else.
///
/// Only labels count, in the title's head or as a whole category: an article about
/// sponsored posts is none. Of several labels, the payment counts first.
pub fn notice(title: &str, categories: &[String]) -> Option<Notice> {
    let title = title.trim().to_lowercase().replace('’', "'");
    let is_category = |labels: &[&str]| {
        categories.iter().any(|it| {
            let it = it.trim().trim_start_matches('#').to_lowercase().replace(['-', '_'], " ");
            labels.contains(&it.as_str())
        })
    };
    if SPONSORED_TITLE.is_match(&title) || is_category(SPONSORED) {
        Some(Notice::Sponsored)
    } else if DEAL_TITLE.is_match(&title) || is_category(DEALS) {
        Some(Notice::Deal)
    } else if JOB_TITLE.is_match(&title) || is_category(JOBS) {
        Some(Notice::Job)
    } else {
        None
    }
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of this file is valid")
}

static SPONSORED_TITLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^[\[(]?(sponsored( (post|content|article|feature|story))?|advertisement|advertorial|ad|promoted|",
        r"paid (post|content|promotion)|partner content|promoted (post|content)|brand(ed)? content|",
        r"message from our sponsors?)\s*([\])]|:|\||[-–—] )",
        r"|[\[(](sponsored|advertisement|advertorial|paid post|ad)[\])]$",
    ))
});

static DEAL_TITLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^[\[(]?((today's |the )?(best |daily |top |weekend |black friday |cyber monday |prime day )*deals?",
        r"( of the (day|week)| alert)?|coupons?|discount|bargains?)\s*([\])]|:|\||[-–—] )",
    ))
});

static JOB_TITLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^[\[(]?(jobs?( (ad|advert|advertisement|opening|posting|vacancy))?|vacanc(y|ies)|hiring|we're hiring|",
        r"we are hiring|now hiring|job of the week)\s*([\])]|:|\||!|[-–—] |$)",
        r"|^(we're|we are|now) hiring\b|^(come )?(join our team|work with us)\s*(:|!|$)",
        r"|\((yc|y combinator) [a-z]?\d+\) is hiring\b",
    ))
});

const SPONSORED: &[&str] = &[
    "ad",
    "ads",
    "advertisement",
    "advertisements",
    "advertorial",
    "advertorials",
    "brand content",
    "branded content",
    "paid content",
    "paid post",
    "partner content",
    "promoted content",
    "promoted post",
    "sponsor post",
    "sponsored",
    "sponsored content",
    "sponsored post",
    "sponsored posts",
];

const DEALS: &[&str] = &[
    "best deals",
    "coupons",
    "daily deals",
    "deal",
    "deals",
    "deals of the day",
    "shopping deals",
    "tech deals",
];

const JOBS: &[&str] = &[
    "job",
    "job ad",
    "job ads",
    "job listing",
    "job listings",
    "job posting",
    "job postings",
    "jobs",
    "vacancies",
    "vacancy",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(title: &str, categories: &[&str], expected: Option<Notice>) {
        let categories: Vec<String> = categories.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!(notice(title, &categories), expected, "{title} {categories:?}");
    }

    #[test]
    fn paid_posts_are_known_by_label() {
        for title in [
            "Sponsored: Five questions to ask",
            "[Sponsored] Five questions",
            "Five questions (sponsored)",
            "Sponsored post - Five questions",
            "Paid post: Five questions",
            "Partner content | Five questions",
        ] {
            check(title, &[], Some(Notice::Sponsored));
        }
        for category in ["Sponsored", "Partner content", "Advertisement", "sponsored-post", "#ad"] {
            check("Five questions to ask", &["Cloud", category], Some(Notice::Sponsored));
        }
        check("Deals: security keys", &["Sponsored"], Some(Notice::Sponsored));
    }

    #[test]
    fn offers_are_known_by_label() {
        for title in [
            "Deals: security keys for £19",
            "Today's best deals: keys",
            "Deal of the day: a keyboard",
            "Deal alert - 30% off",
        ] {
            check(title, &[], Some(Notice::Deal));
        }
        check("Security keys for £19", &["Deals", "Shopping"], Some(Notice::Deal));
    }

    #[test]
    fn job_advertisements_are_known_by_label() {
        for title in [
            "Job: Kernel & Coffee is hiring a systems editor",
            "Jobs: systems editor",
            "We are hiring",
            "We’re hiring a systems editor",
            "Hiring: systems editor",
            "Acme (YC S21) is hiring engineers",
        ] {
            check(title, &[], Some(Notice::Job));
        }
        check("Systems editor, remote", &["Jobs"], Some(Notice::Job));
    }

    #[test]
    fn news_about_such_things_is_news() {
        for title in [
            "Sponsored posts must be labelled, regulator says",
            "Why sponsored content fails",
            "Deals fall through as rates rise",
            "Deal or no deal: Acme and Zinco still talk",
            "Acme is hiring again",
            "Job cuts at Acme",
            "Jobs report: unemployment falls",
            "Jobs, Steve: the archive opens",
            "Advertising revenue falls",
            "Ad blockers win in court",
            "Hiring slows",
        ] {
            check(title, &["Business", "Advertising", "Jobs and careers"], None);
        }
    }
}
