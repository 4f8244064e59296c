//! What stories are found by.

use rusqlite::params;

use crate::domain::Briefing;
use crate::domain::Slug;
use crate::domain::SourceId;
use crate::domain::Timestamp;

use super::error::StoreError;
use super::row::StoryRow;
use super::row::StoryRowId;
use super::row::to_json;
use super::session::Reader;
use super::session::Searched;
use super::session::Writer;

/// Words of a search that are looked for; further ones are ignored.
const SEARCH_WORDS_MAX: usize = 16;

/// Words of the index that a word nobody wrote is compared with.
const COMPARED_WORDS_MAX: usize = 200_000;

/// Shorter words have too many neighbours to guess which was meant.
const GUESSED_CHARS_MIN: usize = 4;

/// Words of one search that are guessed: each guess reads a part of the index.
const GUESSED_WORDS_MAX: usize = 3;

/// From so many letters on, two may be wrong.
const TWO_ERRORS_CHARS_MIN: usize = 8;

/// What a search is narrowed to. All must hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct SearchFilter<'a> {
    /// Stories with this topic.
    pub topic: Option<&'a Slug>,
    /// Stories with an entry of any of these sources.
    pub sources: Option<&'a [&'a SourceId]>,
    /// Stories not dated before this.
    pub from: Option<Timestamp>,
    /// Stories dated before this.
    pub to: Option<Timestamp>,
}

const MATCHING: &str = "FROM story_search f JOIN stories s ON s.id = f.rowid
     WHERE story_search MATCH ?1 AND s.state = 'published'
         AND (?2 IS NULL OR EXISTS (SELECT 1 FROM story_topics t WHERE t.story = s.id AND t.slug = ?2))
         AND (?3 IS NULL OR EXISTS (SELECT 1 FROM entries e WHERE e.story = s.id
                                    AND e.source IN (SELECT value FROM json_each(?3))))
         AND (?4 IS NULL OR ?4 <= s.published) AND (?5 IS NULL OR s.published < ?5)";

impl Reader<'_> {
    /// Published stories that have all the words, best match first, without the best `skip`.
    pub fn search(
        &self,
        words: &str,
        filter: SearchFilter<'_>,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<StoryRow>, StoreError> {
        let Some(query) = match_query(words) else { return Ok(Vec::new()) };
        let (topic, sources, from, to) = filter.params();
        self.rows(
            &format!("SELECT {} {MATCHING} ORDER BY f.rank, s.id DESC LIMIT ?6 OFFSET ?7", StoryRow::COLUMNS),
            params![query, topic, sources, from, to, limit as i64, skip as i64],
            StoryRow::of,
        )
    }

    /// How many published stories have all the words.
    pub fn search_count(&self, words: &str, filter: SearchFilter<'_>) -> Result<usize, StoreError> {
        let Some(query) = match_query(words) else { return Ok(0) };
        let (topic, sources, from, to) = filter.params();
        self.count(&format!("SELECT count(*) {MATCHING}"), params![query, topic, sources, from, to])
    }

    /// The same words with those that no story has replaced by the most frequent ones with nearly the
    /// same letters; `None` where there is nothing to replace.
    pub fn similar_words(&self, words: &str) -> Result<Option<String>, StoreError> {
        let mut similar = Vec::new();
        let mut is_changed = false;
        let mut guesses_left = GUESSED_WORDS_MAX;
        for word in split_words(words) {
            let guess = if 0 < guesses_left && !self.is_known(word)? {
                guesses_left -= 1;
                self.similar_word(word)?
            } else {
                None
            };
            is_changed |= guess.is_some();
            similar.push(guess.unwrap_or_else(|| word.to_owned()));
        }
        Ok(is_changed.then(|| similar.join(" ")))
    }

    /// Whether a published story has a word.
    fn is_known(&self, word: &str) -> Result<bool, StoreError> {
        let Some(query) = match_query(word) else { return Ok(false) };
        let known = "SELECT EXISTS (SELECT 1 FROM story_search f JOIN stories s ON s.id = f.rowid
                     WHERE story_search MATCH ?1 AND s.state = 'published' LIMIT 1)";
        self.value(known, params![query])
    }

    fn similar_word(&self, word: &str) -> Result<Option<String>, StoreError> {
        let word: Vec<char> = word.to_lowercase().chars().filter(|it| it.is_alphanumeric()).collect();
        let Some(first) = word.first().filter(|_| GUESSED_CHARS_MIN <= word.len()) else { return Ok(None) };
        let errors_max = if word.len() < TWO_ERRORS_CHARS_MIN { 1 } else { 2 };
        let first = first.to_string();
        let known: Vec<(String, i64)> = self.rows(
            "SELECT term, doc FROM story_words WHERE ?1 <= term AND term < ?1 || char(1114111) LIMIT ?2",
            params![first, COMPARED_WORDS_MAX as i64],
            |row| Ok((row.get("term")?, row.get("doc")?)),
        )?;
        let near = known.into_iter().filter_map(|(term, stories)| {
            let letters: Vec<char> = term.chars().collect();
            let errors = edit_distance(&word, &letters, errors_max)?;
            Some((errors, std::cmp::Reverse(stories), term))
        });
        Ok(near.min().map(|it| it.2))
    }
}

impl SearchFilter<'_> {
    fn params(&self) -> (Option<&str>, Option<String>, Option<i64>, Option<i64>) {
        let ids = |of: &[&SourceId]| to_json(&of.iter().map(|it| it.as_str()).collect::<Vec<_>>());
        (
            self.topic.map(Slug::as_str),
            self.sources.map(ids),
            self.from.map(Timestamp::millis),
            self.to.map(Timestamp::millis),
        )
    }
}

/// Words, each quoted, so that nothing in one is an operator of the query language.
fn match_query(words: &str) -> Option<String> {
    let quoted: Vec<String> =
        split_words(words).map(|it| format!("\"{}\"", it.replace('"', "\"\""))).collect();
    (!quoted.is_empty()).then(|| quoted.join(" "))
}

fn split_words(words: &str) -> impl Iterator<Item = &str> {
    words
        .split(|it: char| it.is_whitespace() || it.is_control())
        .filter(|it| !it.is_empty())
        .take(SEARCH_WORDS_MAX)
}

/// How many letters must be added, left out, exchanged or swapped with their neighbours to make one word
/// of the other (optimal string alignment); `None` where that is more than `most`.
fn edit_distance(a: &[char], b: &[char], most: usize) -> Option<usize> {
    if most < a.len().abs_diff(b.len()) {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut cost = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if 0 < i && 0 < j && *x == b[j - 1] && a[i - 1] == *y {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|it| *it <= most)
}

impl Writer<'_> {
    /// Notes that words were removed: they leave the search index at the end of the job, and the log
    /// after it.
    pub(super) fn note_erasure(&self) {
        self.has_erased.set(true);
    }

    pub(super) fn has_erased(&self) -> bool {
        self.has_erased.get()
    }

    /// A story is found by what its current revision says, and by these names of its publishers and
    /// authors, from now on. It needs a current revision.
    pub fn find_by(&self, story: StoryRowId, title: &str, briefing: &Briefing, names: &[String]) {
        self.note_words(story, (title, briefing, names), true);
    }

    /// Notes what a story is found by; `is_known` where the search may know it already.
    pub(super) fn note_words(
        &self,
        story: StoryRowId,
        (title, briefing, names): (&str, &Briefing, &[String]),
        is_known: bool,
    ) {
        let text: Vec<&str> = briefing.statements().map(|it| it.text.as_str()).collect();
        let topics: Vec<&str> = briefing.topics.iter().map(|it| it.name.as_str()).collect();
        let mut searched = self.searched.borrow_mut();
        let searched = searched.entry(story).or_default();
        searched.is_known |= is_known;
        searched.words = Some([title.to_owned(), text.join("\n"), topics.join("\n"), names.join("\n")]);
    }

    /// A story is not to be found any more.
    pub(super) fn forget_words(&self, story: StoryRowId) {
        self.searched.borrow_mut().insert(story, Searched { is_known: true, words: None });
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::params;

    use super::*;
    use crate::domain::EntryId;
    use crate::domain::Timestamp;
    use crate::store::Current;
    use crate::store::Store;

    #[test]
    fn a_word_is_near_another_by_its_letters() {
        let check = |a: &str, b: &str, most: usize, expected: Option<usize>| {
            let [a, b] = [a, b].map(|it| it.chars().collect::<Vec<char>>());
            assert_eq!(edit_distance(&a, &b, most), expected, "{a:?} {b:?}");
        };
        check("micrsoft", "microsoft", 2, Some(1));
        check("anthorpic", "anthropic", 1, Some(1));
        check("rust", "rust", 1, Some(0));
        check("rust", "trust", 1, Some(1));
        check("rust", "ruts", 1, Some(1));
        check("cloud", "crowds", 1, None);
        check("", "ab", 1, None);
    }

    #[tokio::test]
    async fn the_search_knows_what_a_job_left_of_a_story() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("bylined.db")).expect("a store");
        let now = Timestamp::default();
        let told = |it: &Writer<'_>, id: i64, title: &str, is_first: bool| {
            let briefing = Briefing::default();
            let (language, audiences, primary) = (None, &[][..], EntryId(1));
            let names = vec!["Halden Wire".to_owned(), "Ines Okafor".to_owned()];
            let current =
                Current { n: 1, title, language, briefing: &briefing, audiences, names, primary, is_first };
            it.make_current(StoryRowId(id), &current)
        };
        let change = move |it: &Writer<'_>| {
            for (id, key) in [(1, "aaaaaaaaaaaaaaaa"), (2, "bbbbbbbbbbbbbbbb"), (3, "cccccccccccccccc")] {
                it.sql.execute(
                    "INSERT INTO stories (id, key, tag, path, title, state, primary_entry, published, updated, created)
                     VALUES (?1, ?2, ?2, ?2, '', 'published', 1, 0, 0, 0)",
                    params![id, key],
                )?;
            }
            told(it, 1, "Quorum", true)?;
            told(it, 1, "Ledger", false)?;
            told(it, 2, "Ledger", true)?;
            it.forget_words(StoryRowId(2));
            told(it, 3, "Ledger", true)
        };
        store.write(change).await.expect("a first job");
        let found = async |words: &'static str| {
            let found = store
                .read(move |it| it.search(words, SearchFilter::default(), 0, 9))
                .await
                .expect("a search");
            found.into_iter().map(|it| it.id.0).collect::<Vec<_>>()
        };
        assert_eq!((found("quorum").await, found("ledger").await), (vec![], vec![3, 1]));
        let change = move |it: &Writer<'_>| {
            told(it, 1, "Quorum", false)?;
            it.withdraw_story(StoryRowId(3), now)
        };
        store.write(change).await.expect("a second job");
        assert_eq!((found("quorum").await, found("ledger").await), (vec![1], vec![]));
        assert_eq!(found("okafor halden").await, vec![1], "names are words too");
        let similar = async |words: &'static str| {
            store.read(move |it| it.similar_words(words)).await.expect("a search")
        };
        assert_eq!(similar("quroum okafor").await.as_deref(), Some("quorum okafor"));
        assert_eq!(similar("zaaaa zbbbb zcccc quroum").await, None, "further words are not guessed");
        assert_eq!(
            (similar("quorum").await, similar("zebra").await, similar("qxx").await),
            (None, None, None)
        );
    }
}
