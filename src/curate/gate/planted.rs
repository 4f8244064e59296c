//! How many planted errors the gate catches, and how many true sentences it blocks.
//!
//! The material is our own: the sentences of an invented newsroom, errors made of them by
//! the mutations below, and paraphrases written by us. `cargo test --lib planted --
//! --nocapture` prints the rates that docs/QUALITY.md keeps.
#![expect(clippy::print_stdout, reason = "the rates are what the run is for")]

mod mutation;
mod mutation_abroad;
mod place;

use std::collections::HashSet;

use serde::Deserialize;

use self::place::SentenceContext;
use self::place::places;
use super::CHECKS;
use super::Cited;
use super::FindingKind;

const PUBLISHERS: [&str; 11] = [
    include_str!("../../../tests/newsroom/northbank.toml"),
    include_str!("../../../tests/newsroom/stackledger.toml"),
    include_str!("../../../tests/newsroom/palisade.toml"),
    include_str!("../../../tests/newsroom/kernelcoffee.toml"),
    include_str!("../../../tests/newsroom/halfnode.toml"),
    include_str!("../../../tests/newsroom/meridianpost.toml"),
    include_str!("../../../tests/newsroom/openfield.toml"),
    include_str!("../../../tests/newsroom/latencyweekly.toml"),
    include_str!("../../../tests/newsroom/quietpress.toml"),
    include_str!("../../../tests/newsroom/linkcommons.toml"),
    include_str!("../../../tests/newsroom/tinwhistle.toml"),
];

/// A sentence of an article, what it says differently below it, an empty line.
const PARAPHRASES: &str = include_str!("planted/paraphrases.txt");

/// Errors and true sentences that make a rate worth stating.
const ERRORS_MIN: usize = 400;
const TRUE_MIN: usize = 400;
const PARAPHRASES_MIN: usize = 100;

#[derive(Deserialize)]
struct PlantedPublisher {
    article: Vec<PlantedArticle>,
}

#[derive(Deserialize)]
struct PlantedArticle {
    text: String,
}

/// How a true sentence is made false; `None` where it has nothing to change.
type Mutation = fn(&SentenceContext) -> Option<String>;

/// Each with its name and the share in percent that must be caught.
const MUTATIONS: [(&str, Mutation, usize); 10] = [
    ("number", mutation::number, 98),
    ("unit", mutation::unit, 98),
    ("date", mutation::date, 98),
    ("version", mutation::version, 98),
    ("name", mutation::name, 98),
    ("quotation", mutation::quotation, 98),
    ("attribution", mutation::attribution, 98),
    ("link", mutation::link, 98),
    ("direction", mutation::direction, 85),
    ("negation", mutation::negation, 85),
];

/// Sentences of ours in which one firm or person does something to another.
const ROLES: &str = include_str!("planted/roles.txt");

#[test]
fn names_that_change_places_are_caught() {
    let places = places(ROLES.trim());
    let (mut made, mut caught) = (0, 0);
    for place in &places {
        assert_eq!(place.whole.check(place.sentence), [], "{}", place.sentence);
        let Some(error) = mutation::roles(place) else { continue };
        made += 1;
        caught += usize::from(!place.paragraph.check(&error).is_empty());
    }
    println!("roles {caught} of {made} caught beside their paragraph");
    assert!(10 <= made && 85 * made <= 100 * caught, "{caught} of {made}");
}

/// Sentences of ours in other languages, and how a denial is planted there or taken away.
const OTHERS: [(&str, &str, Mutation); 3] = [
    ("German", include_str!("planted/german.txt"), mutation_abroad::negation_de),
    ("French", include_str!("planted/french.txt"), mutation_abroad::negation_fr),
    ("Spanish", include_str!("planted/spanish.txt"), mutation_abroad::negation_es),
];

#[test]
fn planted_errors_of_other_languages_are_caught() {
    const ERRORS_MIN: usize = 10;
    let show = std::env::var("SHOW").unwrap_or_default();
    for (language, text, negation) in OTHERS {
        let places = places(text.trim());
        for (class, mutation, caught_min) in
            [("number", mutation::number as Mutation, 98), ("negation", negation, 85)]
        {
            let (mut made, mut caught) = (0, 0);
            for place in &places {
                let Some(error) = mutation(place).filter(|it| it != place.sentence) else { continue };
                made += 1;
                let is_caught = !place.paragraph.check(&error).is_empty();
                caught += usize::from(is_caught);
                if !is_caught && show == class {
                    println!("{}\n  {error}", place.sentence);
                }
            }
            println!("{language} {class:9} {caught:3} of {made:3} caught beside their paragraph");
            assert!(
                ERRORS_MIN <= made && caught_min * made <= 100 * caught,
                "{language} {class}: {caught} of {made}"
            );
        }
        for it in &places {
            assert_eq!(it.paragraph.check(it.sentence), [], "{}", it.sentence);
            assert_eq!(it.whole.check(it.sentence), [], "{}", it.sentence);
        }
    }
}

/// The articles of the newsroom.
fn articles() -> Vec<String> {
    let publishers = PUBLISHERS.iter().map(|it| toml::from_str::<PlantedPublisher>(it).expect("a publisher"));
    publishers.flat_map(|it| it.article).map(|it| it.text.trim().to_owned()).collect()
}

#[test]
fn every_kind_of_finding_has_a_mutation() {
    let articles = articles();
    let places: Vec<SentenceContext> =
        articles.iter().flat_map(|it| places(it)).chain(places(ROLES.trim())).collect();
    let mutations = MUTATIONS.iter().map(|it| it.1).chain([mutation::roles as Mutation]);
    let found: HashSet<FindingKind> = mutations
        .flat_map(|it| places.iter().filter_map(move |place| Some((place, it(place)?))))
        .flat_map(|(place, error)| place.paragraph.check(&error))
        .map(|it| it.kind)
        .collect();
    for check in &CHECKS {
        assert!(found.contains(&check.kind), "plant an error that {:?} finds", check.kind);
    }
}

#[test]
fn planted_errors_are_caught_and_true_sentences_pass() {
    let articles = articles();
    let places: Vec<SentenceContext> = articles.iter().flat_map(|it| places(it)).collect();
    let show = std::env::var("SHOW").unwrap_or_default();

    let mut errors = 0;
    let mut missed = Vec::new();
    for (class, mutation, caught_min) in MUTATIONS {
        let (mut made, mut near, mut far) = (0, 0, 0);
        for place in &places {
            let Some(error) = mutation(place).filter(|it| it != place.sentence) else { continue };
            made += 1;
            let is_caught = !place.paragraph.check(&error).is_empty();
            near += usize::from(is_caught);
            far += usize::from(!place.whole.check(&error).is_empty());
            if !is_caught && show == class {
                println!("{}\n  {error}", place.sentence);
            }
        }
        errors += made;
        println!("{class:12} {near:4} of {made:4} caught beside their paragraph, {far:4} beside the article");
        if near * 100 < caught_min * made {
            missed.push(class);
        }
    }

    let blocked = |of: &str, said: &str, cited: &Cited| {
        let findings = cited.check(said);
        if !findings.is_empty() && show == of {
            println!("{said}\n  {findings:?}");
        }
        usize::from(!findings.is_empty())
    };
    let verbatim: usize = places
        .iter()
        .map(|it| blocked("true", it.sentence, &it.paragraph) + blocked("true", it.sentence, &it.whole))
        .sum();
    println!("verbatim sentences blocked: {verbatim} of {}", places.len());
    let (mut pairs, mut near, mut far) = (0, 0, 0);
    for pair in PARAPHRASES.split("\n\n") {
        let (source, said) = pair.trim().split_once('\n').expect("two lines");
        let place = places.iter().find(|it| it.article.contains(source)).expect("a sentence of an article");
        let paragraph = place.article.split("\n\n").find(|it| it.contains(source)).expect("its paragraph");
        pairs += 1;
        near += blocked("paraphrase", said, &Cited::read(paragraph));
        far += blocked("far", said, &place.whole);
    }
    println!("true paraphrases blocked: {near} of {pairs} beside their paragraph, {far} beside the article");

    assert!(ERRORS_MIN <= errors && TRUE_MIN <= places.len() && PARAPHRASES_MIN <= pairs);
    assert_eq!(missed, Vec::<&str>::new(), "too many errors of these classes pass");
    assert_eq!(verbatim, 0, "a text's own sentences are blocked");
    assert!(near * 100 <= 3 * pairs, "{near} of {pairs} true paraphrases are blocked");
}
