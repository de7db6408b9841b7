//! Reading the files of known answers.

use serde_json::Value;

use super::*;

/// A file of tests/vectors.
macro_rules! vectors {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/vectors/",
            $name,
            ".json"
        )))
        .unwrap()
    };
}

pub(super) fn str_of<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key}"))
}
pub(super) fn hex_of(value: &Value, key: &str) -> Vec<u8> {
    unhex(str_of(value, key))
}
pub(super) fn array_of<const N: usize>(value: &Value, key: &str) -> [u8; N] {
    unhex_array(str_of(value, key))
}
pub(super) fn number_of(value: &Value, key: &str) -> u32 {
    u32::try_from(value[key].as_u64().unwrap_or_else(|| panic!("no {key}"))).unwrap()
}
pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    let list = value[key].as_array().unwrap_or_else(|| panic!("no {key}"));
    assert!(!list.is_empty());
    list
}
pub(super) fn dialect_of(value: &Value) -> Dialect {
    match str_of(value, "protocol") {
        "legacy" => Dialect::Legacy,
        "omemo2" => Dialect::Omemo2,
        other => panic!("{other}"),
    }
}

pub(super) use vectors;
