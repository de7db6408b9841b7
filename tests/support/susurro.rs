//! Our own program, run as its users run it, in a home of its own.

use std::ffi::{OsStr, OsString};
use std::fs::{DirBuilder, DirEntry, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use super::process::{self, Lines, Process};
use super::scratch::Scratch;
use super::{Address, PATIENCE, prosody};

/// One vault, and everything that the program could ever write to: home, configuration, temporary and runtime
/// folders are all below one scratch folder.
pub struct Susurro {
    scratch: Scratch,
    profile: PathBuf,
    passphrase: String,
    loud: bool,
    /// A process in whose name spaces it runs.
    sees: Option<u32>,
    /// Variables of its environment beside the usual ones.
    more: Vec<(String, OsString)>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// The exit code; a death by signal is none.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// # Panics
    /// When the command did not end with this exit code; shows what it said.
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code(), Some(code), "out: {}\nerr: {}", self.out, self.err);
        self
    }

    /// The objects that `--json` printed, one a line.
    pub fn json(&self) -> Vec<Value> {
        self.out.lines().map(parse).collect()
    }
}

impl Susurro {
    /// A home without a vault.
    pub fn fresh() -> Self {
        let passphrase = "seven lanterns drift over quiet water".to_owned();
        let scratch = Scratch::new("home");
        let this = Self {
            profile: scratch.path().join("profile"),
            scratch,
            passphrase,
            loud: false,
            sees: None,
            more: Vec::new(),
        };
        for folder in ["home", "config", "state", "data", "cache", "tmp", "log"] {
            this.scratch.folder(folder);
        }
        let runtime = this.scratch.folder("runtime");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(runtime, mode).expect("our own folder");
        this.write_secret("passphrase", &this.passphrase);
        this
    }

    /// A vault with the small KDF: as `init` leaves it, which takes longer than most of what is done with it, so that
    /// all of them are copies of one. All secrets of an account are made when that is added.
    pub fn with_vault() -> Self {
        static MADE: OnceLock<Vec<(OsString, Vec<u8>)>> = OnceLock::new();
        let files = MADE.get_or_init(|| {
            let first = Self::fresh();
            first.run(&["init", "--kdf", "light"]).expect(0);
            let folder = std::fs::read_dir(first.profile()).expect("a vault");
            // No file of a message is in it yet.
            let files = folder
                .map(|file| file.expect("a vault"))
                .filter(|file| file.path().is_file());
            let read = |file: DirEntry| {
                (
                    file.file_name(),
                    std::fs::read(file.path()).expect("a file of the vault"),
                )
            };
            files.map(read).collect()
        });
        let this = Self::fresh();
        let mode =
            std::os::unix::fs::DirBuilderExt::mode(&mut DirBuilder::new(), 0o700).create(this.profile());
        mode.expect("our own folder");
        for (name, content) in files {
            write_private(&this.profile().join(name), content);
        }
        this
    }

    /// A vault that knows the account of `user`.
    pub fn with_account(address: &Address, user: &str) -> Self {
        let this = Self::with_vault();
        let mut added = this.add_account(address, user);
        // As it says itself: nothing is stored, and it may be tried again. A login is no test
        // of how busy this machine is.
        for _ in 0..4 {
            if added.code() == Some(5) && added.err.contains("did not answer in time") {
                added = this.add_account(address, user);
            }
        }
        added.expect(0);
        this
    }

    /// With these settings.
    pub fn configured(self, settings: &str) -> Self {
        self.scratch.file("config/susurro/config.toml", settings);
        self
    }

    /// The log at its loudest, by our own setting and by the variable that Rust programs commonly read.
    pub fn loud(mut self) -> Self {
        self.scratch
            .file("config/susurro/config.toml", "log = \"trace\"\n");
        self.loud = true;
        self
    }

    pub fn folder(&self) -> &Path {
        self.scratch.path()
    }

    pub fn profile(&self) -> PathBuf {
        self.profile.clone()
    }

    /// Its profile, which there is none of yet, lies in this folder as the process `sees` it, in whose mount and user
    /// name spaces all its commands run.
    pub fn keep_profile_in(&mut self, folder: &Path, sees: u32) {
        self.profile = folder.join("profile");
        self.sees = Some(sees);
    }

    /// Gives it a variable in its environment.
    pub fn set(&mut self, name: &str, value: &OsStr) {
        self.more.push((name.to_owned(), value.to_owned()));
    }

    pub fn passphrase(&self) -> &str {
        &self.passphrase
    }

    /// Writes a secret into a file that only its owner reads, as the program may demand; returns its path.
    pub fn write_secret(&self, name: &str, secret: &str) -> PathBuf {
        let path = self.scratch.path().join("secrets").join(name);
        let _ = std::fs::remove_file(&path);
        self.scratch.folder("secrets");
        write_private(&path, format!("{secret}\n").as_bytes());
        path
    }

    /// `account add` with the password that the test servers gave `user`.
    pub fn add_account(&self, address: &Address, user: &str) -> Ended {
        self.add_account_with(address, user, &prosody::password(user), &[])
    }

    pub fn add_account_with(&self, address: &Address, user: &str, password: &str, more: &[&str]) -> Ended {
        let password = self.write_secret("password", password);
        let server = format!("127.0.0.1:{}", address.port);
        let ca_file = address.ca_file.display().to_string();
        let jid = address.jid(user);
        let password = password.display().to_string();
        let mut arguments = vec![
            "account",
            "add",
            &jid,
            "--password-file",
            &password,
            "--server",
            &server,
        ];
        if !more.contains(&"--no-ca-file") {
            arguments.extend(["--ca-file", &ca_file]);
        }
        arguments.extend(more.iter().filter(|&&argument| argument != "--no-ca-file"));
        self.run(&arguments)
    }

    /// `send JID -`, with the body on standard input.
    pub fn send(&self, to: &str, body: &str) -> Ended {
        self.run_with_input(&["send", to, "-"], body)
    }

    /// Sends, and must succeed; returns the message's id.
    pub fn send_now(&self, to: &str, body: &str) -> String {
        self.send(to, body).expect(0).out.trim().to_owned()
    }

    /// `history JID --json`, oldest first as the program prints it.
    pub fn history(&self, jid: &str) -> Vec<Value> {
        self.run(&["history", jid, "--json", "--limit", "1000"])
            .expect(0)
            .json()
    }

    /// `listen --json --count N`, run to its end.
    pub fn receive(&self, count: usize) -> Vec<Value> {
        let count = count.to_string();
        let seconds = PATIENCE.as_secs().to_string();
        self.run(&["listen", "--json", "--count", &count, "--timeout", &seconds])
            .expect(0)
            .json()
    }

    /// Everything that `listen` prints in `time`, of which it may be nothing.
    pub fn receive_for(&self, time: Duration) -> Vec<Value> {
        let seconds = time.as_secs().max(1).to_string();
        self.run(&["listen", "--json", "--timeout", &seconds])
            .expect(0)
            .json()
    }

    /// A `listen --json` that goes on until it is stopped.
    pub fn listen(&self) -> Listener {
        self.listen_with(&[])
    }

    pub fn listen_with(&self, more: &[&str]) -> Listener {
        let mut arguments = vec!["listen", "--json"];
        arguments.extend(more);
        Listener::spawn(
            self.command(&arguments).stdout(Stdio::piped()),
            &self.errors("listen"),
        )
    }

    /// Runs a command of the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with_input(arguments, "")
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Ended {
        finish(&mut self.command(arguments), input)
    }

    /// The command with this home around it: nothing of the tester's own environment but the path.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command_without_passphrase(arguments);
        command
            .arg("--passphrase-file")
            .arg(self.scratch.path().join("secrets/passphrase"));
        command
    }

    pub fn command_without_passphrase(&self, arguments: &[&str]) -> Command {
        let root = self.scratch.path();
        let program = env!("CARGO_BIN_EXE_susurro");
        let mut command = process::command(if self.sees.is_some() { "nsenter" } else { program });
        if let Some(sees) = self.sees {
            let target = format!("--target={sees}");
            command.args([
                &target,
                "--user",
                "--mount",
                "--preserve-credentials",
                "--",
                program,
            ]);
        }
        command.args(arguments).arg("--profile").arg(self.profile());
        command.env_clear().current_dir(root.join("home"));
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .env("HOME", root.join("home"))
            .env("TMPDIR", root.join("tmp"))
            .env("LANG", "C.UTF-8");
        let folders = [
            ("CONFIG_HOME", "config"),
            ("STATE_HOME", "state"),
            ("DATA_HOME", "data"),
            ("CACHE_HOME", "cache"),
        ];
        for (name, folder) in folders {
            command.env(format!("XDG_{name}"), root.join(folder));
        }
        command.env("XDG_RUNTIME_DIR", root.join("runtime"));
        command.envs(self.more.iter().map(|(name, value)| (name, value)));
        if self.loud {
            command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
        }
        command
    }

    /// Where a long-running command's standard error goes.
    fn errors(&self, name: &str) -> PathBuf {
        self.scratch.path().join("log").join(name)
    }
}

/// A new file that only its owner reads.
fn write_private(path: &Path, content: &[u8]) {
    let mut options = File::options();
    std::os::unix::fs::OpenOptionsExt::mode(options.create_new(true).write(true), 0o600);
    let mut file = options.open(path).expect("a new file");
    file.write_all(content).expect("it can be written");
}

/// Runs a command to its end with `input` on its standard input.
pub fn finish(command: &mut Command, input: &str) -> Ended {
    let shown = format!("{command:?}");
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut process = Process::spawn(command);
    let mut pipe = process.child().stdin.take().expect("a pipe");
    let out = collect(process.child().stdout.take().expect("a pipe"));
    let err = collect(process.child().stderr.take().expect("a pipe"));
    // It may have ended without reading; that is its own business.
    let _ = pipe.write_all(input.as_bytes());
    drop(pipe);
    let end = Instant::now() + PATIENCE * 2;
    while process.is_running() {
        if Instant::now() > end {
            process.kill();
            let err = err.join().unwrap_or_default();
            panic!("{shown} did not end; it said: {err}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let status = process.wait();
    Ended {
        status,
        out: out.join().unwrap_or_default(),
        err: err.join().unwrap_or_default(),
    }
}

fn collect(mut pipe: impl std::io::Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// A running `listen --json`; killed on drop.
pub struct Listener {
    process: Process,
    lines: Lines,
    errors: PathBuf,
    /// How much those before it had written there.
    before: usize,
}

impl Listener {
    fn spawn(command: &mut Command, errors: &Path) -> Self {
        let file = File::options()
            .create(true)
            .append(true)
            .open(errors)
            .expect("a log file");
        let before = std::fs::read(errors).map_or(0, |written| written.len());
        let mut process = Process::spawn(command.stderr(file));
        let lines = Lines::of(process.child().stdout.take().expect("a pipe"));
        Self {
            process,
            lines,
            errors: errors.to_owned(),
            before,
        }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    pub fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// The next object that it prints.
    pub fn next(&mut self) -> Value {
        match self.lines.next_within(PATIENCE) {
            Some(line) => parse(&line),
            None => panic!(
                "no line from listen; before: {:#?}; it said: {}",
                self.lines.seen(),
                self.errors()
            ),
        }
    }

    pub fn next_within(&mut self, time: Duration) -> Option<Value> {
        self.lines.next_within(time).as_deref().map(parse)
    }

    /// The next `count` objects.
    pub fn take(&mut self, count: usize) -> Vec<Value> {
        (0..count).map(|_| self.next()).collect()
    }

    /// What it wrote to standard error, it and those before it in this home.
    pub fn errors(&self) -> String {
        std::fs::read_to_string(&self.errors).unwrap_or_default()
    }

    /// Waits until it has said so often that it is online.
    pub fn wait_online(&self, times: usize) {
        super::wait_for("the listener to be online", || {
            let written = std::fs::read(&self.errors).unwrap_or_default();
            let own = String::from_utf8_lossy(written.get(self.before..)?).into_owned();
            (own.matches("Online").count() >= times).then_some(())
        });
    }

    /// Waits until the server, too, has seen `user` come, for the so-manyth time.
    pub fn wait_present(&self, times: usize, address: &Address, user: &str) {
        self.wait_online(times);
        if let Some(management) = address.management {
            super::wait_for("the server to see the presence", || {
                super::ejabberd::is_present(management, user).then_some(())
            });
        }
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.process.kill();
    }

    /// As the user does with Ctrl-C; returns what it still printed. Only once it has been online: before it
    /// listens to signals, one ends it at once, or is ignored where the tests themselves were started so.
    pub fn interrupt(self) -> (ExitStatus, Vec<Value>) {
        self.wait_online(1);
        let Self {
            mut process, lines, ..
        } = self;
        let status = process.stop(Signal::INT);
        // It has ended, so the pipe ends too.
        let mut rest = Vec::new();
        while let Some(line) = lines.next_within(PATIENCE) {
            rest.push(parse(&line));
        }
        (status, rest)
    }

    /// Waits for its end.
    pub fn wait(mut self) -> ExitStatus {
        self.process.wait()
    }
}

fn parse(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("susurro printed {line:?}: {error}"))
}

/// Of a line that asks to go on without encryption: by a trusted key, and why.
pub fn asked(line: &Value) -> (bool, &str) {
    assert_eq!(line["type"], "opt_out", "{line:#}");
    (
        line["trusted"].as_bool().unwrap(),
        line["reason_text"].as_str().unwrap_or_default(),
    )
}

/// The `body` of a printed message.
pub fn body(message: &Value) -> String {
    message["body"]
        .as_str()
        .unwrap_or_else(|| panic!("no body: {message}"))
        .to_owned()
}

/// The bodies of printed messages, in order.
pub fn bodies(messages: &[Value]) -> Vec<String> {
    messages.iter().map(body).collect()
}
