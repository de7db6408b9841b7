//! Two copies of one profile, which nobody should use at once: they do not throw each other out for ever.

use std::path::Path;

use crate::support::Address;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::Peer;
use crate::support::prosody::Prosody;
use crate::support::susurro::{Susurro, body};
use crate::support::wait_for;

const ANA: &str = "ana@mired.test";

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(to, mode).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// One of the two ends by itself and says why; the other one stays.
fn one_stays(address: &Address, killed: bool) {
    let first = Susurro::with_account(address, "ana");
    let listener = first.listen();
    listener.wait_online(1);
    // A copy may know of the stream that the first one would resume.
    if killed {
        listener.kill();
    } else {
        listener.interrupt();
    }
    let second = Susurro::fresh();
    copy(&first.profile(), &second.profile());
    let mut both = [first.listen(), second.listen()];
    wait_for("one of the copies to give up", || {
        both.iter_mut().any(|one| !one.is_running()).then_some(())
    });
    let (mut ended, mut stays) = (Vec::new(), Vec::new());
    for mut listener in both {
        if listener.is_running() {
            stays.push(listener);
        } else {
            ended.push(listener);
        }
    }
    assert_eq!((ended.len(), stays.len()), (1, 1));
    for listener in ended {
        let errors = listener.errors();
        assert!(errors.contains("copy of this profile"), "{errors}");
        assert_eq!(listener.wait().code(), Some(5));
    }
    let mut bob = Peer::login(address, "bob");
    for mut listener in stays {
        bob.send_plain(ANA, "who is there?");
        assert_eq!(body(&listener.next()), "who is there?");
        assert!(listener.is_running());
    }
}

#[test]
fn two_copies_on_prosody_end_as_one() {
    let server = Prosody::start();
    one_stays(&server.address(), false);
}

#[test]
fn two_copies_of_a_killed_program_on_prosody_end_as_one() {
    let server = Prosody::start();
    one_stays(&server.address(), true);
}

#[test]
fn two_copies_on_ejabberd_end_as_one() {
    let server = Ejabberd::start();
    one_stays(&server.address(), true);
}
