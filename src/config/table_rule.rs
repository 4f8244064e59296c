//! What must hold between the keys of a table.

use super::problem::KeyLocation;
use super::table::Asked;
use super::table::Reading;
use super::table::Table;
use super::table::described;

impl<'a> Table<'a> {
    /// Reads what may be a table or something simpler; the schema knows both.
    pub(super) fn either<T>(
        &mut self,
        name: &str,
        table: impl FnOnce(&mut Self) -> T,
        simple: impl FnOnce(&mut Self) -> T,
    ) -> T {
        if matches!(self.reading, Reading::Schema(_)) {
            simple(self);
            return table(self);
        }
        match self.value(name) {
            Some(at) if at.value.is_table() => table(self),
            _ => simple(self),
        }
    }

    /// Whether a key holds text, where a table is wanted.
    pub(super) fn is_text(&mut self, name: &'static str) -> bool {
        let is_text = self.value(name).is_some_and(|it| it.value.is_str());
        if is_text {
            self.asked.push(Asked { name, shapes: Vec::new() });
        }
        is_text
    }

    /// Says so when a key that must be there is not.
    pub(super) fn require(&mut self, name: &'static str, help: &str) {
        self.required.push(name);
        if self.is_sound() && !self.has(name) {
            let place = KeyLocation { path: self.place.key(name, 0..0).path, span: self.place.span.clone() };
            self.report().error(&place, "is missing", help);
        }
    }

    /// Says so unless exactly one of the keys asked for so far is there.
    pub(super) fn exactly_one(&mut self, help: &str) {
        self.exactly_one = true;
        let given = self.asked.iter().filter(|it| self.has(it.name)).count();
        if self.is_sound() && given != 1 {
            let problem = if given == 0 { "has none of its keys" } else { "has more than one of its keys" };
            self.report().error(&self.place, problem, help);
        }
    }

    /// Says so when both keys are there.
    pub(super) fn never_together(&mut self, one: &'static str, other: &'static str, help: &str) {
        self.never_together = Some([one, other]);
        if self.has(one) && self.has(other) {
            let message = format!("stands beside `{one}`, and only one of them can hold");
            self.report().error(&self.place_of(other), message, help);
        }
    }

    /// Whether nothing was lost to errors of syntax.
    pub(super) fn is_sound(&self) -> bool {
        matches!(self.reading, Reading::File { sound: true, .. })
    }

    pub(super) fn below<T>(
        &mut self,
        name: &'static str,
        about: &'static str,
        mut table: Table<'a>,
        read: impl FnOnce(&mut Table<'a>) -> T,
    ) -> T {
        let read = read(&mut table);
        let shape = table.finish();
        if let Some(asked) = self.asked.iter_mut().find(|it| it.name == name)
            && matches!(self.reading, Reading::Schema(_))
        {
            asked.shapes.retain(|it| !it.is_null());
            asked.shapes.push(described(shape, about, None));
        }
        read
    }
}
