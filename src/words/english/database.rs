//! What is said of the database.

use model::failure::DatabaseFault;

/// By itself.
pub(super) fn sentence(fault: &DatabaseFault) -> String {
    let clause = clause(fault);
    let mut letters = clause.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// Within a sentence.
pub(super) fn clause(fault: &DatabaseFault) -> String {
    let text = match fault {
        DatabaseFault::Unreadable => {
            "the database cannot be opened: it is damaged, or belongs to another vault"
        }
        DatabaseFault::Lost => {
            "the database is missing or empty; it is not made anew beside a vault that had one"
        }
        DatabaseFault::Newer { found, known } => {
            return format!(
                "the database was written by a newer version of susurro (schema {found}, this one knows {known}); use that one"
            );
        }
        DatabaseFault::Setting(name) => {
            return format!(
                "the database refuses a setting that its safety hangs on ({name}), so it is not used"
            );
        }
        DatabaseFault::Corrupt(what) => {
            return format!(
                "something in the database cannot be understood ({what}); the check of the profile (doctor) says more"
            );
        }
        DatabaseFault::Missing(what) => {
            return format!("something is not in the database any more ({what}); look again, and try again");
        }
        DatabaseFault::Busy => {
            "the database is in use by another part of the program or by another process; try again"
        }
        DatabaseFault::File(why) => {
            return format!("the database file cannot be used: {}", why.as_str());
        }
        DatabaseFault::Full => "the disk is full, so nothing was changed; make room, then try again",
        DatabaseFault::ReadOnly => {
            "the database may not be written to; check the rights of the profile's folder, and whether its disk is read-only"
        }
        DatabaseFault::Disk => "the disk that the database lies on cannot be read or written; check it",
        DatabaseFault::Other(number) => {
            return format!(
                "the database reports an error (SQLite {number}); try again, and if it stays so, say it to who makes Susurro"
            );
        }
    };
    text.to_owned()
}
