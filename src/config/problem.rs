//! What is wrong with a configuration: where, why, and what would be right.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::LazyLock;

use miette::Diagnostic;
use miette::LabeledSpan;
use miette::NamedSource;
use miette::SourceCode;
use miette::SourceSpan;
use regex::Regex;
use serde::Serialize;

use super::overlay::TableOrigin;
use super::value::Wrong;

/// Errors that one line names; a longer line is read by nobody.
const ERRORS_ON_ONE_LINE: usize = 5;

/// One thing that is wrong, or questionable, in the file.
///
/// Neither its words nor its excerpt of the file show a secret.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// The key, counted from zero within arrays: `source[3].every`. Empty where the
    /// file as a whole is meant.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, without the path.
    pub message: String,
    /// What would be right.
    pub help: String,
    /// Whether the configuration can be used nevertheless.
    pub severity: Severity,
    #[serde(skip)]
    span: Range<usize>,
    #[serde(skip)]
    file: Arc<NamedSource<String>>,
}

/// Whether a configuration with this problem can be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can.
    Warning,
}

/// A configuration that cannot be used: every problem in it, in the order of the file.
#[derive(Clone, Debug)]
pub struct ConfigErrors {
    name: String,
    problems: Vec<Problem>,
}

impl ConfigErrors {
    /// The file as a whole cannot be read.
    pub(super) fn of_file(name: &str, Wrong { message, help }: Wrong) -> Self {
        let report = Report::default();
        report.error(&KeyLocation::default(), message, help);
        let problems = report.problems(&Texts::of_file(name, ""), &[]);
        Self { name: name.to_owned(), problems }
    }

    /// Errors and warnings, in the order of the file.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What can be used nevertheless.
    pub fn warnings(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|it| it.severity == Severity::Warning)
    }

    /// Why it cannot be used, on one line and without the warnings: the first few errors of many.
    pub fn one_line(&self) -> String {
        let errors: Vec<&Problem> =
            self.problems.iter().filter(|it| it.severity == Severity::Error).collect();
        let mut words: Vec<String> = errors.iter().take(ERRORS_ON_ONE_LINE).map(|it| it.one_line()).collect();
        let further = errors.len().saturating_sub(ERRORS_ON_ONE_LINE);
        if 0 < further {
            words.push(format!("and {further} more errors"));
        }
        words.join("; ")
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.problems.iter().filter(|it| it.severity == Severity::Error).count();
        let s = if errors == 1 { "" } else { "s" };
        write!(f, "`{}` cannot be used: {errors} error{s}", self.name)
    }
}

impl std::error::Error for ConfigErrors {}

impl Diagnostic for ConfigErrors {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.problems.iter().map(|it| it as &dyn Diagnostic)))
    }
}

impl Problem {
    /// The problem on one line, for logs:
    /// `bylined.toml:12:9: source[3].every: "5 min" is not a duration; write "5m"`.
    pub fn one_line(&self) -> String {
        format!("{}:{}:{}: {self}; {}", self.file.name(), self.line, self.column, self.help)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        (!self.file.inner().is_empty()).then_some(&*self.file as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::new_primary_with_span(None, SourceSpan::from(self.span.clone()));
        self.source_code().map(|_| Box::new([label].into_iter()) as Box<_>)
    }
}

/// A place in the file: a key path and the bytes it stands at.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyLocation {
    pub(super) path: String,
    pub(super) span: Range<usize>,
}

impl KeyLocation {
    /// A place within this one, `""` being the whole file.
    pub(super) fn key(&self, name: &str, span: Range<usize>) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self { path: format!("{}{dot}{name}", self.path), span }
    }

    /// The element of an array, counted from zero.
    pub(super) fn index(&self, index: usize, span: Range<usize>) -> Self {
        Self { path: format!("{}[{index}]", self.path), span }
    }
}

/// Collects what is wrong while the file is read.
#[derive(Debug, Default)]
pub(super) struct Report {
    found: RefCell<Vec<Found>>,
}

#[derive(Debug)]
struct Found {
    place: KeyLocation,
    message: String,
    help: String,
    severity: Severity,
}

impl Report {
    pub(super) fn error(&self, place: &KeyLocation, message: impl Into<String>, help: impl Into<String>) {
        self.add(Severity::Error, place, message.into(), help.into());
    }

    pub(super) fn warning(&self, place: &KeyLocation, message: impl Into<String>, help: impl Into<String>) {
        self.add(Severity::Warning, place, message.into(), help.into());
    }

    fn add(&self, severity: Severity, place: &KeyLocation, message: String, help: String) {
        self.found.borrow_mut().push(Found { place: place.clone(), message, help, severity });
    }

    /// All that was found is wrong on the lines of these spans: what is found there
    /// besides is only a consequence.
    pub(super) fn keep_first_per_line_of(&self, spans: &[Range<usize>], text: &str) {
        let lines = LineStarts::of(text);
        let taken: Vec<usize> = spans.iter().map(|it| lines.line(it.start)).collect();
        let mut found = self.found.borrow_mut();
        found.retain(|it| it.place.path.is_empty() || !taken.contains(&lines.line(it.place.span.start)));
    }

    /// The warnings, or all there is when an error is among it.
    pub(super) fn conclude(
        self,
        texts: &Texts<'_>,
        origins: &[TableOrigin],
    ) -> Result<Vec<Problem>, ConfigErrors> {
        let problems = self.problems(texts, origins);
        match problems.iter().find(|it| it.severity == Severity::Error) {
            Some(first) => {
                let name = first.file.name().to_owned();
                Err(ConfigErrors { name, problems })
            }
            None => Ok(problems),
        }
    }

    fn problems(self, texts: &Texts<'_>, origins: &[TableOrigin]) -> Vec<Problem> {
        let mut found = self.found.into_inner();
        if found.is_empty() {
            return Vec::new();
        }
        found.sort_by_key(|it| it.place.span.start);
        let (file, overlay) =
            (Excerpts::of(texts.name, texts.file), Excerpts::of(texts.overlay_name, texts.overlay));
        let problem = |it: Found| {
            let Found { place: KeyLocation { path, span }, message, help, severity } = it;
            let is_below = texts.overlay_start() <= span.start && !texts.overlay_name.is_empty();
            let (excerpts, start) = if is_below { (&overlay, texts.overlay_start()) } else { (&file, 0) };
            let span = span.start - start..span.end.saturating_sub(start);
            let (line, column) = excerpts.lines.line_and_column(span.start, excerpts.text);
            let own = |it: &TableOrigin| if is_below { it.overlay } else { it.file };
            let path = renumbered(path, origins, own);
            Problem { path, line, column, message, help, severity, span, file: Arc::clone(&excerpts.file) }
        };
        found.into_iter().map(problem).collect()
    }
}

/// The path of a source's key with the source's number in its own file.
fn renumbered(path: String, origins: &[TableOrigin], own: impl Fn(&TableOrigin) -> Option<usize>) -> String {
    let numbered = || {
        let (number, rest) = path.strip_prefix("source[")?.split_once(']')?;
        let number = own(origins.get(number.parse::<usize>().ok()?)?)?;
        Some(format!("source[{number}]{rest}"))
    };
    numbered().unwrap_or(path)
}

/// What was read: the operator's file and, as if it stood below that, the overlay. So one offset names
/// a place in either.
pub(super) struct Texts<'a> {
    pub(super) name: &'a str,
    pub(super) file: &'a str,
    /// Empty where there is no overlay.
    pub(super) overlay_name: &'a str,
    pub(super) overlay: &'a str,
}

impl<'a> Texts<'a> {
    pub(super) fn of_file(name: &'a str, file: &'a str) -> Self {
        Self { name, file, overlay_name: "", overlay: "" }
    }

    pub(super) fn with_overlay(
        name: &'a str,
        file: &'a str,
        overlay_name: &'a str,
        overlay: &'a str,
    ) -> Self {
        Self { name, file, overlay_name, overlay }
    }

    fn overlay_start(&self) -> usize {
        self.file.len() + 1
    }

    pub(super) fn together(&self) -> String {
        format!("{}\n{}", self.file, self.overlay)
    }

    /// The overlay with nothing but blanks above it, so that its offsets are those of both together.
    pub(super) fn overlay_at_its_place(&self) -> String {
        format!("{}\n{}", " ".repeat(self.file.len()), self.overlay)
    }
}

/// A text of which excerpts are shown.
struct Excerpts<'a> {
    text: &'a str,
    lines: LineStarts,
    file: Arc<NamedSource<String>>,
}

impl<'a> Excerpts<'a> {
    fn of(name: &str, text: &'a str) -> Self {
        let file = Arc::new(NamedSource::new(name, masked(text)).with_language("toml"));
        Self { text, lines: LineStarts::of(text), file }
    }
}

/// The offsets at which lines begin.
struct LineStarts(Vec<usize>);

impl LineStarts {
    fn of(text: &str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(after_breaks).collect())
    }

    fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset)
    }

    fn line_and_column(&self, offset: usize, text: &str) -> (usize, usize) {
        let line = self.line(offset);
        let before = text.get(self.0[line - 1]..offset).unwrap_or_default();
        (line, before.chars().count() + 1)
    }
}

/// The text with asterisks in place of what looks like a secret, byte for byte, so that
/// excerpts can be shown. A correct file holds none; a wrong one is shown in excerpts.
fn masked(text: &str) -> String {
    static SECRET: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = r#"(?i)(?:key|token|bearer|passw(?:or)?d|secret|authorization|cookie)["']?\s*=\s*("[^"\n]*"?|'[^'\n]*'?|[^\s{"'][^\s,}]*)|//([^/\s"']*)@"#;
        Regex::new(pattern).expect("a constant pattern, used by the tests")
    });
    let mut bytes = text.as_bytes().to_vec();
    for found in SECRET.captures_iter(text) {
        for secret in found.iter().skip(1).flatten() {
            let opened = secret.as_str().starts_with(['"', '\'']);
            let closed = opened && 1 < secret.len() && secret.as_str().ends_with(['"', '\'']);
            let within = secret.start() + usize::from(opened)..secret.end() - usize::from(closed);
            bytes.get_mut(within).unwrap_or_default().fill(b'*');
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_masked(text: &str, expected: &str) {
        assert_eq!(masked(text), expected);
        assert_eq!(text.len(), expected.len());
    }

    #[test]
    fn excerpts_show_no_secret() {
        check_masked(r#"api_key = "sk-1234""#, r#"api_key = "*******""#);
        check_masked(r#"{ user = "ann", password = 'abc' }"#, r#"{ user = "ann", password = '***' }"#);
        check_masked("api_key = sk-12 # note", "api_key = ***** # note");
        check_masked(r#"{ "X-Api-Key" = "abc", a = 1 }"#, r#"{ "X-Api-Key" = "***", a = 1 }"#);
        check_masked(r#"url = "https://ann:pw@a.example/""#, r#"url = "https://******@a.example/""#);
    }

    #[test]
    fn excerpts_show_where_secrets_are_kept() {
        check_masked(r#"api_key = { env = "KEY" }"#, r#"api_key = { env = "KEY" }"#);
        check_masked("tokens_per_day = 5", "tokens_per_day = 5");
    }

    #[test]
    fn an_unclosed_secret_is_masked_to_the_end_of_its_line() {
        check_masked("api_key = \"sk-1\nurl = 1", "api_key = \"****\nurl = 1");
    }
}
