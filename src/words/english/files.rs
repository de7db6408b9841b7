//! What goes wrong with files, in English.

use super::{Face, refusal};
use model::FilesFailure;

pub(super) fn failure(face: Face, failure: &FilesFailure) -> String {
    match failure {
        FilesFailure::NoService => {
            "Your server takes no files: ask whoever runs it for HTTP upload (XEP-0363).".to_owned()
        }
        FilesFailure::TooLarge { size, largest } => format!(
            "The file has {} and the server takes at most {}.",
            bytes(*size),
            bytes(*largest)
        ),
        FilesFailure::Quota => {
            "The server takes no more files of yours for now: try again later, or ask whoever runs it."
                .to_owned()
        }
        FilesFailure::Refused(why) => format!("The server does not take the file: {}", refusal(why)),
        FilesFailure::Status(status) => format!("The host of the file answers with error {status}."),
        FilesFailure::Gone => "The file is not at its address any more: ask for it once more.".to_owned(),
        FilesFailure::Net(failure) => super::net::failure(face, failure),
        FilesFailure::TimedOut => "The host of the file does not answer: try again later.".to_owned(),
        FilesFailure::Broken => "The connection to the host of the file broke: try again.".to_owned(),
        FilesFailure::Redirected => {
            "The host of the file sends elsewhere, where it is not fetched from.".to_owned()
        }
        FilesFailure::TooMuch => "More came than the file is said to have: nothing was kept.".to_owned(),
        FilesFailure::NotAuthentic => {
            "What lies at the address is not the file that was sent: nothing was kept.".to_owned()
        }
        FilesFailure::NotByItself => "It is fetched only when you ask for it.".to_owned(),
        FilesFailure::InPrivate => "Not sent: what goes to somebody in private in a room cannot be encrypted. Send it to their address.".to_owned(),
        FilesFailure::NoFile => "The message has no such file.".to_owned(),
        FilesFailure::NotHere => "The file is not here yet: get it first.".to_owned(),
        FilesFailure::Deleted => "The file was deleted here.".to_owned(),
        FilesFailure::Cancelled => "It was stopped.".to_owned(),
        FilesFailure::Disk(why) => {
            format!("The file cannot be kept: {}.", why.as_str().trim_end_matches('.'))
        }
        FilesFailure::Damaged => {
            "What is kept of the file is damaged: delete it and get it once more.".to_owned()
        }
        FilesFailure::BadAddress => "The message names no address that files are fetched from.".to_owned(),
    }
}

/// A size for people.
pub(super) fn bytes(size: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if size < 1024 {
        return format!("{size} bytes");
    }
    let mut tenths = size.saturating_mul(10) / 1024;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}
