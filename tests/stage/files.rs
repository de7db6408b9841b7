//! Files on the screen: attached by a command or a dropped path, fetched and opened by Enter, saved, stopped.

use susurro::api::{CommandId, Event, FileCommand, Outcome, State, Transfer};
use susurro::model::{
    Clean, ContainerId, FileId, FilesFailure, MessageId, MessageState, StagedFile, UploadService,
};
use susurro::store::Reads;
use susurro::tui::app::{Effect, Input};
use susurro::tui::desk::{DeskTask, DeskTold, ListedFile, TakenIn};

use crate::stage::{COLOUR, Stage, jid, peer};

/// Bob's chat is open, online.
fn with_bob(size: (u16, u16)) -> Stage {
    let mut stage = Stage::new(size, COLOUR);
    stage.row(|new| new.body = Some(Clean::new("Look at this:")));
    stage.start();
    stage.online();
    stage
}

/// Bob sends a file, which is in this state.
fn file_of_bob(stage: &mut Stage, name: &str, kind: &str, state: u8) -> FileId {
    let message = stage.row(|new| new.body = Some(Clean::new("a file")));
    bring(stage, message, name, kind, state)
}

fn bring(stage: &mut Stage, message: MessageId, name: &str, kind: &str, state: u8) -> FileId {
    let id = stage.store(|tx, _| {
        let insert = format!(
            "INSERT INTO files (account, message, number, name, media_type, size, url, secret, state)
             VALUES (1, {}, 0, '{name}', '{kind}', 1258291, 'https://up.mired.test/x', x'00', {state})",
            message.0
        );
        tx.conn().execute_batch(&insert).unwrap();
        let id = FileId(tx.conn().last_insert_rowid());
        let counts = format!(
            "UPDATE messages SET body = '', files = 1 WHERE id = {}",
            message.0
        );
        tx.conn().execute_batch(&counts).unwrap();
        id
    });
    changed(stage, message);
    id
}

fn changed(stage: &mut Stage, message: MessageId) {
    let ids = vec![message];
    stage.event(Event::Changed(susurro::api::Change::Messages(ids)));
    // Whoever presses the next key has seen it.
    stage.settle();
}

fn set_state(stage: &mut Stage, id: FileId, state: u8) {
    stage.store(|tx, _| {
        let update = format!("UPDATE files SET state = {state} WHERE id = {}", id.0);
        tx.conn().execute_batch(&update).unwrap();
    });
    let last = stage.store(|tx, _| {
        let file = susurro::store::files::get(tx, id).unwrap().unwrap();
        file.message
    });
    changed(stage, last);
}

/// What was asked of the desk since the last time.
fn asked(stage: &mut Stage) -> Vec<DeskTask> {
    let effects = std::mem::take(&mut stage.effects);
    let task = |effect| match effect {
        Effect::Desk(task) => Some(task),
        _ => None,
    };
    effects.into_iter().filter_map(task).collect()
}

/// The one thing that was.
fn only(stage: &mut Stage) -> DeskTask {
    let mut asked = asked(stage);
    assert_eq!(asked.len(), 1, "{asked:?}");
    asked.remove(0)
}

fn command(stage: &mut Stage, line: &str) {
    stage.type_in(line);
    stage.press(&["Enter"]);
}

fn service(stage: &mut Stage, id: CommandId, largest: Option<u64>) {
    let service = UploadService {
        address: jid("up.mired.test"),
        largest,
    };
    let result = Ok(Outcome::UploadService(service));
    stage.event(Event::Done { command: id, result });
}

fn staged(name: &str) -> StagedFile {
    StagedFile {
        container: ContainerId([7; 16]),
        stored: 4_096,
        name: Clean::line(name),
        media_type: Clean::line("image/jpeg"),
        size: 2_048,
        sha256: [0; 32],
    }
}

fn take_in(path: &str, largest: Option<u64>) -> DeskTask {
    DeskTask::TakeIn {
        to: peer("bob@mired.test"),
        path: path.into(),
        original: false,
        largest,
    }
}

#[test]
fn a_file_is_taken_in_once_the_server_said_what_it_takes_and_sent_once_it_is_in_the_vault() {
    let mut stage = with_bob((80, 24));
    command(&mut stage, "/attach /home/ana/my cat.jpg");
    let (id, what) = stage.files_asked.remove(0);
    assert_eq!(what, FileCommand::Service);
    assert_eq!(asked(&mut stage), []);
    service(&mut stage, id, Some(5_000));
    assert_eq!(asked(&mut stage), [take_in("/home/ana/my cat.jpg", Some(5_000))]);
    let taken = TakenIn {
        file: staged("my cat.jpg"),
        left_out: Some(Clean::line("where it was taken is left out")),
    };
    stage.input(Input::Desk(DeskTold::Taken {
        to: peer("bob@mired.test"),
        taken: Box::new(taken),
    }));
    let (_, what) = stage.files_asked.remove(0);
    let sent = FileCommand::Send {
        to: peer("bob@mired.test"),
        file: Box::new(staged("my cat.jpg")),
        clear: false,
    };
    assert_eq!(what, sent);
    assert!(
        stage.text().contains("where it was taken is left out"),
        "{}",
        stage.text()
    );
}

#[test]
fn without_a_service_nothing_is_read_and_offline_it_is_taken_in_all_the_same() {
    let mut stage = with_bob((80, 24));
    command(&mut stage, "/attach /a.jpg");
    let (id, _) = stage.files_asked.remove(0);
    let result = Err(FilesFailure::NoService.into());
    stage.event(Event::Done { command: id, result });
    assert_eq!(asked(&mut stage), []);
    assert!(
        stage.text().contains("Your server takes no files"),
        "{}",
        stage.text()
    );

    let mut stage = Stage::new((80, 24), COLOUR);
    stage.row(|new| new.body = Some(Clean::new("Hello")));
    stage.start();
    command(&mut stage, "/attach /a.jpg");
    assert_eq!(stage.files_asked, []);
    assert_eq!(asked(&mut stage), [take_in("/a.jpg", None)]);
}

#[test]
fn a_dropped_path_stays_text_until_tab_makes_a_command_of_it() {
    let mut stage = with_bob((80, 24));
    stage.paste("/home/ana/cat.jpg");
    let look = DeskTask::Look {
        text: "/home/ana/cat.jpg".to_owned(),
        path: "/home/ana/cat.jpg".into(),
    };
    assert_eq!(asked(&mut stage), [look]);
    let text = "/home/ana/cat.jpg".to_owned();
    stage.input(Input::Desk(DeskTold::IsFile { text, size: 2_048 }));
    assert!(
        stage
            .text()
            .contains("That is a file of 2.0 KiB: Tab attaches it"),
        "{}",
        stage.text()
    );
    stage.press(&["Tab"]);
    assert_eq!(stage.app().chat_pane.composer.text(), "/attach /home/ana/cat.jpg");
    // Nothing was sent, and the command is one that the person runs.
    assert_eq!(stage.files_asked, []);
    stage.press(&["Enter"]);
    assert_eq!(stage.files_asked.len(), 1);

    // What was gone on with meanwhile is no path any more.
    let mut stage = with_bob((80, 24));
    stage.paste("/home/ana/cat.jpg");
    stage.type_in(" is where it lies");
    let text = "/home/ana/cat.jpg".to_owned();
    stage.input(Input::Desk(DeskTold::IsFile { text, size: 2_048 }));
    assert!(!stage.text().contains("That is a file"), "{}", stage.text());
}

#[test]
fn enter_fetches_a_file_and_opens_it_when_it_is_here() {
    let mut stage = with_bob((80, 24));
    let id = file_of_bob(&mut stage, "cat.jpg", "image/jpeg", 0);
    stage.press(&["Ctrl-Up", "Enter"]);
    assert_eq!(stage.files_asked.remove(0).1, FileCommand::Get(id));
    set_state(&mut stage, id, 1);
    stage.event(Event::State(State::Transfer(Transfer {
        file: id,
        leaves: false,
        done: 500_000,
        total: Some(1_000_000),
        waits: false,
    })));
    assert!(stage.text().contains("█████░░░░░ 50% down"), "{}", stage.text());
    assert_eq!(asked(&mut stage), []);
    set_state(&mut stage, id, 2);
    let DeskTask::Open {
        file,
        with: None,
        sure: false,
    } = only(&mut stage)
    else {
        panic!("not opened");
    };
    assert_eq!(file.id, id);
    // It is opened once.
    set_state(&mut stage, id, 2);
    assert_eq!(asked(&mut stage), []);
}

#[test]
fn what_could_do_something_by_itself_is_asked_about_and_what_is_text_has_a_page() {
    let mut stage = with_bob((80, 24));
    let id = file_of_bob(&mut stage, "run.sh", "application/x-sh", 2);
    stage.press(&["Ctrl-Up", "Enter"]);
    let DeskTask::Open { file, .. } = only(&mut stage) else {
        panic!("not opened");
    };
    let why = Clean::line("It is a program.");
    stage.input(Input::Desk(DeskTold::Active { file, why }));
    assert!(stage.text().contains("Open run.sh?"), "{}", stage.text());
    assert_eq!(asked(&mut stage), []);
    stage.press(&["y", "y"]);
    let DeskTask::Open { file, sure: true, .. } = only(&mut stage) else {
        panic!("not opened");
    };
    assert_eq!(file.id, id);

    let mut stage = with_bob((80, 24));
    file_of_bob(&mut stage, "notes.txt", "text/plain", 2);
    stage.press(&["Ctrl-Up", "Enter"]);
    let DeskTask::Read { file } = only(&mut stage) else {
        panic!("not read");
    };
    let text = b"To do:\n- sleep".to_vec();
    stage.input(Input::Desk(DeskTold::Text { file, text }));
    assert!(stage.text().contains("- sleep"), "{}", stage.text());
    stage.press(&["Esc"]);
    assert!(!stage.text().contains("- sleep"), "{}", stage.text());
}

#[test]
fn saving_and_opening_with_a_program_go_on_in_the_composer_and_a_file_can_be_stopped() {
    let mut stage = with_bob((80, 24));
    let id = file_of_bob(&mut stage, "cat.jpg", "image/jpeg", 2);
    stage.press(&["Ctrl-Up", "s"]);
    assert_eq!(stage.app().chat_pane.composer.text(), "/save ~/Downloads/cat.jpg");
    stage.press(&["Ctrl-U"]);
    command(&mut stage, "/save /tmp/copy.jpg");
    let DeskTask::Save { file, path } = only(&mut stage) else {
        panic!("not saved");
    };
    assert_eq!((file.id, path.to_str()), (id, Some("/tmp/copy.jpg")));
    command(&mut stage, "/openwith gimp");
    let DeskTask::Open { with, .. } = only(&mut stage) else {
        panic!("not opened");
    };
    assert_eq!(with.as_deref(), Some("gimp"));
    set_state(&mut stage, id, 1);
    stage.press(&["Ctrl-Up", "t"]);
    assert_eq!(stage.files_asked.pop().unwrap().1, FileCommand::Stop(id));
}

#[test]
fn a_folder_is_looked_into_and_a_file_of_it_is_sent() {
    let mut stage = with_bob((40, 12));
    command(&mut stage, "/browse /home/ana");
    assert_eq!(asked(&mut stage), [DeskTask::List("/home/ana".into())]);
    let names = vec![ListedFile {
        is_file: true,
        name: "cat.jpg".to_owned(),
        size: 2_048,
    }];
    stage.input(Input::Desk(DeskTold::Listed {
        folder: "/home/ana".into(),
        names: Ok(names),
    }));
    assert!(stage.text().contains("cat.jpg  2.0 KiB"), "{}", stage.text());
    stage.press(&["Enter"]);
    assert_eq!(stage.files_asked.len(), 1);
    command(&mut stage, "/browse /root");
    stage.input(Input::Desk(DeskTold::Listed {
        folder: "/root".into(),
        names: Err(Clean::line("Permission denied")),
    }));
    assert!(stage.text().contains("cannot be looked into"), "{}", stage.text());
}

#[test]
fn the_screen_with_files_at_every_size() {
    for (size, name) in [((80, 24), "80x24"), ((160, 50), "160x50"), ((40, 12), "40x12")] {
        let mut stage = with_bob(size);
        file_of_bob(&mut stage, "the cat on the roof.jpg", "image/jpeg", 0);
        file_of_bob(&mut stage, "notes.txt", "text/plain", 2);
        let ours = stage.row(|new| {
            new.body = Some(Clean::new("a file"));
            new.author = susurro::model::Author::Us;
            new.trust = None;
            new.state = MessageState::Sent;
        });
        bring(&mut stage, ours, "plan.pdf", "application/pdf", 2);
        stage.press(&["Ctrl-Up", "Up"]);
        insta::assert_snapshot!(format!("files_{name}"), stage.text());
    }
}
