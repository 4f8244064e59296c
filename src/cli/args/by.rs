//! Who decides, as every command that changes something takes it.

/// Who decides.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct By {
    /// Your name as readers see it [default: $USER]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) by: Option<String>,
}
