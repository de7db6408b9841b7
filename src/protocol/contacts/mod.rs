//! Contacts: the roster, who of them is here, and whom we do not want to hear.

pub(crate) mod blocking;
pub(crate) mod presence;
pub(crate) mod roster;
