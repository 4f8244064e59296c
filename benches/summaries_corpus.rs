//! How close extractive summaries come to those that people wrote.
//!
//! `cargo bench --bench summaries_corpus -- FOLDER`, or `BYLINED_CORPUS`: the folder
//! holds `summaries/cnn_corpus.jsonl` and `summaries/cnndm_xsum.jsonl`. Prints what
//! `bylined eval curate` prints of them, the same of each text's first three
//! sentences, and how many sentences of the texts the gate would block.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::path::Path;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;
use std::time::Instant;

use bylined::curate::gate::Cited;
use bylined::evaluate::curate::Evaluation;
use bylined::evaluate::curate::Sample;
use bylined::evaluate::rouge::rouge;
use bylined::text::sentence;
use serde_json::Value;

/// Sentences of a text that are compared as its beginning.
const LEAD: usize = 3;

fn main() {
    let given = std::env::args().skip(1).find(|it| !it.starts_with('-'));
    let Some(folder) = given.or_else(|| std::env::var("BYLINED_CORPUS").ok()).map(PathBuf::from) else {
        eprintln!("give the corpus folder as argument or in BYLINED_CORPUS");
        return;
    };
    let titled = lines(&folder.join("summaries/cnn_corpus.jsonl"));
    report("cnn_corpus", &titled.iter().map(with_title).collect::<Vec<_>>());
    let untitled = lines(&folder.join("summaries/cnndm_xsum.jsonl"));
    let untitled = untitled.iter().filter(|it| it["source"] == "cnndm");
    report("cnndm", &untitled.map(without_title).collect::<Vec<_>>());
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()));
    text.lines().map(|it| serde_json::from_str(it).expect("the corpus is JSONL")).collect()
}

fn with_title(it: &Value) -> Sample {
    let sentences: Vec<String> = it["sentences"].as_array().into_iter().flatten().map(string).collect();
    let paragraph = |it: &Value| {
        let at = it.as_array().into_iter().flatten().filter_map(Value::as_u64);
        at.filter_map(|it| sentences.get(it as usize)).cloned().collect::<Vec<_>>().join(" ")
    };
    let paragraphs: Vec<String> = it["paragraphs"].as_array().into_iter().flatten().map(paragraph).collect();
    let highlights: Vec<String> = it["highlights"].as_array().into_iter().flatten().map(string).collect();
    sample(it, string(&it["title"]), paragraphs.join("\n\n"), highlights.join(" "))
}

fn without_title(it: &Value) -> Sample {
    sample(it, String::new(), string(&it["text"]), string(&it["reference"]))
}

fn sample(it: &Value, title: String, text: String, reference: String) -> Sample {
    Sample {
        id: it["id"].clone(),
        publisher: "Corpus".to_owned(),
        url: "https://corpus.example/1".to_owned(),
        title,
        text,
        published: None,
        reference: Some(reference),
        topics: None,
        label: None,
        sentences: Vec::new(),
    }
}

fn string(it: &Value) -> String {
    it.as_str().unwrap_or_default().replace("&apost;", "'")
}

fn report(name: &str, samples: &[Sample]) {
    let mut evaluation = Evaluation::new(None);
    let mut leads = [0.0; 3];
    // Sentences that the gate blocks, of so many: the text's own, and those a person made of it.
    let (mut own, mut persons) = ((0, 0), (0, 0));
    for sample in samples {
        evaluation.brief(sample, since_start);
        let lead: Vec<&str> =
            sentence::cut(&sample.text, LEAD).into_iter().map(|it| &sample.text[it.range]).collect();
        let found = rouge(sample.reference.as_deref().unwrap_or_default(), &lead.join(" "));
        leads.iter_mut().zip(found).for_each(|(sum, it)| *sum += it);
        let cited = Cited::read(&sample.text);
        for (count, text) in [
            (&mut own, sample.text.as_str()),
            (&mut persons, sample.reference.as_deref().unwrap_or_default()),
        ] {
            for it in sentence::cut(text, usize::MAX) {
                let findings = cited.check(&text[it.range.clone()]);
                count.0 += usize::from(!findings.is_empty());
                count.1 += 1;
                if !findings.is_empty() && std::env::var_os("SHOW").is_some() {
                    println!("{}\n  {findings:?}", &text[it.range]);
                }
            }
        }
    }
    println!("{name}\n{}", evaluation.scores);
    let [one, two, l] = leads.map(|it| 100.0 * it / samples.len().max(1) as f64);
    println!("the first {LEAD} sentences: {one:.1} / {two:.1} / {l:.1}");
    println!("sentences of the texts that the gate blocks: {} of {}", own.0, own.1);
    println!("sentences of the references that the gate blocks: {} of {}\n", persons.0, persons.1);
}

fn since_start() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}
