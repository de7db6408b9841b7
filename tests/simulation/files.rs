//! Files on their way, as far as the core sees them: what leaves waits for its upload, and keeps its place among the
//! words; what comes is asked for, or comes by itself; what is deleted goes off the disk. The tasks are played.

use susurro::api::{Command, CommandId, Event, Failure, FileCommand, Outcome};
use susurro::model::{
    Clean, ContainerId, FileState, FilesFailure, Message, MessageFile, MessageState, Peer, Protection,
    StagedFile,
};
use susurro::protocol::{Download, Input, Task, TaskEvent, TaskId, Upload};
use susurro::store::files;

use crate::archive::in_clear;
use crate::client::send;
use crate::world::{ANA, BOB, World};

const CAT: ContainerId = ContainerId([7; 16]);

fn cat() -> StagedFile {
    StagedFile {
        container: CAT,
        stored: 8192,
        name: Clean::new("my cat.jpg"),
        media_type: Clean::new("image/jpeg"),
        size: 5000,
        sha256: [9; 32],
    }
}

fn world(seed: u64) -> World {
    let mut world = World::online(seed, &[ANA, BOB]);
    world.server.options.uploads = Some(10_000);
    world
}

fn send_file(world: &mut World, file: StagedFile) -> CommandId {
    let peer = chat(world, 0, BOB);
    let command = Command::File(FileCommand::Send {
        to: peer,
        file: Box::new(file),
        clear: false,
    });
    let id = world.command(0, command);
    world.settle();
    id
}

fn chat(world: &World, at: usize, peer: &str) -> Peer {
    Peer::new(world.clients[at].account, peer.parse().unwrap())
}

fn last(world: &mut World, at: usize, peer: &str) -> Message {
    world.clients[at].history(peer).pop().unwrap()
}

fn file(world: &mut World, at: usize, peer: &str) -> MessageFile {
    last(world, at, peer).files.remove(0)
}

fn tasks(world: &mut World, at: usize) -> Vec<(TaskId, Task)> {
    std::mem::take(&mut world.clients[at].tasks)
}

/// The one upload that is on its way.
fn upload(world: &mut World) -> (TaskId, Upload) {
    match tasks(world, 0).as_slice() {
        [(id, Task::Upload(upload))] => (*id, upload.clone()),
        other => panic!("{other:?}"),
    }
}

fn download(world: &mut World) -> (TaskId, Download) {
    match tasks(world, 1).as_slice() {
        [(id, Task::Download(download))] => (*id, download.clone()),
        other => panic!("{other:?}"),
    }
}

fn over(world: &mut World, at: usize, task: TaskId, event: TaskEvent) {
    world.feed(at, Input::Task(task, event));
    world.settle();
}

/// Every time a command was told something.
fn told(world: &World, at: usize, id: CommandId) -> Vec<Result<Outcome, Failure>> {
    let of = |event: &Event| match event {
        Event::Done { command, result } if *command == id => Some(result.clone()),
        _ => None,
    };
    world.clients[at].events.iter().filter_map(of).collect()
}

/// A cat that bob can have.
fn sent(world: &mut World) -> Upload {
    send_file(world, cat());
    let (task, upload) = upload(world);
    over(world, 0, task, TaskEvent::Uploaded);
    upload
}

#[test]
fn a_file_is_uploaded_encrypted_and_then_its_message_goes_in_its_place() {
    let mut world = world(1);
    world.send(0, BOB, "before");
    world.settle();
    send_file(&mut world, cat());
    world.send(0, BOB, "after");
    world.settle();
    assert_eq!(world.clients[1].history(ANA).len(), 1, "what follows waits");
    let (task, upload) = upload(&mut world);
    let secret = upload.secret.clone().unwrap();
    assert_eq!((upload.container, upload.size, secret.iv.len()), (CAT, 5000, 12));
    assert!(upload.put.starts_with("https://up.mired.test/") && upload.put.ends_with(".jpg"));
    assert!(!upload.put.contains("cat"));
    over(&mut world, 0, task, TaskEvent::Uploaded);
    let history = world.clients[1].history(ANA);
    let words: Vec<_> = history
        .iter()
        .map(|m| m.body.as_ref().map(Clean::as_str))
        .collect();
    assert_eq!(words, [Some("before"), None, Some("after")]);
    assert_ne!(history[1].protection, Protection::Clear);
    let theirs = &history[1].files[0];
    assert_eq!(theirs.host.as_ref().unwrap().as_str(), "up.mired.test");
    assert!(theirs.encrypted);
    let ours = world.clients[0].history(BOB).remove(1);
    assert!(matches!(ours.state, MessageState::Sent | MessageState::Delivered));
    assert_eq!((ours.body, ours.files[0].state), (None, FileState::Here));
}

#[test]
fn an_envelope_tells_the_name_the_size_and_the_hash_and_the_legacy_dialect_the_address_alone() {
    let mut newer = world(2);
    sent(&mut newer);
    let file_of = file(&mut newer, 1, ANA);
    assert_eq!(file_of.name.unwrap().as_str(), "my cat.jpg");
    assert_eq!((file_of.size, file_of.sha256), (Some(5000), Some([9; 32])));
    let mut older = World::legacy(3, &[ANA, BOB]);
    older.server.options.uploads = Some(10_000);
    let upload = sent(&mut older);
    let file_of = file(&mut older, 1, ANA);
    assert!(upload.put.ends_with(file_of.name.unwrap().as_str()));
    assert_eq!(
        (file_of.size, file_of.sha256, file_of.encrypted),
        (None, None, true)
    );
}

// Threat 72.
#[test]
fn each_try_has_a_new_slot_and_a_new_key_and_after_some_the_message_fails() {
    let mut world = world(4);
    let command = send_file(&mut world, cat());
    let mut seen = Vec::new();
    for _ in 0..4 {
        let (task, upload) = upload(&mut world);
        assert!(!seen.contains(&(upload.put.clone(), upload.secret.clone())));
        seen.push((upload.put, upload.secret));
        over(&mut world, 0, task, TaskEvent::Failed(FilesFailure::Broken));
    }
    assert!(tasks(&mut world, 0).is_empty());
    let ours = last(&mut world, 0, BOB);
    assert_eq!(
        (ours.state, ours.files[0].failure.clone()),
        (MessageState::Failed, Some(FilesFailure::Broken))
    );
    let told = told(&world, 0, command);
    assert_eq!(told.last().unwrap(), &Err(Failure::Files(FilesFailure::Broken)));
    assert!(world.clients[1].history(ANA).is_empty());
    // Once more, from what is still here.
    let retry = Command::Retry {
        message: ours.id,
        again: false,
        reveal: false,
    };
    world.command(0, retry);
    world.settle();
    let (task, again) = upload(&mut world);
    assert!(!seen.contains(&(again.put.clone(), again.secret.clone())));
    assert_eq!(again.container, CAT);
    over(&mut world, 0, task, TaskEvent::Uploaded);
    assert_eq!(world.clients[1].history(ANA).len(), 1);
    assert_eq!(world.clients[0].history(BOB).len(), 1);
}

#[test]
fn what_is_too_large_or_has_no_service_is_told_before_anything_leaves() {
    let mut world = world(5);
    let large = StagedFile { size: 9_990, ..cat() };
    let command = send_file(&mut world, large);
    let why = FilesFailure::TooLarge {
        size: 10_006,
        largest: 10_000,
    };
    assert_eq!(
        told(&world, 0, command).last().unwrap(),
        &Err(Failure::Files(why))
    );
    let mut other = World::online(6, &[ANA, BOB]);
    let command = send_file(&mut other, cat());
    let why = FilesFailure::NoService;
    assert_eq!(
        told(&other, 0, command).last().unwrap(),
        &Err(Failure::Files(why))
    );
    assert!(tasks(&mut world, 0).is_empty() && tasks(&mut other, 0).is_empty());
}

#[test]
fn a_crash_during_an_upload_begins_anew_with_another_key() {
    let mut world = world(7);
    send_file(&mut world, cat());
    let (task, first) = upload(&mut world);
    world.crash(0);
    world.connect(0);
    world.settle();
    let (again, second) = upload(&mut world);
    assert_ne!((&first.put, &first.secret), (&second.put, &second.secret));
    over(&mut world, 0, again, TaskEvent::Uploaded);
    let _ = task;
    assert_eq!(world.clients[1].history(ANA).len(), 1);
}

#[test]
fn in_clear_the_file_goes_in_clear_as_a_link_and_never_with_a_key() {
    let mut world = world(8);
    in_clear(&mut world, 0, BOB);
    let upload = sent(&mut world);
    assert_eq!(upload.secret, None);
    let theirs = last(&mut world, 1, ANA);
    assert_eq!((theirs.protection, theirs.body), (Protection::Clear, None));
    assert!(!theirs.files[0].encrypted);
    // It is fetched only when the person wants it.
    assert!(tasks(&mut world, 1).is_empty());
}

#[test]
fn a_file_is_fetched_once_and_is_here_or_says_why_not() {
    let mut world = world(9);
    sent(&mut world);
    // A small picture of a contact, at their server, comes by itself (threat 68).
    let (task, by_itself) = download(&mut world);
    assert_eq!(by_itself.most, Some(1 << 20));
    over(&mut world, 1, task, TaskEvent::Failed(FilesFailure::Gone));
    let theirs = file(&mut world, 1, ANA);
    assert_eq!(
        (theirs.state, theirs.failure),
        (FileState::Failed, Some(FilesFailure::Gone))
    );
    let get = Command::File(FileCommand::Get(theirs.id));
    let command = world.command(1, get.clone());
    let (task, download_of) = download(&mut world);
    assert_eq!(
        (download_of.size, download_of.sha256),
        (Some(5000), Some([9; 32]))
    );
    assert_eq!(file(&mut world, 1, ANA).state, FileState::Moving);
    over(&mut world, 1, task, TaskEvent::Failed(FilesFailure::NotAuthentic));
    let failed = file(&mut world, 1, ANA);
    assert_eq!((failed.state, failed.container), (FileState::Failed, None));
    assert_eq!(failed.failure, Some(FilesFailure::NotAuthentic));
    let why = Failure::Files(FilesFailure::NotAuthentic);
    assert_eq!(told(&world, 1, command), [Err(why)]);
    let command = world.command(1, get);
    let (task, download_of) = download(&mut world);
    let came = TaskEvent::Downloaded {
        size: 5000,
        sha256: [9; 32],
        media_type: Some("image/jpeg".to_owned()),
        stored: 8192,
    };
    over(&mut world, 1, task, came);
    assert_eq!(told(&world, 1, command), [Ok(Outcome::Done)]);
    let here = file(&mut world, 1, ANA);
    assert_eq!(
        (here.state, here.container),
        (FileState::Here, Some(download_of.container))
    );
    // Deleted with its message.
    world.command(1, Command::DeleteMessage(here.message));
    assert_eq!(
        tasks(&mut world, 1).pop().map(|(_, task)| task),
        Some(Task::Delete(vec![download_of.container]))
    );
}

#[test]
fn what_was_coming_when_the_process_ended_lies_where_it_lay() {
    let mut world = world(10);
    sent(&mut world);
    tasks(&mut world, 1);
    let theirs = file(&mut world, 1, ANA);
    world.command(1, Command::File(FileCommand::Get(theirs.id)));
    world.crash(1);
    world.connect(1);
    world.settle();
    let theirs = file(&mut world, 1, ANA);
    assert_eq!((theirs.state, theirs.container), (FileState::Remote, None));
    let kept = world.clients[1].read(|tx, _| files::containers(tx).unwrap());
    assert!(kept.is_empty());
}

#[test]
fn stopping_an_upload_fails_its_message_and_lets_go_what_follows() {
    let mut world = world(11);
    let command = send_file(&mut world, cat());
    world.command(0, send(BOB, "after"));
    world.settle();
    let ours = world.clients[0].history(BOB).remove(0);
    world.command(0, Command::File(FileCommand::Stop(ours.files[0].id)));
    world.settle();
    assert!(tasks(&mut world, 0).is_empty());
    let why = Failure::Files(FilesFailure::Cancelled);
    assert_eq!(told(&world, 0, command).last().unwrap(), &Err(why));
    assert_eq!(world.clients[1].history(ANA).len(), 1);
}

#[test]
fn what_is_taken_back_goes_off_the_disk_of_both() {
    let mut world = world(12);
    sent(&mut world);
    let ours = last(&mut world, 0, BOB);
    let retract = Command::Retract {
        message: ours.id,
        reveal: false,
    };
    world.command(0, retract);
    world.settle();
    assert_eq!(
        tasks(&mut world, 0).pop().map(|(_, task)| task),
        Some(Task::Delete(vec![CAT]))
    );
    assert!(last(&mut world, 0, BOB).files.is_empty());
    assert!(last(&mut world, 1, ANA).files.is_empty());
}
