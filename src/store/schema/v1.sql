-- Times are UTC epoch milliseconds, hashes the first 64 bits of SHA-256.

-- Every host that base_url ever had, in this order, with the day that stands in its tags.
CREATE TABLE hosts (
    n          INTEGER PRIMARY KEY,
    host       TEXT NOT NULL UNIQUE,
    first_seen INTEGER NOT NULL
) STRICT;

CREATE TABLE sources (
    id             TEXT PRIMARY KEY,
    url            TEXT NOT NULL,
    first_seen     INTEGER NOT NULL,
    -- What the feed says of itself.
    title          TEXT,
    feed_id        TEXT,
    home           TEXT,
    -- Whether that page names the feed, where the two are of different domains, and when it was asked.
    home_claim     TEXT NOT NULL DEFAULT 'unasked',
    home_asked     INTEGER,
    language       TEXT,
    rights_text    TEXT,
    -- What the operator says of it: the name it is credited under, whether its address may be shown,
    -- the strictest rights ever set, and the licence. It outlives the source's place in the file.
    publisher      TEXT,
    is_listed      INTEGER NOT NULL DEFAULT 1,
    operator_rights TEXT NOT NULL DEFAULT 'any',
    licence        TEXT,
    -- Hash of the feed's address, by which one that comes back under another id is known.
    url_hash       INTEGER,
    -- Where the articles of a publisher who was removed are: hashes (JSON array) for the names.
    places_removed TEXT NOT NULL DEFAULT '[]',
    -- What the publisher's signals allow, and which signals they are (JSON array).
    rights         TEXT NOT NULL DEFAULT 'any',
    rights_reasons TEXT NOT NULL DEFAULT '[]',
    -- What was allowed when its stories were last curated.
    rights_applied TEXT,
    -- What the next request needs.
    etag           TEXT,
    last_modified  TEXT,
    body_hash      INTEGER,
    -- The address that those came from, at the end of all redirects.
    final_url      TEXT,
    -- When it last sent a whole document, or was last asked for one unconditionally.
    last_whole     INTEGER,
    last_poll      INTEGER,
    next_poll      INTEGER NOT NULL DEFAULT 0,
    retry_after    INTEGER,
    -- How it is.
    health         TEXT NOT NULL DEFAULT 'new',
    reason         TEXT,
    since          INTEGER NOT NULL,
    status         INTEGER,
    failures       INTEGER NOT NULL DEFAULT 0,
    -- Where it is polled since it has moved for good; NULL: at `url`.
    moved_to       TEXT,
    -- Where permanent redirects point that are not confirmed yet, since when, how many.
    redirect_to    TEXT,
    redirect_since INTEGER,
    redirect_answers INTEGER NOT NULL DEFAULT 0,
    warnings       TEXT NOT NULL DEFAULT '[]',
    -- What the last document asks of polling, and its newest dates: they also hold after a 304.
    poll_hints     TEXT NOT NULL DEFAULT '{}',
    newest         TEXT NOT NULL DEFAULT '[]',
    -- Who is polling it.
    lease_holder   TEXT,
    lease_until    INTEGER
) STRICT;
CREATE INDEX sources_by_next ON sources (next_poll, id) WHERE health <> 'gone';
CREATE INDEX sources_removed ON sources (id) WHERE places_removed <> '[]';
CREATE INDEX sources_leased ON sources (lease_until) WHERE lease_until IS NOT NULL;

-- What sites answered when last asked for their robots.txt: for a day, and longer while it cannot be had.
CREATE TABLE robots (
    origin  TEXT PRIMARY KEY,
    kind    TEXT NOT NULL,
    -- The file, or the reason why there is none.
    body    BLOB NOT NULL,
    -- How long it is: read by the index alone.
    bytes   INTEGER NOT NULL AS (length(body)) STORED,
    fetched INTEGER NOT NULL,
    -- When it last could not be had again.
    failed  INTEGER
) STRICT;
CREATE INDEX robots_by_age ON robots (fetched, origin, bytes);

-- Addresses that asked not to be asked before a time.
CREATE TABLE rate_limits (
    url   TEXT PRIMARY KEY,
    host  TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX rate_limits_by_end ON rate_limits (until);

-- What was agreed with hubs (WebSub). One that is wanted no more stays until its hub was told.
CREATE TABLE subscriptions (
    -- The unguessable end of the callback.
    token    TEXT PRIMARY KEY,
    source   TEXT NOT NULL REFERENCES sources (id),
    hub      TEXT NOT NULL,
    topic    TEXT NOT NULL,
    callback TEXT NOT NULL,
    secret   TEXT NOT NULL,
    state    TEXT NOT NULL,
    asked    INTEGER,
    tries    INTEGER NOT NULL,
    -- When there is something to do about it.
    next     INTEGER NOT NULL,
    -- The end of the lease, once there is one.
    until    INTEGER,
    -- The last push, unless news came without one since.
    pushed   INTEGER,
    reason   TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX subscriptions_by_source ON subscriptions (source);
CREATE INDEX subscriptions_by_next ON subscriptions (next);

CREATE TABLE stories (
    id              INTEGER PRIMARY KEY,
    key             TEXT NOT NULL UNIQUE,
    -- Both hold the key, and so are one of a kind.
    tag             TEXT NOT NULL,
    path            TEXT NOT NULL,
    title           TEXT NOT NULL,
    state           TEXT NOT NULL,
    merged_into     INTEGER REFERENCES stories (id),
    primary_entry   INTEGER NOT NULL,
    -- The entry of whose title the path was made.
    founder         INTEGER,
    -- The item's date: the primary entry's when first published.
    published       INTEGER NOT NULL,
    -- When it entered the outputs; NULL while it never did.
    first_published INTEGER,
    updated         INTEGER NOT NULL,
    created         INTEGER NOT NULL,
    language        TEXT,
    -- Number of the current revision; 0 while there is none.
    revision        INTEGER NOT NULL DEFAULT 0,
    -- A member changed in a way that readers may notice: curate again.
    is_stale        INTEGER NOT NULL DEFAULT 0,
    -- Number of the revision that waits for an editor while readers see the current one.
    draft           INTEGER,
    -- Which topic cluster of related stories it stands in; NULL: the one that it began.
    topic_cluster   INTEGER,
    -- Since when a story that is to be curated waits for a model.
    waits_since     INTEGER,
    -- When a model is asked again about a story that was quoted by rule because it did not answer, and
    -- until when that is tried.
    ask_after       INTEGER,
    ask_until       INTEGER
) STRICT;
CREATE INDEX stories_by_state ON stories (state, published, key);
CREATE INDEX stories_by_first_published ON stories (state, first_published);
CREATE INDEX stories_stale ON stories (id) WHERE is_stale = 1;
CREATE INDEX stories_by_founder ON stories (founder);
CREATE INDEX stories_by_topic_cluster ON stories (topic_cluster, published, key) WHERE topic_cluster IS NOT NULL;
CREATE INDEX stories_to_ask ON stories (ask_after) WHERE ask_after IS NOT NULL;
CREATE INDEX stories_merged ON stories (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE entries (
    id              INTEGER PRIMARY KEY,
    source          TEXT NOT NULL REFERENCES sources (id),
    key             TEXT NOT NULL,
    guid            TEXT,
    guid_hash       INTEGER,
    link            TEXT,
    canonical       TEXT,
    link_hash       INTEGER,
    -- Hashes of what tells the article in the link: site and path, site and number.
    place_hash      INTEGER,
    number_hash     INTEGER,
    title           TEXT NOT NULL,
    title_hash      INTEGER NOT NULL,
    text_hash       INTEGER,
    -- Whether the feed's text says something of its own.
    has_text        INTEGER NOT NULL,
    content_hash    INTEGER NOT NULL,
    summary         TEXT,
    authors         TEXT NOT NULL DEFAULT '[]',
    categories      TEXT NOT NULL DEFAULT '[]',
    language        TEXT,
    rights          TEXT NOT NULL DEFAULT 'any',
    rights_reasons  TEXT NOT NULL DEFAULT '[]',
    rights_text     TEXT,
    origin          TEXT,
    enclosure       TEXT,
    -- As given, and as remembered: never in the future, never missing.
    published_given INTEGER,
    published       INTEGER NOT NULL,
    updated         INTEGER,
    first_seen      INTEGER NOT NULL,
    -- Whether it is dated before a document of its source that did not have it.
    is_late         INTEGER NOT NULL DEFAULT 0,
    is_kept         INTEGER NOT NULL,
    -- Whether the operator's filters leave it out.
    is_excluded     INTEGER NOT NULL DEFAULT 0,
    -- The text that may be quoted today.
    snapshot        INTEGER,
    -- The entry of the same story whose text it repeats.
    copy_of         INTEGER,
    -- Digests of the canonical addresses that its text links to, eight bytes each.
    links           BLOB NOT NULL DEFAULT x'',
    story           INTEGER REFERENCES stories (id),
    joined          TEXT,
    -- The number of its latest change in the order that clustering follows; 0 while it never changed.
    assigned        INTEGER NOT NULL DEFAULT 0,
    -- What became of the article after it appeared, and since when that is known.
    article_status  TEXT,
    noticed         INTEGER,
    UNIQUE (source, key)
) STRICT;
CREATE INDEX entries_by_guid ON entries (source, guid_hash);
CREATE INDEX entries_by_title ON entries (source, title_hash);
CREATE INDEX entries_by_text ON entries (source, text_hash) WHERE text_hash IS NOT NULL;
CREATE INDEX entries_by_number ON entries (source, number_hash) WHERE number_hash IS NOT NULL;
CREATE INDEX entries_by_place ON entries (place_hash, published) WHERE place_hash IS NOT NULL;
CREATE INDEX entries_by_link ON entries (link_hash) WHERE link_hash IS NOT NULL;
CREATE INDEX entries_by_story ON entries (story, published) WHERE story IS NOT NULL;
CREATE INDEX entries_by_source ON entries (source, story) WHERE story IS NOT NULL;
CREATE INDEX entries_unassigned ON entries (published, source, key) WHERE story IS NULL;
CREATE INDEX entries_by_assigned ON entries (assigned) WHERE story IS NOT NULL;
CREATE INDEX entries_by_date ON entries (published) WHERE story IS NOT NULL;
CREATE INDEX entries_noticed ON entries (noticed) WHERE article_status IS NOT NULL;
-- Texts that retention may end for.
CREATE INDEX entries_kept_texts ON entries (first_seen) WHERE is_kept = 1 AND snapshot IS NOT NULL;

-- The pages of articles: one that is wanted, was fetched or is denied. Without a row, none is needed.
CREATE TABLE article_pages (
    entry          INTEGER PRIMARY KEY REFERENCES entries (id),
    state          TEXT NOT NULL,
    -- Why it is so.
    reason         TEXT,
    -- How often it was tried, and when a failed one is tried again.
    tries          INTEGER NOT NULL DEFAULT 0,
    retry_at       INTEGER,
    -- Who reads it.
    lease_holder   TEXT,
    lease_until    INTEGER,
    -- What it says: the article's title, who wrote it, and its canonical address where that is another
    -- than the entry's link.
    title          TEXT,
    author         TEXT,
    canonical      TEXT,
    canonical_hash INTEGER,
    -- One that was read is checked again: what the question needs, how often it was asked, when that
    -- is due, and since when the page has not been there.
    etag           TEXT,
    last_modified  TEXT,
    checks         INTEGER NOT NULL DEFAULT 0,
    recheck_at     INTEGER,
    missing_since  INTEGER
) STRICT;
CREATE INDEX article_pages_wanted ON article_pages (entry) WHERE state = 'wanted';
CREATE INDEX article_pages_retried ON article_pages (retry_at) WHERE retry_at IS NOT NULL;
CREATE INDEX article_pages_rechecked ON article_pages (recheck_at) WHERE recheck_at IS NOT NULL;
CREATE INDEX article_pages_leased ON article_pages (lease_holder) WHERE lease_holder IS NOT NULL;
CREATE INDEX article_pages_by_canonical ON article_pages (canonical_hash) WHERE canonical_hash IS NOT NULL;

-- Of the changes that clustering must know of, so that every process can follow them:
-- the number of the latest, and of the latest that decided which entries are one story.
CREATE TABLE assignments (n INTEGER NOT NULL, decided INTEGER NOT NULL) STRICT;
INSERT INTO assignments VALUES (0, 0);

-- What an entry tells is what came of an earlier one, how likely that is, in per mille, and why.
CREATE TABLE follow_ups (
    entry   INTEGER NOT NULL REFERENCES entries (id),
    earlier INTEGER NOT NULL REFERENCES entries (id),
    likely  INTEGER NOT NULL,
    why     TEXT NOT NULL,
    PRIMARY KEY (entry, earlier)
) STRICT, WITHOUT ROWID;
CREATE INDEX follow_ups_by_earlier ON follow_ups (earlier, entry);

-- What came together by a merge.
CREATE TABLE merged_members (
    story INTEGER NOT NULL REFERENCES stories (id),
    entry INTEGER NOT NULL REFERENCES entries (id),
    PRIMARY KEY (story, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX merged_members_by_entry ON merged_members (entry);

-- Entries that an editor has told apart for good (cannot-link constraints): no entry of one side of a
-- pair joins one of its other side.
CREATE TABLE cannot_links (
    entry INTEGER NOT NULL REFERENCES entries (id),
    pair  INTEGER NOT NULL,
    side  INTEGER NOT NULL,
    PRIMARY KEY (entry, pair)
) STRICT, WITHOUT ROWID;
CREATE INDEX cannot_links_by_pair ON cannot_links (pair, side, entry);

-- The query parameters with which a site's own feeds tell its articles apart.
CREATE TABLE choices (
    site_hash INTEGER NOT NULL,
    name      TEXT NOT NULL,
    PRIMARY KEY (site_hash, name)
) STRICT, WITHOUT ROWID;

-- Immutable: receipts point into these texts.
CREATE TABLE snapshots (
    id         INTEGER PRIMARY KEY,
    entry      INTEGER NOT NULL REFERENCES entries (id),
    -- The feed or the page, or what one of them says of the article beside its text.
    taken_from TEXT NOT NULL,
    text       TEXT NOT NULL,
    taken      INTEGER NOT NULL
) STRICT;
CREATE INDEX snapshots_by_entry ON snapshots (entry);

-- Append-only; the story's `revision` says which one readers see.
CREATE TABLE revisions (
    story      INTEGER NOT NULL REFERENCES stories (id),
    n          INTEGER NOT NULL,
    created    INTEGER NOT NULL,
    title      TEXT NOT NULL,
    engine     TEXT NOT NULL,
    briefing   TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    -- What the engine dropped and why (JSON array).
    dropped    TEXT NOT NULL DEFAULT '[]',
    reviewed   TEXT,
    why        TEXT NOT NULL,
    -- Why its words are gone.
    removed    TEXT,
    -- How a model took part (JSON), the person who made it, when readers first saw it.
    record     TEXT,
    author     TEXT,
    shown      INTEGER,
    language   TEXT,
    -- The entry that speaks for the story in it.
    lead       INTEGER,
    PRIMARY KEY (story, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE story_topics (
    story INTEGER NOT NULL REFERENCES stories (id),
    slug  TEXT NOT NULL,
    name  TEXT NOT NULL,
    -- In the briefing's list, from 0.
    position INTEGER NOT NULL,
    PRIMARY KEY (story, slug)
) STRICT, WITHOUT ROWID;
CREATE INDEX story_topics_by_slug ON story_topics (slug, story);

CREATE TABLE story_audiences (
    story INTEGER NOT NULL REFERENCES stories (id),
    slug  TEXT NOT NULL,
    PRIMARY KEY (story, slug)
) STRICT, WITHOUT ROWID;
CREATE INDEX story_audiences_by_slug ON story_audiences (slug, story);

-- How many published stories have each topic and audience, so that no page has to count them; a
-- topic's name is that of its latest story.
CREATE TABLE topic_counts (
    slug    TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    latest  INTEGER NOT NULL,
    stories INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE audience_counts (
    slug    TEXT PRIMARY KEY,
    stories INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER topic_added AFTER INSERT ON story_topics
WHEN (SELECT state FROM stories WHERE id = NEW.story) = 'published' BEGIN
    INSERT INTO topic_counts VALUES (NEW.slug, NEW.name, NEW.story, 1)
    ON CONFLICT (slug) DO UPDATE SET stories = stories + 1, latest = max(latest, excluded.latest),
        name = CASE WHEN latest <= excluded.latest THEN excluded.name ELSE name END;
END;
CREATE TRIGGER topic_removed AFTER DELETE ON story_topics
WHEN (SELECT state FROM stories WHERE id = OLD.story) = 'published' BEGIN
    UPDATE topic_counts SET stories = stories - 1 WHERE slug = OLD.slug;
END;
CREATE TRIGGER audience_added AFTER INSERT ON story_audiences
WHEN (SELECT state FROM stories WHERE id = NEW.story) = 'published' BEGIN
    INSERT INTO audience_counts VALUES (NEW.slug, 1) ON CONFLICT (slug) DO UPDATE SET stories = stories + 1;
END;
CREATE TRIGGER audience_removed AFTER DELETE ON story_audiences
WHEN (SELECT state FROM stories WHERE id = OLD.story) = 'published' BEGIN
    UPDATE audience_counts SET stories = stories - 1 WHERE slug = OLD.slug;
END;
CREATE TRIGGER story_shown AFTER UPDATE OF state ON stories
WHEN NEW.state = 'published' AND OLD.state <> 'published' BEGIN
    INSERT INTO topic_counts SELECT slug, name, story, 1 FROM story_topics WHERE story = NEW.id
    ON CONFLICT (slug) DO UPDATE SET stories = stories + 1, latest = max(latest, excluded.latest),
        name = CASE WHEN latest <= excluded.latest THEN excluded.name ELSE name END;
    INSERT INTO audience_counts SELECT slug, 1 FROM story_audiences WHERE story = NEW.id
    ON CONFLICT (slug) DO UPDATE SET stories = stories + 1;
END;
CREATE TRIGGER story_hidden AFTER UPDATE OF state ON stories
WHEN OLD.state = 'published' AND NEW.state <> 'published' BEGIN
    UPDATE topic_counts SET stories = stories - 1
        WHERE slug IN (SELECT slug FROM story_topics WHERE story = NEW.id);
    UPDATE audience_counts SET stories = stories - 1
        WHERE slug IN (SELECT slug FROM story_audiences WHERE story = NEW.id);
END;

-- What a reader may search for; rows are those of the stories. `names` are those of publishers and authors.
CREATE VIRTUAL TABLE story_search USING fts5 (
    title, text, topics, names, content = '', contentless_delete = 1,
    tokenize = 'porter unicode61 remove_diacritics 2'
);

-- The words of that index, to find those that a reader may have meant.
CREATE VIRTUAL TABLE story_words USING fts5vocab (story_search, row);

CREATE TABLE related (
    story    INTEGER NOT NULL REFERENCES stories (id),
    other    INTEGER NOT NULL REFERENCES stories (id),
    rank     INTEGER NOT NULL,
    PRIMARY KEY (story, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX related_by_other ON related (other);

-- Which stories stand in which output, in the order they entered.
CREATE TABLE output_items (
    output  TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    story   INTEGER NOT NULL REFERENCES stories (id),
    entered INTEGER NOT NULL,
    score   REAL NOT NULL,
    PRIMARY KEY (output, seq),
    UNIQUE (output, story)
) STRICT, WITHOUT ROWID;

-- Periods of outputs that carry one item for each: which positions of the output a period holds.
CREATE TABLE digests (
    output    TEXT NOT NULL,
    begins    INTEGER NOT NULL,
    ends      INTEGER NOT NULL,
    tag       TEXT NOT NULL UNIQUE,
    first_seq INTEGER NOT NULL,
    last_seq  INTEGER NOT NULL,
    -- Whether the period has more stories, which the next one holds.
    is_cut    INTEGER NOT NULL,
    -- An editor's note, and who wrote it.
    note      TEXT,
    note_by   TEXT,
    PRIMARY KEY (output, first_seq)
) STRICT, WITHOUT ROWID;

-- The stories of a period's item, in the order in which they went out.
CREATE TABLE digest_stories (
    output    TEXT NOT NULL,
    first_seq INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    story     INTEGER NOT NULL REFERENCES stories (id),
    PRIMARY KEY (output, first_seq, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX digest_stories_by_story ON digest_stories (story);

-- What an editor decided of the period that is running: its note, and of its stories which are left out
-- (no position) and which come first.
CREATE TABLE edition_notes (
    output TEXT PRIMARY KEY,
    note   TEXT NOT NULL,
    by     TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE edition_choices (
    output   TEXT NOT NULL,
    story    INTEGER NOT NULL REFERENCES stories (id),
    position INTEGER,
    PRIMARY KEY (output, story)
) STRICT, WITHOUT ROWID;

CREATE TABLE outputs (
    id           TEXT PRIMARY KEY,
    -- Digest of the filters under which its items entered.
    filters      TEXT NOT NULL,
    -- Digest of the documents last published, and when they last changed.
    documents    TEXT,
    published_at INTEGER,
    is_valid     INTEGER NOT NULL DEFAULT 1,
    reason       TEXT,
    -- Items that fail their check and are left out: a line for each.
    omitted      TEXT NOT NULL DEFAULT ''
) STRICT;

-- Callbacks that our own hub tells of changes, each for one feed (its path): they have confirmed that
-- they want it.
CREATE TABLE hub_subscribers (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    callback    TEXT NOT NULL,
    -- Of the callback, with its port.
    host        TEXT NOT NULL,
    topic       TEXT NOT NULL,
    secret      TEXT,
    -- The end of the lease.
    until       INTEGER NOT NULL,
    -- Digest of the document that it was sent last, or that was current when it subscribed; and when.
    delivered   TEXT NOT NULL,
    taken       INTEGER NOT NULL,
    -- When a newer one is sent; NULL: there is none.
    next        INTEGER,
    first_tried INTEGER,
    tries       INTEGER NOT NULL DEFAULT 0,
    UNIQUE (callback, topic)
) STRICT;
CREATE INDEX hub_subscribers_by_next ON hub_subscribers (next) WHERE next IS NOT NULL;
CREATE INDEX hub_subscribers_by_topic ON hub_subscribers (topic);
CREATE INDEX hub_subscribers_by_host ON hub_subscribers (host);
CREATE INDEX hub_subscribers_by_end ON hub_subscribers (until);

-- What our hub was asked for, until the callback has said whether it wants it.
CREATE TABLE hub_requests (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    callback   TEXT NOT NULL,
    host       TEXT NOT NULL,
    topic      TEXT NOT NULL,
    mode       TEXT NOT NULL,
    secret     TEXT,
    lease_secs INTEGER NOT NULL,
    next       INTEGER NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    UNIQUE (callback, topic)
) STRICT;
CREATE INDEX hub_requests_by_next ON hub_requests (next);
CREATE INDEX hub_requests_by_host ON hub_requests (host);

-- Which document of each feed an outside hub was told of last, and why it was not told of a newer one.
CREATE TABLE hub_pings (
    topic  TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    reason TEXT
) STRICT, WITHOUT ROWID;

-- Programs of the operator's that are told what happens, each named by a digest of its address, and
-- how it goes: since when it is told, when it last took a delivery, why it did not, and how many were
-- given up.
CREATE TABLE hooks (
    id       TEXT PRIMARY KEY,
    since    INTEGER NOT NULL,
    taken    INTEGER,
    reason   TEXT,
    given_up INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- What each is told: events of stories and digests of each output, and those of no output ('').
CREATE TABLE hook_events (
    event  TEXT NOT NULL,
    output TEXT NOT NULL,
    hook   TEXT NOT NULL REFERENCES hooks (id),
    PRIMARY KEY (event, output, hook)
) STRICT, WITHOUT ROWID;
CREATE INDEX hook_events_by_hook ON hook_events (hook);

-- Deliveries that no hook has taken yet. They are written by triggers, in the transaction of what
-- they tell; those of one subject are delivered in the order of their ids.
CREATE TABLE hook_deliveries (
    id          INTEGER PRIMARY KEY,
    -- Its name outside, the same at every attempt.
    uuid        BLOB NOT NULL DEFAULT (randomblob(16)),
    hook        TEXT NOT NULL REFERENCES hooks (id),
    event       TEXT NOT NULL,
    at          INTEGER NOT NULL,
    subject     TEXT NOT NULL,
    output      TEXT,
    story       INTEGER REFERENCES stories (id),
    digest      TEXT,
    source      TEXT,
    first_tried INTEGER,
    tries       INTEGER NOT NULL DEFAULT 0,
    next        INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX hook_deliveries_by_subject ON hook_deliveries (hook, subject, id);
CREATE INDEX hook_deliveries_by_next ON hook_deliveries (hook, next, id);
CREATE INDEX hook_deliveries_by_story ON hook_deliveries (story) WHERE story IS NOT NULL;

CREATE TRIGGER hook_entered AFTER INSERT ON output_items
WHEN (SELECT state FROM stories WHERE id = NEW.story) = 'published' BEGIN
    INSERT INTO hook_deliveries (hook, event, at, subject, output, story)
    SELECT hook, event, NEW.entered, 'story ' || NEW.story, NEW.output, NEW.story
    FROM hook_events WHERE event = 'published' AND output = NEW.output;
END;
CREATE TRIGGER hook_restored AFTER UPDATE OF state ON stories
WHEN NEW.state = 'published' AND OLD.state <> 'published' BEGIN
    INSERT INTO hook_deliveries (hook, event, at, subject, output, story)
    SELECT e.hook, e.event, NEW.updated, 'story ' || NEW.id, e.output, NEW.id
    FROM hook_events e JOIN output_items i ON i.output = e.output AND i.story = NEW.id
    WHERE e.event = 'published';
END;
CREATE TRIGGER hook_updated AFTER UPDATE OF updated ON stories
WHEN NEW.state = 'published' AND OLD.state = 'published' AND NEW.updated <> OLD.updated BEGIN
    INSERT INTO hook_deliveries (hook, event, at, subject, output, story)
    SELECT e.hook, e.event, NEW.updated, 'story ' || NEW.id, e.output, NEW.id
    FROM hook_events e JOIN output_items i ON i.output = e.output AND i.story = NEW.id
    WHERE e.event = 'updated';
END;
CREATE TRIGGER hook_withdrawn AFTER UPDATE OF state ON stories
WHEN OLD.state = 'published' AND NEW.state IN ('withdrawn', 'rejected', 'merged') BEGIN
    INSERT INTO hook_deliveries (hook, event, at, subject, output, story)
    SELECT e.hook, e.event, NEW.updated, 'story ' || NEW.id, e.output, NEW.id
    FROM hook_events e JOIN output_items i ON i.output = e.output AND i.story = NEW.id
    WHERE e.event = 'withdrawn';
END;
CREATE TRIGGER hook_held AFTER UPDATE OF state ON stories
WHEN NEW.state = 'held' AND OLD.state <> 'held' BEGIN
    INSERT INTO hook_deliveries (hook, event, at, subject, story)
    SELECT hook, event, NEW.updated, 'story ' || NEW.id, NEW.id FROM hook_events WHERE event = 'waiting';
END;
CREATE TRIGGER hook_drafted AFTER UPDATE OF draft ON stories
WHEN NEW.draft IS NOT NULL AND OLD.draft IS NULL BEGIN
    INSERT INTO hook_deliveries (hook, event, at, subject, story)
    SELECT e.hook, e.event, r.created, 'story ' || NEW.id, NEW.id
    FROM hook_events e JOIN revisions r ON r.story = NEW.id AND r.n = NEW.draft WHERE e.event = 'waiting';
END;
-- A new output begins with periods that were over before anybody was told of it.
CREATE TRIGGER hook_digest AFTER INSERT ON digests BEGIN
    INSERT INTO hook_deliveries (hook, event, at, subject, output, digest)
    SELECT e.hook, e.event, NEW.ends, 'digest ' || NEW.output, NEW.output, NEW.tag
    FROM hook_events e JOIN hooks h ON h.id = e.hook
    WHERE e.event = 'digest' AND e.output = NEW.output AND h.since < NEW.ends;
END;
-- A source that is new again was removed: of that nobody is told.
CREATE TRIGGER hook_health AFTER UPDATE OF health ON sources
WHEN NEW.health <> OLD.health AND NEW.health <> 'new' AND NOT (OLD.health = 'new' AND NEW.health = 'healthy') BEGIN
    INSERT INTO hook_deliveries (hook, event, at, subject, source)
    SELECT hook, event, NEW.since, 'source ' || NEW.id, NEW.id FROM hook_events WHERE event = 'health';
END;

-- What models replied, under the digest of what they were asked, so that no answer is
-- paid for twice and a briefing can be made again.
CREATE TABLE llm_replies (
    story   INTEGER NOT NULL REFERENCES stories (id),
    request TEXT NOT NULL,
    reply   TEXT NOT NULL,
    -- How long it took, in milliseconds.
    millis  INTEGER NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (story, request)
) STRICT, WITHOUT ROWID;

-- How many planted pairs of statements a model told apart on a day of the site, and whether it may verify.
CREATE TABLE llm_self_tests (
    model      TEXT NOT NULL,
    -- Version of the questions.
    prompt     TEXT NOT NULL,
    day        TEXT NOT NULL,
    told       INTEGER NOT NULL,
    has_passed INTEGER NOT NULL,
    created    INTEGER NOT NULL,
    PRIMARY KEY (model, prompt, day)
) STRICT, WITHOUT ROWID;

-- Tokens spent on each day of the site, by the source whose turns they were.
CREATE TABLE llm_tokens (
    day    TEXT NOT NULL,
    source TEXT NOT NULL REFERENCES sources (id),
    spent  INTEGER NOT NULL,
    PRIMARY KEY (day, source)
) STRICT, WITHOUT ROWID;

-- How often a request was sent without an answer of use, and how often it is under way, or was when
-- its process was killed.
CREATE TABLE llm_attempts (
    story   INTEGER NOT NULL REFERENCES stories (id),
    request TEXT NOT NULL,
    useless INTEGER NOT NULL DEFAULT 0,
    begun   INTEGER NOT NULL,
    PRIMARY KEY (story, request)
) STRICT, WITHOUT ROWID;

-- Which process is asking a model about which story.
CREATE TABLE llm_leases (
    story  INTEGER PRIMARY KEY REFERENCES stories (id),
    holder TEXT NOT NULL,
    until  INTEGER NOT NULL
) STRICT;

-- The fields that people wrote: no engine overwrites them.
CREATE TABLE overrides (
    story INTEGER NOT NULL REFERENCES stories (id),
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    by    TEXT NOT NULL,
    at    INTEGER NOT NULL,
    PRIMARY KEY (story, field)
) STRICT, WITHOUT ROWID;

-- What people did with stories; append-only.
CREATE TABLE audit_log (
    id       INTEGER PRIMARY KEY,
    story    INTEGER NOT NULL REFERENCES stories (id),
    at       INTEGER NOT NULL,
    by       TEXT NOT NULL,
    act      TEXT NOT NULL,
    revision INTEGER NOT NULL,
    why      TEXT,
    -- The other story, of a merge or split.
    other    INTEGER REFERENCES stories (id),
    -- The story's score then, where the act says whether it was worth publishing.
    score    REAL
) STRICT;
CREATE INDEX audit_log_by_story ON audit_log (story);

-- Approvals from the desk that go out when they are due, and can be undone until then.
CREATE TABLE approvals (
    story    INTEGER PRIMARY KEY REFERENCES stories (id),
    -- The revision that was approved: another one does not go out by it.
    revision INTEGER NOT NULL,
    by       TEXT NOT NULL,
    why      TEXT,
    due      INTEGER NOT NULL
) STRICT;
CREATE INDEX approvals_by_due ON approvals (due);

-- Waiting stories that an editor has put off.
CREATE TABLE deferrals (
    story INTEGER PRIMARY KEY REFERENCES stories (id),
    until INTEGER NOT NULL,
    by    TEXT NOT NULL
) STRICT;

-- Forms of the desk that were acted on, so that one that is sent twice decides once.
CREATE TABLE submitted_forms (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX submitted_forms_by_age ON submitted_forms (at);

-- Editors who are signed in. The cookie holds a token, and this its SHA-256.
CREATE TABLE editor_sessions (
    n       INTEGER PRIMARY KEY,
    digest  BLOB NOT NULL UNIQUE,
    editor  TEXT NOT NULL,
    -- Digest of the secret that the editor signed in with: a new one ends the session.
    secret  BLOB NOT NULL,
    -- What the browser calls itself.
    agent   TEXT NOT NULL,
    created INTEGER NOT NULL,
    used    INTEGER NOT NULL
) STRICT;
CREATE INDEX editor_sessions_by_use ON editor_sessions (used);

-- What the CSRF tokens of whoever needs not sign in are made with; one row, once it is needed.
CREATE TABLE desk_key (key BLOB NOT NULL) STRICT;

-- Counts every change that readers can see.
CREATE TABLE generation (n INTEGER NOT NULL) STRICT;
INSERT INTO generation VALUES (0);

-- Which generation readers see, how it is shown (digest of version and configuration), and since when.
CREATE TABLE pages_shown (
    generation INTEGER NOT NULL,
    look       TEXT NOT NULL,
    since      INTEGER NOT NULL
) STRICT;
INSERT INTO pages_shown VALUES (-1, '', 0);
