//! (SASL: to be written)
