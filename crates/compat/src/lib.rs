//! Compatibility dates and flags.
