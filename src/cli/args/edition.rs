//! The arguments of `edition`.

use clap::Subcommand;

use super::by::By;

/// The edition of a digest that goes out next.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum EditionCommand {
    /// The edition that goes out next: its stories in order, what is left out and why, the note
    Show {
        /// The output's id
        output: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Put stories first, in this order; without any, the order is by score again
    Order {
        /// The output's id
        output: String,
        /// The stories' ids or keys
        #[arg(value_name = "ID")]
        ids: Vec<String>,
        /// Print the edition as JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        by: By,
    },
    /// Leave stories out of the edition; they stay in every other output
    Drop {
        /// The output's id
        output: String,
        /// The stories' ids or keys
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        /// Take it back
        #[arg(long)]
        undo: bool,
        /// Print the edition as JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        by: By,
    },
    /// Write the note at the beginning of the edition, which names you; without words, take it back
    Note {
        /// The output's id
        output: String,
        /// What readers should know
        #[arg(value_name = "WORDS")]
        text: Option<String>,
        /// Print the edition as JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        by: By,
    },
    /// Send the edition now; the next period begins
    Send {
        /// The output's id
        output: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        by: By,
    },
}
