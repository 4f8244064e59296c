//! Values of JSON that may be missing or of another type than the specification wants.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::Deserializer;
use serde::de;
use serde::de::DeserializeOwned;
use serde::de::IgnoredAny;
use serde_json::Value;
use url::Url;

use super::super::draft::ENTRIES_MAX;
use super::super::link;
use super::super::plain;
use super::super::plain::Markup;
use super::super::warning::Warnings;

/// A string, or what can be read as one; anything else counts as missing.
#[derive(Default)]
pub(super) struct Scalar(Option<String>);

impl Scalar {
    pub(super) fn text(&self) -> Option<&str> {
        self.0.as_deref().map(str::trim).filter(|it| !it.is_empty())
    }

    pub(super) fn line(&self, markup: Markup, warnings: &mut Warnings) -> Option<String> {
        self.text().and_then(|it| plain::line(it, markup, warnings))
    }

    pub(super) fn url(&self, base: &Url) -> Option<Url> {
        self.text().and_then(|it| link::absolute(base, it))
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> de::Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, it: &str) -> Result<Scalar, E> {
        Ok(Scalar(Some(it.to_owned())))
    }

    fn visit_i64<E>(self, it: i64) -> Result<Scalar, E> {
        Ok(Scalar(Some(it.to_string())))
    }

    fn visit_u64<E>(self, it: u64) -> Result<Scalar, E> {
        Ok(Scalar(Some(it.to_string())))
    }

    fn visit_f64<E>(self, it: f64) -> Result<Scalar, E> {
        Ok(Scalar(Some(it.to_string())))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Scalar, E> {
        Ok(Scalar(None))
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar(None))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Scalar, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar(None))
    }

    /// RSS-in-JSON writes an element with attributes as an object with its text under `#value`.
    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
        let mut value = Scalar(None);
        while let Some(key) = map.next_key::<String>()? {
            if matches!(key.as_str(), "#value" | "#text" | "$t") {
                value = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(value)
    }
}

/// A value of the expected shape, or any other.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Loose<T> {
    Is(T),
    Other(Value),
}

impl<T: DeserializeOwned> Loose<T> {
    /// The value, if it has the shape but for a field that stands twice: then the last one counts.
    pub(super) fn read(self) -> Option<T> {
        match self {
            Self::Is(it) => Some(it),
            Self::Other(it @ Value::Object(_)) => T::deserialize(it).ok(),
            Self::Other(_) => None,
        }
    }
}

/// A list's first [`ENTRIES_MAX`] members, if readable; a lone member counts as a list of one.
pub(super) struct LooseList<T> {
    pub(super) all: Vec<T>,
    /// Members that are of no use.
    pub(super) passed_over: usize,
    pub(super) is_cut: bool,
}

impl<T> Default for LooseList<T> {
    fn default() -> Self {
        Self { all: Vec::new(), passed_over: 0, is_cut: false }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for LooseList<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<T: DeserializeOwned> ListVisitor<T> {
    fn lone<'de, D: Deserializer<'de>>(member: D) -> Result<LooseList<T>, D::Error> {
        let all = Loose::deserialize(member)?.read().into_iter().collect();
        Ok(LooseList { all, ..LooseList::default() })
    }
}

impl<'de, T: DeserializeOwned> de::Visitor<'de> for ListVisitor<T> {
    type Value = LooseList<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<LooseList<T>, A::Error> {
        let mut all = Vec::new();
        let mut passed_over = 0;
        while all.len() + passed_over < ENTRIES_MAX {
            match list.next_element::<Loose<T>>()?.map(Loose::read) {
                Some(Some(it)) => all.push(it),
                Some(None) => passed_over += 1,
                None => return Ok(LooseList { all, passed_over, is_cut: false }),
            }
        }
        let mut is_cut = false;
        while list.next_element::<IgnoredAny>()?.is_some() {
            is_cut = true;
        }
        Ok(LooseList { all, passed_over, is_cut })
    }

    /// A lone member, or a list as PHP writes one whose members are not numbered one by one.
    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<LooseList<T>, A::Error> {
        let map = serde_json::Map::deserialize(de::value::MapAccessDeserializer::new(map))?;
        let is_digits = |it: &String| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit());
        if !map.keys().all(is_digits) {
            return Ok(Self::lone(Value::Object(map)).unwrap_or_default());
        }
        let mut members: Vec<(String, Value)> = map.into_iter().collect();
        members.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
        let begun = members.len();
        let members = members.into_iter().take(ENTRIES_MAX);
        let all: Vec<T> = members.filter_map(|(_, it)| T::deserialize(it).ok()).collect();
        Ok(LooseList { passed_over: begun.min(ENTRIES_MAX) - all.len(), all, is_cut: ENTRIES_MAX < begun })
    }

    fn visit_str<E: de::Error>(self, it: &str) -> Result<LooseList<T>, E> {
        Self::lone(de::value::StrDeserializer::new(it))
    }

    fn visit_i64<E>(self, _: i64) -> Result<LooseList<T>, E> {
        Ok(LooseList::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<LooseList<T>, E> {
        Ok(LooseList::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<LooseList<T>, E> {
        Ok(LooseList::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<LooseList<T>, E> {
        Ok(LooseList::default())
    }

    fn visit_unit<E>(self) -> Result<LooseList<T>, E> {
        Ok(LooseList::default())
    }
}
