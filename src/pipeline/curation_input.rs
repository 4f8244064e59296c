//! What curation and publication need to know of one story: its members with their credits and texts,
//! what people wrote, and what readers see of it.

use crate::cluster;
use crate::config::Config;
use crate::config::PublishMode;
use crate::curate;
use crate::domain::ArticleStatus;
use crate::domain::Briefing;
use crate::domain::EntryId;
use crate::domain::Family;
use crate::domain::Made;
use crate::domain::Member;
use crate::domain::Notice;
use crate::domain::Rights;
use crate::domain::Snapshot;
use crate::domain::SnapshotFrom;
use crate::domain::SnapshotId;
use crate::domain::Statement;
use crate::store::EntryRow;
use crate::store::InputVersion;
use crate::store::MemberRow;
use crate::store::REMOVED_KEY;
use crate::store::Reader;
use crate::store::RevisionRow;
use crate::store::StoreError;
use crate::store::StoryRow;

use super::credit::Credited;
use super::credit::Credits;
use super::credit::Provenance;
use super::item;
use super::overrides::Overrides;

/// Characters of a title made from the text of an entry that has none.
const MADE_TITLE_CHARS_MAX: usize = 80;

/// One story with all that curation and publication want to know of it.
#[derive(Clone)]
pub(crate) struct CurationInput {
    pub(crate) story: StoryRow,
    pub(crate) members: Vec<Member>,
    /// What is shown of each member that may be shown at all, in the same order.
    pub(crate) shown: Vec<EntryRow>,
    pub(crate) primary: EntryId,
    pub(super) title: String,
    pub(crate) mode: PublishMode,
    pub(super) trust: f64,
    /// Publishers that tell it independently.
    pub(super) coverage: usize,
    /// The entry whose text each member repeats, if any.
    pub(super) copies: Vec<(EntryId, Option<EntryId>)>,
    /// Whether it is paid for or advertises something: then it is kept, not published.
    pub(crate) notice: Option<Notice>,
    /// What publishers say of their articles since they appeared, where it is news.
    pub(super) article_status: Vec<(EntryId, ArticleStatus)>,
    /// What the store held of the members when they were read, in order of their rows.
    pub(super) versions: Vec<InputVersion>,
    /// Entries of which nothing may be kept, and something is: they lead to a removed publisher's articles.
    pub(super) removed: Vec<EntryId>,
    /// Whether a model may see texts of it once a robots.txt can be read that nobody could read yet.
    pub(super) awaits_signals: bool,
    /// What people wrote into its fields.
    pub(crate) overrides: Overrides,
    /// What readers see of it, or will see.
    pub(super) current: Option<RevisionRow>,
}

impl CurationInput {
    /// What the store held of the members that a model may be shown.
    pub(super) fn shown_to_model(&self) -> Vec<InputVersion> {
        let is_shown = |versions: &&InputVersion| {
            self.members.iter().any(|it| it.entry == versions.entry && it.byline.rights == Rights::Any)
        };
        self.versions.iter().filter(is_shown).cloned().collect()
    }

    /// Whether what readers see of a published story still holds, so that there is nothing to write.
    /// Of one that only links, it does until there is a text to quote.
    pub(super) fn stands(&self) -> bool {
        let has_text = self.members.iter().any(|it| it.snapshot.is_some());
        self.is_frozen()
            || self.story.first_published.is_some()
                && self.readable_current().is_some_and(|(title, briefing)| {
                    title == self.overrides.title(&self.title)
                        && still_stands(briefing, &self.members)
                        && self.overrides.stand_in(title, briefing, &self.members)
                        && (!has_text || briefing.statements().next().is_some())
                })
    }

    /// Whether the story stays as it is because words that a person wrote cannot be read: what
    /// an engine would make in their place must not take the place of what still says them.
    pub(super) fn is_frozen(&self) -> bool {
        self.overrides.first_unreadable().is_some()
            && (self.story.first_published.is_some() || self.readable_current().is_some())
    }

    /// Title and briefing of what readers see or will see, where they can be read.
    pub(super) fn readable_current(&self) -> Option<(&str, &Briefing)> {
        let current = self.current.as_ref()?;
        Some((&current.title, &current.content.as_ref().ok()?.briefing))
    }
}

pub(crate) fn read_input(
    store: &Reader<'_>,
    config: &Config,
    credits: &Credits<'_>,
    story: StoryRow,
) -> Result<CurationInput, StoreError> {
    let rows = store.members(story.id)?;
    let mut versions: Vec<_> = rows.iter().map(input_version_of).collect();
    versions.sort_unstable();
    let credited = rows.into_iter().filter_map(|row| credits.of(&row.entry).map(|credited| (row, credited)));
    let (mut found, dropped): (Vec<(MemberRow, Credited)>, Vec<_>) =
        credited.partition(|(_, it)| it.byline.rights < Rights::Drop);
    let is_written = |it: &EntryRow| !it.key.as_str().starts_with(REMOVED_KEY);
    let removed = dropped.iter().map(|(row, _)| &row.entry).filter(|it| is_written(it)).map(|it| it.id);
    let removed = removed.collect();
    // What has been published keeps its voice; else the publisher's own entry speaks, the earliest first.
    let is_published = story.first_published.is_some();
    found.sort_by_key(|(row, credited)| {
        let keeps = is_published && row.entry.id == story.primary_entry;
        (!keeps, lead_rank(credits, &row.entry, credited))
    });
    let primary = found.first().map_or(story.primary_entry, |(row, _)| row.entry.id);
    let modes = found.iter().filter_map(|(row, _)| credits.configured(&row.entry.source)?.publish);
    let mode = if modes.into_iter().any(|it| it == PublishMode::Review) {
        PublishMode::Review
    } else {
        config.curation.publish
    };
    let trust = found.iter().filter_map(|(row, _)| Some(credits.configured(&row.entry.source)?.trust));
    let trust =
        trust.fold(None, |best: Option<f64>, it| Some(best.map_or(it, |best| best.max(it)))).unwrap_or(1.0);
    let article_status = found.iter().filter_map(|(row, _)| article_status(row)).collect();
    let (coverage, copies) = independent(credits, &story, &found);
    let (members, shown): (Vec<Member>, Vec<EntryRow>) =
        found.into_iter().map(|(row, credited)| member(credits, row, credited)).unzip();
    let title = members.first().map_or_else(|| story.title.clone(), title_of);
    let notice = shown.first().and_then(|it| curate::notice(&it.title, &it.categories));
    let overrides = Overrides::read(store, &story)?;
    let current = match story.revision {
        0 => None,
        n => store.revision(story.id, n)?,
    };
    let story = CurationInput {
        story,
        members,
        shown,
        primary,
        title,
        mode,
        trust,
        coverage,
        copies,
        notice,
        article_status,
        versions,
        removed,
        awaits_signals: false,
        overrides,
        current,
    };
    Ok(story)
}

/// How many publishers tell a story independently, and which member repeats whose text. What a list
/// says of an article is not its text. What came when readers knew the story already is later than
/// what they knew, whatever its date.
fn independent(
    credits: &Credits<'_>,
    story: &StoryRow,
    members: &[(MemberRow, Credited)],
) -> (usize, Vec<(EntryId, Option<EntryId>)>) {
    let families: Vec<Family> = members.iter().map(|(_, it)| credits.family(it)).collect();
    let compared: Vec<cluster::Copied<'_>> = members
        .iter()
        .zip(&families)
        .map(|((row, credited), family)| {
            let is_own = credited.provenance == Provenance::Own;
            let snapshot = row.snapshot.as_ref().filter(|it| is_own || it.1 == SnapshotFrom::Page);
            cluster::Copied {
                publisher: &credited.byline.name,
                family,
                counted: match story.first_published {
                    Some(at) if at < row.entry.first_seen => row.entry.first_seen,
                    _ => credits.counted(&row.entry),
                },
                leads: story.first_published.is_some() && row.entry.id == story.primary_entry,
                is_own,
                text: snapshot.map_or("", |it| &it.2),
            }
        })
        .collect();
    let of = cluster::copies(&compared);
    let coverage = cluster::coverage(&compared, &of);
    let copies = members.iter().zip(of).map(|((row, _), of)| {
        let original = of.and_then(|it| members.get(it));
        (row.entry.id, original.map(|it| it.0.entry.id))
    });
    (coverage, copies.collect())
}

/// By what the entry that speaks for a story is chosen.
pub(super) fn lead_rank(credits: &Credits<'_>, entry: &EntryRow, credited: &Credited) -> cluster::LeadRank {
    let trust = credits.configured(&entry.source).map_or(1.0, |it| it.trust);
    cluster::LeadRank {
        is_own: credited.provenance == Provenance::Own,
        counted: credits.counted(entry),
        trust: (trust * 1_000.0) as u32,
        published: entry.published,
        source: entry.source.clone(),
    }
}

/// What a publisher says of an article since it appeared, where we did not know it.
fn article_status(row: &MemberRow) -> Option<(EntryId, ArticleStatus)> {
    let text = row.snapshot.as_ref().map_or("", |it| &it.2);
    let article_status = curate::article_status(&row.entry.title, text)?;
    (row.entry.article_status < Some(article_status)).then_some((row.entry.id, article_status))
}

/// One member's part of what [`Reader::story_and_input_versions`] returns.
pub(super) fn input_version_of(it: &MemberRow) -> InputVersion {
    InputVersion {
        entry: it.entry.id,
        snapshot: it.snapshot.as_ref().map(|it| it.0),
        abstract_snapshot: it.abstract_snapshot.as_ref().map(|it| it.0),
        title_hash: it.title_hash,
        rights: it.entry.rights,
    }
}

fn member(credits: &Credits<'_>, row: MemberRow, credited: Credited) -> (Member, EntryRow) {
    let entry = row.entry;
    // Words of a list are not the publisher's; a page we read on the publisher's site is.
    let is_publishers = |from| credited.provenance == Provenance::Own || from == SnapshotFrom::Page;
    let rights = credited.byline.rights;
    let may_be_quoted = |it: Option<(SnapshotId, SnapshotFrom, String)>| {
        it.filter(|(_, from, _)| rights < Rights::Link && is_publishers(*from))
            .map(|(id, from, text)| Snapshot { id, from, text: text.into() })
    };
    let snapshot = may_be_quoted(row.snapshot);
    let configured = credits.configured(&entry.source).map_or(&[][..], |it| &it.topics[..]);
    let member = Member {
        entry: entry.id,
        source: credited.source.unwrap_or_else(|| entry.source.clone()),
        byline: credited.byline,
        summary: entry
            .summary
            .clone()
            .filter(|_| snapshot.is_some() && credited.provenance < Provenance::Listed),
        abstract_snapshot: may_be_quoted(row.abstract_snapshot)
            .filter(|it| snapshot.is_some() && !it.text.is_empty()),
        snapshot,
        categories: configured.iter().chain(&entry.categories).cloned().collect(),
        language: entry.language.clone().or_else(|| credits.language(&entry.source)),
    };
    (member, entry)
}

/// The entry's title, or the beginning of its text where it has none and may be quoted.
pub fn title_of(member: &Member) -> String {
    if !member.byline.title.is_empty() {
        return member.byline.title.clone();
    }
    let text = member.snapshot.as_ref().map_or("", |it| &*it.text);
    let first = text.split("\n\n").next().unwrap_or_default().trim();
    if first.is_empty() {
        return item::untitled(&member.byline.url);
    }
    if first.chars().count() <= MADE_TITLE_CHARS_MAX {
        return first.to_owned();
    }
    let cut: String = first.chars().take(MADE_TITLE_CHARS_MAX).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head);
    format!("{}…", cut.trim_end_matches([',', '.', ';', ':']))
}

/// Whether every publisher still says what a briefing quotes of it: then an edit changes
/// nothing for readers.
fn still_stands(briefing: &Briefing, members: &[Member]) -> bool {
    briefing.statements().all(|it| still_carried(it, members))
}

/// Whether all that carries a statement still stands in texts that may be used so.
pub(super) fn still_carried(statement: &Statement, members: &[Member]) -> bool {
    statement.receipts.iter().all(|receipt| {
        let member = members.iter().find(|it| it.entry == receipt.entry);
        let says = |it: &Member| it.texts().any(|it| curate::still_says(&receipt.quote, &it.text));
        member.filter(|it| may_carry(statement, it.byline.rights)).is_some_and(says)
    })
}

/// Whether a publisher's rights allow that its text carries a statement that was made so.
pub(super) fn may_carry(statement: &Statement, rights: Rights) -> bool {
    match statement.made {
        Made::Llm => rights == Rights::Any,
        Made::Extractive | Made::Rule | Made::Editor => rights < Rights::Link,
    }
}
