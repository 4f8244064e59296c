use super::*;

const SOURCE: &str = "Fernwave, the Oslo chipmaker, said on Tuesday it will not sell its Lyra 4 division. \
    Revenue rose 12% to $1.2 billion in the three months to March 31, while costs fell 5 percent. \
    Chief executive Ada Hill told staff: “We are here to build, and nothing is for sale.” \
    The regulator approved the Tern-7 radio in 2031 after 40 days, and version 3.10.2 of its driver supports Amazon Web Services. \
    Fernwave employs 2,300 people, up from 1,900.";

#[track_caller]
fn passes(statement: &str) {
    assert_eq!(check(statement, SOURCE), [], "{statement}");
}

#[track_caller]
fn fails(statement: &str, kind: FindingKind) {
    let kinds: Vec<FindingKind> = check(statement, SOURCE).into_iter().map(|it| it.kind).collect();
    assert!(kinds.contains(&kind), "{statement}: {kinds:?}");
}

#[test]
fn the_source_itself_passes() {
    for it in crate::text::sentence::cut(SOURCE, 100) {
        passes(&SOURCE[it.range]);
    }
}

#[test]
fn the_same_facts_in_other_spellings_pass() {
    passes("Fernwave's revenue rose 12 percent to 1.2bn dollars.");
    passes("Revenue reached US$1,200 million in the quarter to 31 March.");
    passes("Hill, chief executive of Fernwave, said: \"nothing is for sale\".");
    passes("The driver works with AWS.");
    passes("Developers can use the driver, version 3.10.2, with AWS.");
    passes("The Tern 7 was approved in forty days.");
    passes("Costs fell by five per cent.");
    passes("Its headcount is 2300.");
}

#[test]
fn a_changed_number_fails() {
    fails("Revenue rose 13% to $1.2 billion.", FindingKind::Number);
    fails("Fernwave employs 2,400 people.", FindingKind::Number);
    fails("Fernwave employs twenty people.", FindingKind::Number);
}

#[test]
fn a_changed_unit_or_scale_fails() {
    fails("Revenue rose to €1.2 billion.", FindingKind::Number);
    fails("Revenue rose to $1.2 million.", FindingKind::Number);
    fails("Costs fell by 5 dollars.", FindingKind::Number);
    fails("The radio was approved after 40 weeks.", FindingKind::Number);
    fails("Revenue rose 12.", FindingKind::Number);
}

#[test]
fn a_changed_date_fails() {
    fails("The radio was approved in 2032.", FindingKind::Number);
    fails("Fernwave said on Thursday it will not sell.", FindingKind::Date);
    fails("Revenue rose 12% in the months to March 30.", FindingKind::Date);
    fails("Revenue rose 12% in the months to May 31.", FindingKind::Date);
}

#[test]
fn a_period_told_from_today_must_be_the_sources_own() {
    let source = "Sales rose last year. A preview starts at 09:20 next month.";
    let kinds = |it: &str| check(it, source).into_iter().map(|it| it.kind).collect::<Vec<_>>();
    assert_eq!(kinds("Sales rose in the past year."), []);
    assert_eq!(kinds("Sales rose last month."), [FindingKind::Date]);
    assert_eq!(kinds("A preview starts next year."), [FindingKind::Date]);
    assert_eq!(kinds("A preview starts at 9:20."), []);
    assert_eq!(kinds("A preview starts at 10:20."), [FindingKind::Version]);
}

#[test]
fn what_one_says_another_does_not() {
    let source = "\"It works well in winter,\" said Ada Hill of Acme. The inspector praised the design. \
        It rained for a week. Nobody minded the rain. \"It leaks,\" Tom Reed, a critic, warned.";
    let kinds = |it: &str| check(it, source).into_iter().map(|it| it.kind).collect::<Vec<_>>();
    assert_eq!(kinds("Hill said it works well in winter."), []);
    assert_eq!(kinds("Tom Reed said it works well in winter."), [FindingKind::Attribution]);
}

#[test]
fn ages_and_hours_are_written_in_several_ways() {
    let source = "The 49-year-old Ada Hill left at 3pm. Tom Reed, 31, stayed.";
    assert_eq!(check("Ada Hill, 49, left at 3 p.m.", source), []);
    assert_eq!(check("The 31-year-old Tom Reed stayed.", source), []);
    assert_eq!(check("Ada Hill, 48, left.", source)[0].kind, FindingKind::Number);
    assert_eq!(check("Ada Hill left at 3am.", source)[0].kind, FindingKind::Number);
}

#[test]
fn peoples_and_their_countries_are_one_name() {
    assert_eq!(check("Chinese sales fell.", "In China sales fell."), []);
    assert_eq!(check("Sales in Japan fell.", "Sales in China fell.")[0].kind, FindingKind::Name);
}

#[test]
fn a_changed_version_fails() {
    fails("Version 3.1.2 supports Amazon Web Services.", FindingKind::Version);
    fails("The regulator approved the Tern-8 radio.", FindingKind::Version);
    fails("Fernwave will not sell its Lyra 5 division.", FindingKind::Number);
    fails("Fernwave will not sell its Lyra 12 division.", FindingKind::Number);
}

#[test]
fn a_changed_name_fails() {
    fails("Chief executive Ida Hill told staff.", FindingKind::Name);
    fails("Chief executive Ada Fernwave told staff.", FindingKind::Name);
    fails("Ferncrest will not sell.", FindingKind::Name);
    fails("The driver supports Microsoft Azure.", FindingKind::Name);
    fails("The driver works with GCP.", FindingKind::Name);
}

#[test]
fn a_changed_negation_fails() {
    fails("Fernwave will sell its Lyra 4 division.", FindingKind::Negation);
    fails("The regulator has not approved the radio.", FindingKind::Negation);
    fails("The driver doesn't support it.", FindingKind::Negation);
    let (sold, kept) = ("Die Bank verkauft die Filialen.", "Die Bank verkauft die Filialen nicht.");
    let kinds = |it: &str, source: &str| check(it, source).into_iter().map(|it| it.kind).collect::<Vec<_>>();
    assert_eq!(kinds(kept, sold), [FindingKind::Negation]);
    assert_eq!(kinds(sold, kept), [FindingKind::Negation]);
    assert_eq!(kinds(kept, kept), []);
    assert_eq!(kinds("Die Filialen verkauft die Bank nicht.", kept), []);
}

#[test]
fn a_changed_direction_fails() {
    fails("Revenue fell 12% to $1.2 billion.", FindingKind::Direction);
    fails("Costs rose 5 percent.", FindingKind::Direction);
    fails("The regulator rejected the Tern-7 radio.", FindingKind::Direction);
    fails("The regulator banned it before it was rejected.", FindingKind::Direction);
}

#[test]
fn names_that_change_places_fail() {
    let source = "Acme has agreed to buy Zinco Metals for $3 million. Pell was sued by Orrin in May.";
    let kinds = |it: &str| check(it, source).into_iter().map(|it| it.kind).collect::<Vec<_>>();
    assert_eq!(kinds("Acme buys Zinco for $3 million."), []);
    assert_eq!(kinds("Zinco buys Acme for $3 million."), [FindingKind::Roles]);
    assert_eq!(kinds("Zinco is bought by Acme."), []);
    assert_eq!(kinds("Orrin sued Pell."), []);
    assert_eq!(kinds("Pell sued Orrin in May."), [FindingKind::Roles]);
}

#[test]
fn a_changed_quotation_fails() {
    fails("Hill said “nothing is ever for sale”.", FindingKind::Quotation);
    fails("Hill said \"we build to sell", FindingKind::Quotation);
}

#[test]
fn an_invented_address_fails() {
    fails("More at https://evil.example/now.", FindingKind::Link);
    fails("Write to ada@fernwave.example today.", FindingKind::Link);
}

#[test]
fn empty_and_odd_texts_are_fine() {
    assert_eq!(check("", ""), []);
    assert_eq!(check("…\"“", "%%%$$$"), []);
    assert!(!check("$99999999999999999999999999999999999999999999999999 bn", "").is_empty());
}

#[test]
fn a_number_before_another_noun_of_its_unit_passes() {
    let source =
        "The model played 3,000 hours of games and ran 48x faster. Facebook counted the 9,000 requests.";
    for (statement, is_grounded) in [
        ("It took 3,000 simulated hours.", true),
        ("Facebook's 9,000 requests were counted.", true),
        ("It took 3,000 simulated days.", false),
    ] {
        assert_eq!(check(statement, source).is_empty(), is_grounded, "{statement}");
    }
}

#[test]
fn what_says_that_it_rounds_may_round() {
    let source = "Registrations rose 13.9% to 7,980 units.";
    for (statement, is_grounded) in [
        ("Registrations rose almost 14%.", true),
        ("Registrations rose to about 8,000 units.", true),
        ("Registrations rose more than 13%.", false),
        ("Registrations rose 14%.", false),
        ("Registrations rose more than 14%.", false),
        ("Registrations rose less than 13%.", false),
        ("Registrations rose to nearly 9,000 units.", false),
    ] {
        assert_eq!(check(statement, source).is_empty(), is_grounded, "{statement}");
    }
}

#[test]
fn posts_and_possessives_are_no_missing_names() {
    let source = "Fernwave opened in Britain in March. Its head of sales, Ada Fox, sells Tern-5 radios for 90 days \
                  after the European Union agreed.";
    for (statement, passes) in [
        ("For CTOs, Fernwave opened in Britain.", true),
        ("CISOs at Fernwave sell radios.", true),
        ("Fernwave's Ada Fox sells radios.", true),
        ("Corvane's Ada Fox sells radios.", false),
        ("London let Fernwave sell radios.", false),
        ("Tern-5's radios are sold by Fernwave.", true),
    ] {
        assert_eq!(
            check(statement, source).is_empty(),
            passes,
            "{statement}: {:?}",
            check(statement, source)
        );
    }
}
