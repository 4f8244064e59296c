//! The one guarded way out: every outbound request passes here.
