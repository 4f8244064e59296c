//! Recognises what is no news (paid posts, offers, job advertisements), and what a publisher
//! says of an article after it appeared.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::ArticleStatus;
use crate::domain::Notice;
use crate::text::word;
use crate::text::word_list;
use crate::text::word_list::WordList;

/// What a reader must know of an entry with this title and these categories: that it was
/// paid for, advertises an offer or a job. `None` for everything else.
///
/// Labels count, in the title's head or as a whole category, and titles that name a price to
/// buy for: an article about sponsored posts is none. A category that is a subject as well ("Deals", "Jobs") counts where
/// the title offers something: a price, a post. Of several labels, the payment counts first.
pub fn notice(title: &str, categories: &[String]) -> Option<Notice> {
    let title = word::lower(title.trim());
    let categories: Vec<String> =
        categories.iter().map(|it| it.trim().to_lowercase().replace(['-', '_'], " ")).collect();
    let is_category =
        |labels: &WordList| categories.iter().any(|it| labels.contains(it.trim_start_matches('#')));
    let is_named = |names: &[&str]| categories.iter().any(|it| names.contains(&it.trim_start_matches('#')));
    let is_hashtag = || categories.iter().any(|it| matches!(it.as_str(), "#ad" | "#advertisement"));
    // What has none of these marks bears no such label.
    let is_label = has_mark(&title);
    if is_label && SPONSORED_TITLE.is_match(&title) || is_category(&SPONSORED) || is_hashtag() {
        Some(Notice::Sponsored)
    } else if is_label && DEAL_TITLE.is_match(&title)
        || SELLING_TITLE.is_match(&title)
        || is_category(&DEALS)
        || is_named(&["deal", "deals"]) && OFFER.is_match(&title)
    {
        Some(Notice::Deal)
    } else if JOB_TITLE.is_match(&title)
        || is_category(&JOBS)
        || is_named(&["job", "jobs"]) && OPENING.is_match(&title)
    {
        Some(Notice::Job)
    } else {
        None
    }
}

/// What a publisher says of its own article, in the title's label or in a note at the beginning
/// or end of its text: that it is retracted, or was corrected. News about retractions says
/// neither: a note speaks of "this article", and begins a sentence outside of quotations.
pub fn article_status(title: &str, text: &str) -> Option<ArticleStatus> {
    /// Paragraphs at each end in which a note stands.
    const PARAGRAPHS: usize = 3;
    /// A note is no longer than this, in bytes.
    const NOTE_BYTES_MAX: usize = 1_000;
    let title = title.trim();
    // What has none of these marks bears no such label.
    let is_label = has_mark(title);
    if is_label && RETRACTED_TITLE.is_match(title) {
        return Some(ArticleStatus::Retracted);
    }
    let at_ends =
        text.split("\n\n").take(PARAGRAPHS).chain(text.rsplit("\n\n").take(PARAGRAPHS)).map(str::trim);
    let mut is_corrected = is_label && CORRECTED_TITLE.is_match(title);
    for note in at_ends.filter(|it| it.len() <= NOTE_BYTES_MAX && ANY_NOTE.is_match(it)) {
        is_corrected |= CORRECTED_LABEL.is_match(note);
        // Only what is labelled as a note of the desk may say it later than at once.
        let is_note = NOTE_LABEL.is_match(note);
        let begins = std::iter::once(0).chain(
            note.match_indices([':', '.'])
                .map(|it| it.0 + 1)
                .filter(|at| is_note && note[*at..].starts_with(' ') && !is_quoted(&note[..*at])),
        );
        for sentence in begins.map(|at| note[at..].trim_start()) {
            if RETRACTED_NOTE.is_match(sentence) || is_note && REMOVED_NOTE.is_match(sentence) {
                return Some(ArticleStatus::Retracted);
            }
            is_corrected |= CORRECTED_NOTE.is_match(sentence);
        }
    }
    is_corrected.then_some(ArticleStatus::Corrected)
}

/// Whether a title has a bracket, or what can stand behind a label.
fn has_mark(title: &str) -> bool {
    title.bytes().any(|b| matches!(b, b'[' | b']' | b'(' | b')' | b':' | b'|' | b'-'))
        || title.contains(['–', '—'])
}

/// Whether a text ends within a quotation.
fn is_quoted(text: &str) -> bool {
    let count = |quote: char| text.chars().filter(|it| *it == quote).count();
    count('”') < count('“') || count('"') % 2 == 1
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns in the program are valid")
}

/// What any pattern of a list finds.
fn any_of(list: &'static str) -> Regex {
    pattern(&word_list::entries(list).collect::<Vec<_>>().join("|"))
}

/// The same, whatever the case.
fn any_case(list: &'static str) -> Regex {
    pattern(&format!("(?i){}", word_list::entries(list).collect::<Vec<_>>().join("|")))
}

static SPONSORED: WordList = WordList::new(include_str!("notice/sponsored_categories.txt"));
static DEALS: WordList = WordList::new(include_str!("notice/deal_categories.txt"));
static JOBS: WordList = WordList::new(include_str!("notice/job_categories.txt"));

static SPONSORED_TITLE: LazyLock<Regex> =
    LazyLock::new(|| any_of(include_str!("notice/sponsored_titles.txt")));

static DEAL_TITLE: LazyLock<Regex> = LazyLock::new(|| any_of(include_str!("notice/deal_titles.txt")));

/// What is for sale, and that it is cheap.
static SELLING_TITLE: LazyLock<Regex> = LazyLock::new(|| any_of(include_str!("notice/selling_titles.txt")));

static JOB_TITLE: LazyLock<Regex> = LazyLock::new(|| any_of(include_str!("notice/job_titles.txt")));

/// A price or what is taken off one.
static OFFER: LazyLock<Regex> = LazyLock::new(|| any_of(include_str!("notice/offers.txt")));

/// Who is looked for, and how they would work.
static OPENING: LazyLock<Regex> = LazyLock::new(|| any_of(include_str!("notice/openings.txt")));

static RETRACTED_TITLE: LazyLock<Regex> = LazyLock::new(|| {
    // “Withdrawn:” alone may be said of anything that was sold.
    const LABELS: &str = "retracted|retraction|rétracté|rétractation|retractado";
    const WORDS: &str = "retracted|retraction|withdrawn|zurückgezogen|rétracté|rétractation|retractado";
    pattern(&format!(r"(?i)^({LABELS})\s*(:|\||[-–—] )|^[\[(]({WORDS})[\])]|[\[(]({WORDS})[\])]$"))
});

static CORRECTED_TITLE: LazyLock<Regex> = LazyLock::new(|| {
    const WORDS: &str = "correction|corrected|berichtigung|korrektur|rectificatif|corrección|fe de errores";
    pattern(&format!(r"(?i)^[\[(]?({WORDS})\s*([\])]|:|\||[-–—] )|[\[(]({WORDS})[\])]$"))
});

static NOTE_LABEL: LazyLock<Regex> = LazyLock::new(|| any_case(include_str!("notice/note_labels.txt")));

/// Finds whatever one of the patterns finds by which a note begins: most paragraphs are none.
static ANY_NOTE: LazyLock<Regex> = LazyLock::new(|| {
    let patterns = [&NOTE_LABEL, &RETRACTED_NOTE, &CORRECTED_LABEL, &CORRECTED_NOTE];
    pattern(&patterns.map(|it| format!("(?:{})", it.as_str())).join("|"))
});

static RETRACTED_NOTE: LazyLock<Regex> =
    LazyLock::new(|| any_case(include_str!("notice/retracted_notes.txt")));

/// What is a retraction in a note of the desk only: else it may be said by someone of something else.
static REMOVED_NOTE: LazyLock<Regex> = LazyLock::new(|| any_case(include_str!("notice/removed_notes.txt")));

static CORRECTED_LABEL: LazyLock<Regex> =
    LazyLock::new(|| any_case(include_str!("notice/corrected_labels.txt")));

static CORRECTED_NOTE: LazyLock<Regex> =
    LazyLock::new(|| any_case(include_str!("notice/corrected_notes.txt")));

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
        for category in ["Sponsored", "Partner content", "Advertorial", "sponsored-post", "#ad"] {
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
            "Cyber Monday/Black Friday deals: the best anvils",
            "Cyber Monday exclusive: save hundreds on an anvil",
            "30% Off Acme Promo Codes",
            "Acme Coupon: Score a Free Trial in April",
            "Acme’s small anvil is down to its best price yet",
            "Acme’s anvil is $30 off for Mother’s Day",
            "Save up to 40% on anvils this week",
            "Pay what you want for the Anvil Bundle ($469 value)",
            "Get a lifetime subscription to Anvil for $30",
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
            "Black Friday deals drive record online sales",
            "Acme’s new anvil has 256GB of storage for $599",
            "Acme shares fell to the lowest level in May",
            "Thieves sold discount codes of Acme",
            "Acme wants to save 40% of its energy on Fridays",
            "Acme acquires Anvil for €750m",
            "Acme stops the bundle of its apps",
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
        for category in ["Deals", "Deal", "Jobs", "Job", "Ads", "Ad", "Advertisement"] {
            for title in [
                "Acme buys Zinco for $4.5 billion",
                "Acme to be sold for $310M",
                "Zinco cuts 900 posts",
                "A court hears Acme",
            ] {
                check(title, &[category], None);
            }
        }
    }

    #[track_caller]
    fn check_status(title: &str, text: &str, expected: Option<ArticleStatus>) {
        assert_eq!(article_status(title, text), expected, "{title}: {text}");
    }

    #[test]
    fn retractions_are_known_by_title_and_note() {
        let (retracted, text) =
            (Some(ArticleStatus::Retracted), "Acme sells a database.\n\nIt costs nine euros.");
        for title in [
            "Retracted: Acme sells a database",
            "[Withdrawn] Acme sells",
            "RETRACTION - Acme",
            "Acme sells (retracted)",
            "[Zurückgezogen] Acme",
        ] {
            check_status(title, text, retracted);
        }
        for note in [
            "This article has been retracted because its figures were made up.",
            "Editor's note, May 3: This story was withdrawn after its source took back what he had said.",
            "Editor’s note: We have removed this article. It copied another.",
            "We retracted this story on Friday.",
            "Dieser Artikel wurde zurückgezogen.",
            "Cet article a été retiré.",
            "Este artículo ha sido retirado.",
        ] {
            check_status("Acme", &format!("{note}\n\n{text}"), retracted);
            check_status("Acme", &format!("{text}\n\n{note}"), retracted);
            check_status("Acme", note, retracted);
        }
    }

    #[test]
    fn corrections_are_known_by_label_and_note() {
        for note in [
            "Correction: Acme has nine employees, not ninety.",
            "Correction, May 3: Acme has nine employees.",
            "Correction (May 3): Acme has nine employees.",
            "Corrections and clarifications: Acme has nine employees.",
            "An earlier version of this article misstated how many work at Acme.",
            "Editor's note: An earlier version of this story said that Acme has ninety employees.",
            "This article was amended on 3 May because Acme has nine employees.",
            "In einer früheren Version dieses Artikels stand eine andere Zahl.",
            "Une première version de cet article donnait un autre chiffre.",
            "Una versión anterior de este artículo daba otra cifra.",
        ] {
            check_status("Acme", &format!("Acme grows.\n\n{note}"), Some(ArticleStatus::Corrected));
        }
        check_status("Correction: Acme grows", "Acme grows.", Some(ArticleStatus::Corrected));
    }

    #[test]
    fn news_about_retractions_and_corrections_is_news() {
        for text in [
            "The journal said that the article has been retracted.",
            "“This article has been retracted,” a note on the page says.",
            "A market correction: shares fell by nine percent.",
            "The earlier version of this program was removed.",
            "This story was retold by nine papers.",
            "“I am sorry. This article was retracted at my request,” she said.",
            "Editor’s note: “I am sorry. This article was retracted,” she said.",
            "This report was withdrawn by the ministry in May.",
            "This piece was removed from the museum in 1943.",
            "The original version of the story said that the king had no heir.",
        ] {
            check_status("Journal retracts an article on nine frogs", text, None);
        }
        for title in [
            "Correction of shares goes on",
            "Withdrawn: three cough syrups",
            "Retraction of landing gear fails",
        ] {
            check_status(title, "All left.", None);
        }
        let middle = "One.\n\nTwo.\n\nThree.\n\nThis article was retracted.\n\nFour.\n\nFive.\n\nSix.";
        check_status("Acme", middle, None);
    }
}
