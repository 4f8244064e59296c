//! Whatever a publisher's markup is, no sentence that could be quoted says what a reader does not see.

use bylined::domain::Document;
use bylined::domain::Hints;
use bylined::extract;
use bylined::parse;
use bylined::text::sentence;
use proptest::prelude::*;

/// Stands for what text cannot tell.
const LOSS: &str = "\u{fffc}";

/// Sentences of one text that are looked at.
const SENTENCES_MAX: usize = 500;

/// Filler that makes a page an article.
const PARAGRAPH: &str = "The committee published its findings on Tuesday, after months of study in Odda. ";

/// What stands in a line as it is written, with `@` for a word of its own, and as it is seen.
const PIECES: [(&str, &str); 36] = [
    ("@", "@"),
    ("@", "@"),
    ("@,", "@,"),
    ("<b>@</b>", "@"),
    ("<em>@</em>", "@"),
    ("<a href='/x?a=1&amp;b=2'>@</a>", "@"),
    ("<span class=name>@</span>", "@"),
    ("@<!-- not seen -->", "@"),
    ("un<wbr>@", "un@"),
    ("R&amp;D", "R&D"),
    ("3 &lt; 4", "3 < 4"),
    ("<q>@</q>", "“@”"),
    ("<ruby>@<rp>(</rp><rt>spoken</rt><rp>)</rp></ruby>", "@"),
    ("<ruby>@<rt>spoken</ruby>", "@"),
    ("10<sup>6</sup>", "10⁶"),
    ("3<sup>rd</sup>", "3rd"),
    ("2<sup>64k</sup>", "2\u{fffc}"),
    ("2<sup>2<sup>n</sup></sup>", "2\u{fffc}"),
    ("@<sup><a href='#n1'>1</a></sup>", "@"),
    ("@<sup>[2]</sup>", "@"),
    ("CO<sub>2</sub>", "CO2"),
    ("101<sub>2</sub>", "101₂"),
    ("<math><mn>64</mn></math>", "64"),
    ("<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>", LOSS),
    ("<img class=latex alt='x'>", LOSS),
    ("<img class=emoji alt='🙂'>", "🙂"),
    ("<script type='math/tex'>x^2</script>", LOSS),
    ("<span aria-hidden=true>@</span>", LOSS),
    ("@ <i aria-hidden=true>→</i>", "@"),
    ("<s>@</s>", LOSS),
    ("<del>@ <b>@</b></del>", LOSS),
    ("@<span hidden> unseen</span>", "@"),
    ("@<b hidden> unseen <b>too</b></b>", "@"),
    ("@<span style='display: none'> unseen</span>", "@"),
    ("@<br>", "@\n"),
    ("@<br><br>@", "@\n\n@"),
];

/// Blocks, with what they begin and end with.
const BLOCKS: [(&str, &str); 8] = [
    ("<p>", "</p>"),
    ("<p>", ""),
    ("<div>", "</div>"),
    ("<h2>", "</h2>"),
    ("<ul><li>", "</ul>"),
    ("<blockquote><p>", "</p></blockquote>"),
    ("<table><tr><td>", "</td></tr></table>"),
    ("<section><p>", "</section>"),
];

/// Markup, and what is seen of each of its blocks.
fn markup(blocks: &[(usize, Vec<usize>)]) -> (String, Vec<String>) {
    let (mut html, mut seen, mut words) = (String::new(), Vec::new(), 0..);
    for (block, pieces) in blocks {
        let (mut inner, mut text) = ("It".to_owned(), "It".to_owned());
        for piece in pieces {
            let (mut written, mut shown) = (PIECES[*piece].0.to_owned(), PIECES[*piece].1.to_owned());
            while written.contains('@') {
                let word = word(words.next().unwrap_or_default());
                written = written.replacen('@', &word, 1);
                shown = shown.replacen('@', &word, 1);
            }
            inner.extend([" ", &written]);
            text.extend([" ", &shown]);
        }
        html.extend([BLOCKS[*block].0, &inner, " ends.", BLOCKS[*block].1, "\n"]);
        seen.extend(format!("{text} ends.").split("\n\n").map(str::to_owned));
    }
    (html, seen)
}

/// A word that no other number has.
fn word(number: usize) -> String {
    let letter = |it: usize| char::from(b'a' + u8::try_from(it % 26).unwrap_or_default());
    format!("word{}{}{}", letter(number / 676), letter(number / 26), letter(number))
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn document(text: String) -> Document {
    let url: url::Url = "https://a.example/1".parse().expect("an address");
    Document {
        request_url: url.clone(),
        final_url: url,
        redirects: Vec::new(),
        content_type: None,
        bytes: text.into_bytes(),
        hints: Hints::default(),
    }
}

fn of_feed(element: &str) -> Option<String> {
    let feed = format!(
        "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>T</title>\
         <item><title>Odda</title><link>https://a.example/1</link>{element}</item></channel></rss>"
    );
    let parsed = parse::feed(&document(feed)).expect("a feed");
    let entry = parsed.feed.entries.into_iter().next()?;
    entry.content.or(entry.summary)
}

fn of_page(body: &str) -> String {
    let filler = format!("<p>{}</p>", PARAGRAPH.repeat(6));
    let html =
        format!("<html><title>Odda</title><body><article>{filler}{body}{filler}</article></body></html>");
    extract::article(&document(html)).expect("an article").text
}

/// No sentence without a loss may say what is not seen in one block.
fn check(text: &str, seen: &[String]) -> Result<(), TestCaseError> {
    let seen: Vec<String> = seen.iter().map(|it| folded(it)).collect();
    for cut in sentence::cut(text, SENTENCES_MAX) {
        let it = folded(&text[cut.range]);
        let stands =
            it.contains(LOSS) || PARAGRAPH.contains(&it) || seen.iter().any(|block| block.contains(&it));
        prop_assert!(stands, "{it:?} of {text:?}, seen {seen:?}");
    }
    Ok(())
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(300)
}

fn blocks() -> impl Strategy<Value = Vec<(usize, Vec<usize>)>> {
    let pieces = prop::collection::vec(0..PIECES.len(), 1..8);
    prop::collection::vec((0..BLOCKS.len(), pieces), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sentences_of_feeds_are_what_is_seen(blocks in blocks()) {
        let (html, seen) = markup(&blocks);
        let section = of_feed(&format!("<content:encoded><![CDATA[{html}]]></content:encoded>"));
        let escaped = html.replace('&', "&amp;").replace('<', "&lt;");
        let escaped = of_feed(&format!("<description>{escaped}</description>"));
        prop_assert_eq!(&section, &escaped);
        let text = section.unwrap_or_default();
        check(&text, &seen)?;
        for whole in seen.iter().filter(|it| !it.contains(LOSS)) {
            prop_assert!(folded(&text).contains(&folded(whole)), "{whole:?} is not in {text:?}");
        }
    }

    #[test]
    fn sentences_of_pages_are_what_is_seen(blocks in blocks()) {
        let (html, seen) = markup(&blocks);
        check(&of_page(&html), &seen)?;
    }
}
