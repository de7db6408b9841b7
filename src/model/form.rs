//! Forms (XEP-0004): what a room asks its owner.

use super::Clean;

/// A form to be filled in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoomForm {
    pub title: Option<Clean>,
    pub instructions: Option<Clean>,
    pub fields: Vec<Field>,
}

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Empty: a text between the fields.
    pub var: String,
    pub kind: FieldKind,
    pub label: Option<Clean>,
    pub values: Vec<String>,
    /// What can be chosen: the words for it, and the value.
    pub options: Vec<(Clean, String)>,
    pub required: bool,
}

/// The types of XEP-0004 §3.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Boolean,
    /// Words between the fields.
    Fixed,
    /// Sent back as it came.
    Hidden,
    Jids,
    Jid,
    /// Several of a list.
    ListMany,
    ListOne,
    Lines,
    Secret,
    Line,
}

impl FieldKind {
    /// Whether it may have several values.
    pub fn takes_many(self) -> bool {
        matches!(self, Self::Jids | Self::ListMany | Self::Lines)
    }
}

impl Field {
    /// The value of a field that has one; a boolean without any is false.
    pub fn value(&self) -> Option<&str> {
        self.values.first().map(String::as_str)
    }

    pub fn is_true(&self) -> bool {
        matches!(self.value(), Some("1" | "true"))
    }
}

impl RoomForm {
    /// The field of this name.
    pub fn field(&self, var: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.var == var)
    }

    /// Sets a field to these values; false if the form does not have it.
    pub fn set(&mut self, var: &str, values: &[&str]) -> bool {
        let field = self
            .fields
            .iter_mut()
            .find(|field| field.var == var && field.kind != FieldKind::Fixed);
        match field {
            Some(field) => {
                field.values = values.iter().map(|value| (*value).to_owned()).collect();
                true
            }
            None => false,
        }
    }
}
