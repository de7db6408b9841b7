//! Keys: our own device, published and kept right; everybody else's; and who of them may be written to.

pub(crate) mod devices;
pub(crate) mod own_keys;
pub(crate) mod prekeys;
pub(crate) mod trust;
