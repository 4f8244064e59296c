//! What a publisher allows us to do with an entry.

/// The strictest wins: a later variant forbids all that an earlier one forbids, and more.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Rights {
    /// Every engine may read the text.
    #[default]
    Any,
    /// Quotation by rule only: the text never reaches a model.
    Extractive,
    /// Title and link only: no quotation, and the article page is not fetched.
    Link,
    /// Nothing of the publisher's is kept or shown.
    Drop,
}

impl Rights {
    /// The word that configuration, store and outputs use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Extractive => "extractive",
            Self::Link => "link",
            Self::Drop => "drop",
        }
    }
}

/// What the operator has said of a source's rights, as it holds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OperatorRights {
    /// The strictest ever set, until it is lifted in so many words.
    pub strictest: Rights,
    /// The licence that stands in the place of the publisher's signals.
    pub licence: Option<String>,
}

impl OperatorRights {
    /// What is allowed, given what the publisher's own signals allow.
    pub fn allowed(&self, signalled: Rights) -> Rights {
        match self.licence {
            Some(_) if signalled < Rights::Drop => self.strictest,
            Some(_) => Rights::Drop,
            None => self.strictest.max(signalled),
        }
    }
}

impl std::str::FromStr for Rights {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "any" => Ok(Self::Any),
            "extractive" => Ok(Self::Extractive),
            "link" => Ok(Self::Link),
            "drop" => Ok(Self::Drop),
            _ => Err(()),
        }
    }
}
