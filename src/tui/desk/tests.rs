use super::*;
use model::{AccountId, BareJid, ContainerId, FileId, FileState, MessageId};

struct Lent;

fn staged(name: &str) -> StagedFile {
    StagedFile {
        container: ContainerId([1; 16]),
        stored: 10,
        name: Clean::line(name),
        media_type: Clean::line("image/jpeg"),
        size: 3,
        sha256: [0; 32],
    }
}

impl FileDesk for Lent {
    fn take_in(&self, path: &Path, _original: bool, largest: Option<u64>) -> Result<TakenIn, Clean> {
        match largest {
            Some(largest) if largest < 3 => Err(Clean::line("It is too large.")),
            _ => Ok(TakenIn {
                file: staged(&path.display().to_string()),
                left_out: None,
            }),
        }
    }

    fn open(&self, _file: &MessageFile, _with: Option<&str>, sure: bool) -> Result<Opened, Clean> {
        Ok(match sure {
            true => Opened::Shown(Clean::line("shown")),
            false => Opened::Active(Clean::line("It is a program.")),
        })
    }

    fn save(&self, _file: &MessageFile, path: &Path) -> Result<PathBuf, Clean> {
        Ok(path.join("1"))
    }

    fn picture(&self, _file: &MessageFile, most: (u16, u16)) -> Option<Pixels> {
        Pixels::new(1, most.1, vec![9; usize::from(most.1) * 3])
    }

    fn read(&self, _file: &MessageFile, _most: usize) -> Result<Vec<u8>, Clean> {
        Ok(b"text".to_vec())
    }
}

fn file() -> Box<MessageFile> {
    Box::new(MessageFile {
        id: FileId(1),
        message: MessageId(1),
        number: 0,
        name: None,
        media_type: None,
        size: None,
        sha256: None,
        host: None,
        encrypted: true,
        state: FileState::Here,
        failure: None,
        container: None,
        stored: None,
    })
}

fn bob() -> Peer {
    Peer::new(AccountId(1), BareJid::new("bob@mired.test").unwrap())
}

fn take_in(largest: Option<u64>) -> DeskTask {
    DeskTask::TakeIn {
        to: bob(),
        path: "/x/cat.jpg".into(),
        original: false,
        largest,
    }
}

#[test]
fn what_is_asked_is_done_elsewhere_and_told() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut desk = Desk::start(Some(Arc::new(Lent))).unwrap();
    let mut tell = |task| {
        desk.ask(task);
        runtime.block_on(desk.next())
    };
    let DeskTold::Taken { to, taken } = tell(take_in(None)) else {
        panic!("not taken in");
    };
    assert_eq!((to, taken.file.name.as_str()), (bob(), "/x/cat.jpg"));
    assert_eq!(
        tell(take_in(Some(2))),
        DeskTold::Failed(Clean::line("It is too large."))
    );
    let open = |sure| DeskTask::Open {
        file: file(),
        with: None,
        sure,
    };
    let why = Clean::line("It is a program.");
    assert_eq!(tell(open(false)), DeskTold::Active { file: file(), why });
    assert_eq!(tell(open(true)), DeskTold::Done(Clean::line("shown")));
}

#[test]
fn without_a_folder_of_files_that_is_what_is_said() {
    let told = one(None, take_in(None)).unwrap();
    assert!(matches!(told, DeskTold::Failed(_)));
}

#[test]
fn folders_come_first_and_what_is_neither_folder_nor_file_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["b.txt", "A.txt", ".hidden"] {
        fs::write(folder.path().join(name), "abc").unwrap();
    }
    fs::create_dir(folder.path().join("z")).unwrap();
    std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    let names = list(folder.path(), 100).unwrap();
    let names: Vec<&str> = names.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["z", "A.txt", "b.txt", ".hidden"]);
    assert!(list(folder.path(), 2).unwrap().len() <= 2);
    assert!(list(&folder.path().join("none"), 2).is_err());
}

#[test]
fn only_a_regular_file_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cat.jpg");
    fs::write(&path, "abc").unwrap();
    let look = |path: &Path| {
        let (text, path) = ("pasted".to_owned(), path.to_owned());
        one(None, DeskTask::Look { text, path })
    };
    let is = DeskTold::IsFile {
        text: "pasted".to_owned(),
        size: 3,
    };
    assert_eq!(look(&path), Some(is));
    assert_eq!(look(folder.path()), None);
    assert_eq!(look(&folder.path().join("none")), None);
}

#[test]
fn a_picture_has_two_pixels_for_each_row_and_without_a_folder_there_is_none() {
    let task = || DeskTask::Picture {
        file: file(),
        most: (4, 3),
    };
    let Some(DeskTold::Picture {
        pixels: Some(pixels), ..
    }) = one(Some(&Lent), task())
    else {
        panic!("no picture");
    };
    assert_eq!((pixels.width, pixels.height), (1, 6));
    let none = DeskTold::Picture {
        file: FileId(1),
        pixels: None,
    };
    assert_eq!(one(None, task()), Some(none));
}
