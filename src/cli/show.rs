//! `story show`: everything known of one story.

use std::fmt::Write;
use std::process::ExitCode;

use serde_json::json;

use crate::config::Config;
use crate::domain::Briefing;
use crate::domain::Item;
use crate::domain::Record;
use crate::domain::Relation;
use crate::domain::Rights;
use crate::domain::StatementField;
use crate::domain::StoryKey;
use crate::pipeline::Credits;
use crate::pipeline::items;
use crate::publish;
use crate::site::listing;
use crate::site::listing::StoryListing;
use crate::store::AuditEvent;
use crate::store::EntryRow;
use crate::store::OverrideRow;
use crate::store::Reader;
use crate::store::RevisionContent;
use crate::store::RevisionRow;
use crate::store::StoreError;
use crate::store::StoryRow;

use super::args::Args;
use super::failure::Failure;
use super::setup;
use super::terminal;

pub(super) fn show(args: &Args, id: &str, json: bool) -> Result<ExitCode, Failure> {
    let key: StoryKey =
        id.parse().map_err(|error: crate::domain::InvalidId| Failure::usage(error.to_string()))?;
    let (config, store) = setup::open(args)?;
    let found = store.read_blocking(|it| StoryDetails::read(it, &config, &key))?;
    let Some(found) = found else {
        return Err(Failure::usage(format!("there is no story `{id}`; `bylined story list` shows all")));
    };
    if json { terminal::print_json(&found.json(&config)) } else { terminal::print(&found.text()) }
}

/// One of its entries.
struct ShownMember {
    entry: EntryRow,
    rights: Rights,
    /// The titles of the entries that it follows, and why.
    follows: Vec<(String, String)>,
}

/// Everything that is known of a story.
struct StoryDetails {
    listed: StoryListing,
    members: Vec<ShownMember>,
    revision: Option<RevisionRow>,
    score: Option<f64>,
    item: Option<Item>,
    acts: Vec<AuditEvent>,
    /// The story that it became part of.
    survivor: Option<StoryRow>,
    /// What is stored of it and cannot be read.
    unreadable: Vec<String>,
}

impl StoryDetails {
    /// What the store knows of a key; nothing where there is no such story.
    fn read(store: &Reader<'_>, config: &Config, key: &StoryKey) -> Result<Option<Self>, StoreError> {
        let Some(story) = store.story(key)? else { return Ok(None) };
        let sources = store.sources()?;
        let credits = Credits::new(config, &sources);
        let members = store.member_entries(story.id)?.into_iter().map(|entry| {
            let (rights, follows) = (credits.rights(&entry), store.follow_up_reasons(entry.id)?);
            Ok(ShownMember { entry, rights, follows })
        });
        let revision = store.revision(story.id, story.revision)?;
        Ok(Some(Self {
            listed: listing::story(store, config, &credits, &story)?,
            members: members.collect::<Result<_, StoreError>>()?,
            score: store.scores()?.into_iter().find(|(id, _)| *id == story.id).map(|(_, score)| score),
            acts: store.audit_events(story.id)?,
            unreadable: unreadable(revision.as_ref(), &store.overrides(story.id)?),
            item: items(store, &credits, &config.site.base_url, std::slice::from_ref(&story))?.pop(),
            survivor: story.merged_into.map(|id| store.story_at(id)).transpose()?.flatten(),
            revision,
        }))
    }

    fn json(&self, config: &Config) -> serde_json::Value {
        let revision = self.revision.as_ref();
        let content = revision.and_then(|it| it.content.as_ref().ok());
        let bylined = |it| publish::bylined_json(it, &config.site.curator, &config.site.base_url);
        let mut value = json!(self.listed);
        value["score"] = json!(self.score);
        value["members"] = self.members.iter().map(|it| self.member(it)).collect();
        value["dropped"] = json!(revision.map(|it| it.dropped.clone()).unwrap_or_default());
        value["record"] = json!(content.and_then(|it| it.record.as_ref()).map(record));
        value["unreadable"] = json!(self.unreadable);
        value["input_hash"] = json!(revision.map(|it| &it.input_hash));
        value["acts"] = self.acts.iter().map(act).collect();
        value["merged_into"] = json!(self.survivor.as_ref().map(|it| it.key.as_str()));
        value["_bylined"] = json!(self.item.as_ref().map(bylined));
        value
    }

    fn text(&self) -> String {
        let listed = &self.listed;
        let mut text = format!("{}\n{}\n{} · {}", listed.title, listed.id, listed.state, listed.url);
        if let Some(it) = &self.survivor {
            let _ = write!(text, "\nIt became part of `{}` (“{}”)", it.key, it.title);
        }
        if let Some(score) = self.score {
            let _ = write!(text, " · score {score}");
        }
        self.members.iter().for_each(|it| self.write_member(&mut text, it));
        for it in self.item.iter().flat_map(|it| &it.related) {
            let word = match it.relation {
                Relation::Follows => "Follows",
                Relation::FollowedBy => "Followed by",
                Relation::Related => continue,
            };
            let _ = write!(text, "\n{word}: {} ({})", it.title, it.url);
        }
        if let Some((revision, Ok(content))) = self.revision.as_ref().map(|it| (it, &it.content)) {
            briefing(&mut text, revision, content);
        }
        for it in &self.unreadable {
            let _ = write!(text, "\nUnreadable: {it}");
        }
        if let Some(n) = listed.draft {
            let _ =
                write!(text, "\n\nRevision {n} waits for an editor: `bylined story approve {}`", listed.key);
        }
        for it in &self.acts {
            let why = it.why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
            let _ = write!(text, "\n{} {} of revision {} by {}{why}", it.at, it.act, it.revision, it.by);
        }
        text
    }

    fn member(&self, it: &ShownMember) -> serde_json::Value {
        let ShownMember { entry, rights, follows } = it;
        let follows = follows.iter().map(|(title, why)| json!({ "title": title, "why": why }));
        json!({
            "source": entry.source.as_str(),
            "entry": entry.key.as_str(),
            "title": entry.title,
            "url": entry.link,
            "published": entry.published.rfc3339(),
            "first_seen": entry.first_seen.rfc3339(),
            "joined": entry.joined,
            "follows": follows.collect::<Vec<_>>(),
            "copy_of": self.original(entry).map(|it| &it.link),
            "page": entry.page.as_str(),
            "page_reason": entry.page_reason,
            "rights": rights.as_str(),
            "rights_reasons": entry.rights_reasons,
        })
    }

    /// The entry of this story whose text this one copies.
    fn original(&self, copy: &EntryRow) -> Option<&EntryRow> {
        copy.copy_of.and_then(|of| self.members.iter().map(|it| &it.entry).find(|it| it.id == of))
    }

    /// A line for one of its entries.
    fn write_member(&self, text: &mut String, member: &ShownMember) {
        let ShownMember { entry: it, rights, follows } = member;
        let joined = it.joined.as_deref().map(|why| format!(", joined: {why}")).unwrap_or_default();
        let copy =
            self.original(it).map(|of| format!(", copies the text of {}", of.source)).unwrap_or_default();
        let page = it.page_reason.as_deref().map(|why| format!(", page: {why}")).unwrap_or_default();
        let reasons = match it.rights_reasons.is_empty() {
            true => String::new(),
            false => format!(" ({})", it.rights_reasons.join("; ")),
        };
        let _ = write!(
            text,
            "\n  {} {} `{}`{joined}{copy}{page}, rights: {}{reasons}",
            it.published,
            it.source,
            it.title,
            rights.as_str(),
        );
        for (title, why) in follows {
            let _ = write!(text, "\n    follows `{title}`: {why}");
        }
    }
}

fn act(act: &AuditEvent) -> serde_json::Value {
    json!({ "at": act.at.rfc3339(), "by": act.by, "act": act.act, "revision": act.revision, "why": act.why })
}

/// What is stored of a story and cannot be read, and what to do about it.
fn unreadable(revision: Option<&RevisionRow>, overrides: &[OverrideRow]) -> Vec<String> {
    let of_revision = revision.and_then(|it| {
        let error = it.content.as_ref().err()?;
        Some(format!("revision {}: {error}; `story replay --apply` makes another", it.n))
    });
    let of_field = |it: &OverrideRow| {
        let error = it.value.as_ref().err()?;
        Some(format!(
            "{}: {error}; no engine fills it, and the story stays as it is until `story edit` writes it again or returns it to the engine",
            it.field
        ))
    };
    of_revision.into_iter().chain(overrides.iter().filter_map(of_field)).collect()
}

fn record(it: &Record) -> serde_json::Value {
    json!({
        "model": it.model,
        "prompt": it.prompt,
        "verifier": it.verifier,
        "parameters": it.parameters,
        "requests": it.requests,
        "prompt_tokens": it.prompt_tokens,
        "completion_tokens": it.completion_tokens,
        "millis": it.millis,
        "failure": it.failure,
        "is_unanswered": it.is_unanswered,
    })
}

fn briefing(text: &mut String, revision: &RevisionRow, content: &RevisionContent) {
    let Briefing { engine, topics, best_for, .. } = &content.briefing;
    let _ = write!(text, "\n\nRevision {} of {} ({})", revision.n, revision.created, engine.as_str());
    for field in StatementField::ALL {
        let statements = content.briefing.statements_in(field);
        if !statements.is_empty() {
            let _ = write!(text, "\n{}", field.heading());
        }
        for statement in statements {
            let _ = write!(text, "\n  {}", statement.text);
            for receipt in &statement.receipts {
                let _ = write!(text, "\n    {} bytes {} to {}", receipt.url, receipt.start, receipt.end);
            }
        }
    }
    let names: Vec<&str> = topics.iter().map(|it| it.name.as_str()).collect();
    let _ = write!(text, "\nTopics: {}\nBest for: {}", names.join(", "), best_for.join(", "));
    for dropped in &revision.dropped {
        let _ = write!(text, "\nDropped by the gate: {dropped}");
    }
    if let Some(it) = &content.record {
        let (read, wrote, millis) = (it.prompt_tokens, it.completion_tokens, it.millis);
        let _ = write!(
            text,
            "\nModel {}, prompt {}: {read} tokens read, {wrote} written, {millis} ms",
            it.model, it.prompt
        );
        if let Some(why) = &it.failure {
            let _ = write!(text, "; it wrote nothing: {why}");
        }
    }
    if let Some(it) = &content.reviewed {
        let _ = write!(text, "\nReviewed by {} on {}", it.by, it.at);
    }
}
