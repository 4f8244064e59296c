//! Which stories an output holds: those that meet its filters.

use std::collections::HashMap;
use std::sync::Arc;

use sha2::Digest;
use sha2::Sha256;

use crate::config::Config;
use crate::config::Hook;
use crate::config::Output;
use crate::domain::Briefing;
use crate::domain::HookEvent;
use crate::domain::Slug;
use crate::domain::Timestamp;
use crate::store::EntryRow;
use crate::store::HookTerms;
use crate::store::OutputEntry;
use crate::store::Reader;
use crate::store::RevisionContent;
use crate::store::StoreError;
use crate::store::StoryRow;
use crate::store::StoryRowId;
use crate::store::Writer;

use super::brief::audiences_of;
use super::content::shown_content;
use super::context::Pipeline;
use super::curation_input::CurationInput;
use super::record::CurationResult;
use super::score::Score;

/// Stories looked at in one go.
const BATCH: usize = 250;

impl Pipeline {
    /// Keeps the outputs what the configuration says: one whose filters changed is
    /// filled anew from the published stories, one that is gone is forgotten.
    pub(super) async fn sync_outputs(&self) -> Result<(), StoreError> {
        let (config, now) = (Arc::clone(&self.config), self.now());
        self.store
            .write(move |it| {
                for output in &config.outputs {
                    sync_output(it, &config, output, now)?;
                }
                for known in it.reader().outputs()? {
                    if !config.outputs.iter().any(|output| output.id.as_str() == known.id) {
                        it.forget_output(&known.id)?;
                        it.note_change();
                    }
                }
                it.sync_hooks(&hook_terms(&config), now)
            })
            .await
    }
}

/// Lets a published story into every output whose filters it meets by now with the briefing that
/// readers see, which may be an earlier one than `briefed` holds.
pub(crate) fn add_to_outputs(
    store: &Writer<'_>,
    config: &Config,
    story: &StoryRow,
    briefed: &CurationResult,
    briefing: &Briefing,
    now: Timestamp,
) -> Result<(), StoreError> {
    let audiences = audiences_of(config, briefing);
    let score = score(&store.reader(), config, story, &briefed.prepared, briefing)?;
    for output in &config.outputs {
        if matches(output, story, briefing, &audiences, &briefed.prepared.shown, score) {
            store.add_to_output(output.id.as_str(), &[OutputEntry { story: story.id, score }], now)?;
        }
    }
    Ok(())
}

/// The score that a story would enter an output with now.
pub(crate) fn score(
    store: &Reader<'_>,
    config: &Config,
    story: &StoryRow,
    prepared: &CurationInput,
    briefing: &Briefing,
) -> Result<f64, StoreError> {
    let newest = store.newest()?.unwrap_or(story.published);
    let is_ours = |slug: &Slug| config.topics.iter().any(|it| it.slug == *slug);
    let score = Score {
        publishers: prepared.coverage,
        trust: prepared.trust,
        topics: briefing.topics.iter().filter(|it| is_ours(&it.slug)).count(),
        audiences: audiences_of(config, briefing).len(),
        published: story.published,
        newest,
    };
    Ok(score.value())
}

/// Whether a story meets an output's filters: keys are AND, values OR.
fn matches(
    output: &Output,
    story: &StoryRow,
    briefing: &Briefing,
    audiences: &[Slug],
    members: &[EntryRow],
    score: f64,
) -> bool {
    let any = |wanted: bool, found: bool| !wanted || found;
    let language = story.language.as_deref().map(|it| it.split('-').next().unwrap_or(it));
    let matches = |pattern: &crate::config::Pattern| {
        pattern.matches(&story.title) || briefing.statements().any(|it| pattern.matches(&it.text))
    };
    any(!output.topics.is_empty(), briefing.topics.iter().any(|it| output.topics.contains(&it.slug)))
        && any(!output.audiences.is_empty(), audiences.iter().any(|it| output.audiences.contains(it)))
        && any(!output.sources.is_empty(), members.iter().any(|it| output.sources.contains(&it.source)))
        && any(!output.languages.is_empty(), output.languages.iter().any(|it| Some(it.as_str()) == language))
        && any(!output.include.is_empty(), output.include.iter().any(matches))
        && !output.exclude.iter().any(matches)
        && output.score_min.is_none_or(|it| it <= score)
}

/// What each hook is told: of stories, what happens in outputs that have an item for each; of the
/// others, their digests.
fn hook_terms(config: &Config) -> Vec<HookTerms> {
    let terms = |hook: &Hook| {
        let is_told = |it: &&Output| hook.output.as_ref().is_none_or(|only| *only == it.id);
        let of_event = |event: &HookEvent| -> Vec<(&'static str, String)> {
            let outputs = |has_digest: bool| {
                let told = config.outputs.iter().filter(is_told);
                let told = told.filter(move |it| it.digest.is_some() == has_digest);
                told.map(|it| (event.as_str(), it.id.to_string())).collect()
            };
            match event {
                HookEvent::Published | HookEvent::Updated | HookEvent::Withdrawn => outputs(false),
                HookEvent::Digest => outputs(true),
                HookEvent::Health | HookEvent::Waiting => vec![(event.as_str(), String::new())],
            }
        };
        HookTerms { id: hook.id(), events: hook.on.iter().flat_map(of_event).collect() }
    };
    config.hooks.iter().map(terms).collect()
}

fn sync_output(
    store: &Writer<'_>,
    config: &Config,
    output: &Output,
    now: Timestamp,
) -> Result<(), StoreError> {
    let filters = filters(output);
    let known = store.reader().output_filters(&output.id)?;
    if known.as_deref() == Some(filters.as_str()) {
        return Ok(());
    }
    // Stories that were published before are no news to anybody.
    let told = store.reader().last_hook_delivery()?;
    fill_output(store, config, output, &filters, now)?;
    store.forget_hook_deliveries_after(told)
}

/// Fills an output anew from the published stories.
fn fill_output(
    store: &Writer<'_>,
    config: &Config,
    output: &Output,
    filters: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    store.record_filters(output.id.as_str(), filters)?;
    store.note_change();
    let scores: HashMap<StoryRowId, f64> = store.reader().scores()?.into_iter().collect();
    let mut after = StoryRowId(0);
    let mut entering = Vec::new();
    loop {
        let stories = store.reader().published(after, BATCH)?;
        let Some(last) = stories.last() else { break };
        after = last.id;
        for story in stories {
            let Some(revision) = store.reader().revision(story.id, story.revision)? else { continue };
            let RevisionContent { briefing, .. } =
                shown_content(&store.reader(), &story, revision.n, revision.content)?;
            let audiences = audiences_of(config, &briefing);
            let members = store.reader().member_entries(story.id)?;
            let score = scores.get(&story.id).copied().unwrap_or_default();
            if matches(output, &story, &briefing, &audiences, &members, score) {
                entering.push((
                    story.first_published,
                    story.published,
                    story.key.clone(),
                    OutputEntry { story: story.id, score },
                ));
            } else {
                store.remove_from_output(output.id.as_str(), &[story.id])?;
            }
        }
    }
    entering.sort_by(|a, b| (a.0, a.1, &a.2).cmp(&(b.0, b.1, &b.2)));
    if output.digest.is_some() {
        // Into the periods in which readers first saw them, not all into the next.
        for (first_published, _, _, entry) in entering {
            store.add_to_output(output.id.as_str(), &[entry], first_published.unwrap_or(now))?;
        }
        return Ok(());
    }
    let entering: Vec<_> = entering.into_iter().map(|it| it.3).collect();
    store.add_to_output(output.id.as_str(), &entering, now)
}

/// Digest of everything that decides which stories an output holds.
fn filters(output: &Output) -> String {
    let Output { topics, audiences, sources, languages, include, exclude, score_min, .. } = output;
    let all = format!("{topics:?}{audiences:?}{sources:?}{languages:?}{include:?}{exclude:?}{score_min:?}");
    Sha256::digest(all).iter().map(|b| format!("{b:02x}")).collect()
}
