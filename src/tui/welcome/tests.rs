//! The steps, key by key.
