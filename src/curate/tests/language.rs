//! Texts in other languages than English.

use super::*;

#[test]
fn another_language_gets_its_publishers_own_summary_only() {
    let text = "Firma Fernwave otwiera swoją bazę danych dla innych centrów danych i kończy w ten sposób czteroletnie przywiązanie do własnego domu. \
        Przedsiębiorstwo z Oslo poinformowało w czwartek, że trzech dostawców podpisało już umowy i chce zacząć w czerwcu. \
        Nowa wersja kosztuje trzydzieści euro miesięcznie.";
    let mut polish = member("Goniec", SnapshotFrom::Feed, text);
    polish.summary = Some(text.split_inclusive(". ").take(2).collect());
    polish.language = None;
    let found = curated(Budget::Unlimited, &[polish.clone()]);
    assert_eq!(found.language.as_deref(), Some("pl"));
    assert_eq!(found.briefing.summary.len(), 2);
    assert_eq!(statements(&found.briefing).len(), 2);
    polish.summary = None;
    assert_eq!(curated(Budget::Unlimited, &[polish]).briefing.engine, Engine::None);
}

#[track_caller]
fn check_language(tag: &str, text: &str, insight: &str, practice: &str, leaning: &str) {
    let mut member = member("Bote", SnapshotFrom::Feed, text);
    member.language = None;
    let found = curated(Budget::Unlimited, &[member]);
    assert_eq!(found.language.as_deref(), Some(tag));
    let briefing = &found.briefing;
    assert!(2 <= briefing.summary.len(), "{briefing:#?}");
    assert!(!briefing.summary[0].text.starts_with(leaning), "{briefing:#?}");
    let has = |start: &str| statements(briefing).iter().any(|it| it.text.starts_with(start));
    assert!(has(insight) && has(practice), "{briefing:#?}");
    assert!(briefing.principles.is_empty() && found.dropped.is_empty(), "{briefing:#?}");
}

#[test]
fn german_french_and_spanish_are_read_too() {
    check_language(
        "de",
        "Fernwave öffnet seine Datenbank Tern für andere Rechenzentren und beendet damit eine vierjährige Bindung an das eigene Haus.\n\n\
        Das teilte der Anbieter am 5. März in Oslo mit. Drei Hoster haben bereits Verträge unterschrieben und beginnen im Juni mit dem Betrieb der Datenbank.\n\n\
        Der Umsatz von Fernwave stieg im vergangenen Jahr um 12 Prozent auf 1,2 Milliarden Euro. Analysten sehen Fernwave deshalb vor einem Preiskampf mit größeren Anbietern.\n\n\
        Tern 4.2 ist für Entwickler ab sofort verfügbar und kostet 30 Euro im Monat. Fernwave hat Tern im Jahr 2027 vorgestellt.",
        "Der Umsatz",
        "Tern 4.2",
        "Das ",
    );
    check_language(
        "fr",
        "Fernwave ouvre sa base de données Tern aux autres centres de données et met fin à quatre années de dépendance envers ses propres machines.\n\n\
        Il ne les a pas nommés. Trois hébergeurs ont déjà signé des contrats et commenceront en juin à exploiter la base de données.\n\n\
        Le chiffre d'affaires de Fernwave a progressé de 12 % l'an dernier, à 1,2 milliard d'euros. Les analystes de Fernwave attendent une guerre des prix avec de plus grands hébergeurs.\n\n\
        Tern 4.2 est disponible pour les développeurs et coûte 30 euros par mois. Fernwave avait présenté Tern en 2027 à Oslo.",
        "Le chiffre",
        "Tern 4.2",
        "Il ",
    );
    check_language(
        "es",
        "Fernwave abre su base de datos Tern a otros centros de datos y pone fin a cuatro años en los que solo funcionaba en sus propias máquinas.\n\n\
        Esta no los nombró. Tres proveedores ya firmaron contratos y en junio empezarán a ofrecer la base de datos en Oslo.\n\n\
        Los ingresos de Fernwave subieron un 12 % el año pasado, hasta 1.200 millones de euros. Los analistas de Fernwave esperan una guerra de precios con proveedores mayores.\n\n\
        Tern 4.2 ya está disponible para desarrolladores y cuesta 30 euros al mes. Fernwave presentó Tern en 2027 en Oslo.",
        "Los ingresos",
        "Tern 4.2",
        "Esta ",
    );
}

#[test]
fn german_quotations_are_quoted() {
    let text = "„Wir öffnen unsere Datenbank für alle Häuser, die sie haben wollen“, sagte Ada Hahn am Montag in Oslo den Kunden von Fernwave.\n\n\
        Drei Hoster haben bereits Verträge unterschrieben und beginnen im Juni mit dem Betrieb der Datenbank.";
    let mut german = member("Bote", SnapshotFrom::Feed, text);
    german.language = Some("de".to_owned());
    let found = curated(Budget::Unlimited, &[german]);
    assert_eq!(texts(&found.briefing.summary).len(), 2, "{found:#?}");
}
