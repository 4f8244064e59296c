//! Standfirsts and headlines that are said again.

use super::*;

#[track_caller]
fn check_standfirst(language: &str, text: &str) {
    let mut member = member("Bote", SnapshotFrom::Feed, text);
    member.byline.title = "Mill".to_owned();
    member.summary = Some(text.to_owned());
    member.language = Some(language.to_owned());
    let found = brief(
        &CurationContext { topics: &[], audiences: &[], budget: Budget::Excerpts(&[]) },
        "Mill",
        &[member],
    );
    assert_eq!(texts(&found.briefing.summary).concat(), text.replace(". ", "."), "{language}");
}

#[test]
fn a_standfirst_needs_no_full_stop_in_any_script() {
    check_standfirst("en", "A paper mill swaps two boilers for a pump that draws its warmth from the river");
    check_standfirst("en", "Who pays for the lock of Varn: the state, the town or the skippers?");
    check_standfirst(
        "en",
        "The ferry sails with a new engine. Its operator hopes to save 40 tonnes of diesel a year",
    );
    check_standfirst("de", "Die Schleuse in Varn spart mit einem Programm zweier Schüler 40 Minuten je Boot");
    check_standfirst("ja", "製紙工場が二基のボイラーを川の熱を使うヒートポンプに置き換えた");
    check_standfirst("zh", "造纸厂用一台从河水取热的热泵取代了两台旧锅炉");
    check_standfirst("ko", "제지 공장이 보일러 두 대를 강물의 열을 쓰는 열펌프로 바꿨다");
    check_standfirst("th", "โรงงานกระดาษเปลี่ยนหม้อไอน้ำสองเครื่องเป็นปั๊มความร้อนที่ใช้น้ำจากแม่น้ำ");
    check_standfirst("ar", "مصنع الورق يستبدل غلايتين بمضخة حرارية تستمد دفئها من النهر");
}

#[test]
fn what_the_publisher_cut_off_is_no_standfirst() {
    let text = "A paper mill swaps two boilers for a pump that draws its […]";
    let mut member = member("Bote", SnapshotFrom::Feed, text);
    member.summary = Some(text.to_owned());
    assert_eq!(curated(Budget::Unlimited, &[member]).briefing.summary, []);
}

#[track_caller]
fn check_headline(title: &str, text: &str, expected: &[&str]) {
    let mut member = member("Bote", SnapshotFrom::Feed, text);
    member.byline.title = title.to_owned();
    member.summary = Some(text.to_owned());
    let found = brief(
        &CurationContext { topics: &[], audiences: &[], budget: Budget::Excerpts(&[]) },
        title,
        &[member],
    );
    assert_eq!(texts(&found.briefing.summary), expected);
}

#[test]
fn a_headline_said_again_is_quoted_with_what_leans_on_it() {
    check_headline(
        "Mill in Osk installs a heat pump of 4 megawatts",
        "The paper mill in Osk installs a heat pump of 4 megawatts. It replaces two boilers from 1988.",
        &["The paper mill in Osk installs a heat pump of 4 megawatts.", "It replaces two boilers from 1988."],
    );
    check_headline(
        "Halden to acquire Falk for $310 million",
        "Halden to acquire Falk for $310 million. The company expects to close the deal in May.",
        &["Halden to acquire Falk for $310 million.", "The company expects to close the deal in May."],
    );
    check_headline(
        "Halden buys the glass works Falk for $310 million",
        "Halden buys the glass works Falk for $310 million.",
        &[],
    );
}

#[test]
fn two_sentences_of_news_among_credits_are_quoted() {
    check_headline(
        "Harbour counts seals by drone",
        "(Image credit: K. Brandt/Station of Rugen)\n\nPhoto: A mast at dusk. Illustration by M. Voss.\n\n\
         The harbour of Osk counts seals by drone since May. It found 212 of them in one day.\n\n\
         This article contains affiliate links; if you click such a link and make a purchase, we may earn a \
         commission.",
        &["The harbour of Osk counts seals by drone since May.", "It found 212 of them in one day."],
    );
}
