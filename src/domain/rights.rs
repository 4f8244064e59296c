//! What a publisher allows us to do with an entry.

use serde::Deserialize;
use serde::Serialize;

/// The strictest wins: a later variant forbids all that an earlier one forbids, and more.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
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
