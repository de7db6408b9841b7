//! A Prosody of the test's own: accounts made, certificate shown and modules loaded as the test asks.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Signal;

use super::certificates::{self, Certificates, Shown};
use super::ports::Port;
use super::process::{self, Process};
use super::scratch::Scratch;
use super::{Address, ports, wait_for};

const MODULES: &[&str] = &[
    "roster",
    "saslauth",
    "tls",
    "disco",
    "bookmarks",
    "pep",
    "private",
    "blocklist",
    "vcard4",
    "carbons",
    "mam",
    "csi_simple",
    "smacks",
    "offline",
    "register",
    "ping",
    "time",
    "version",
];

/// What kind of server the test wants; start from `Options::default()`.
#[derive(Debug, Clone)]
pub struct Options {
    pub domain: String,
    /// Name and password.
    pub users: Vec<(String, String)>,
    pub shown: Shown,
    /// Modules that are on by default and that this test does without.
    pub without: Vec<&'static str>,
    /// Modules on top of the default ones.
    pub with: Vec<&'static str>,
    /// Seconds for which the stream of a client that vanished can be resumed.
    pub hibernation: u32,
    /// For how long the archive keeps messages, as Prosody writes it; `without: vec!["mam"]` for none at all.
    pub archive_keeps: &'static str,
    /// The largest page of an archive.
    pub archive_page: u32,
    /// As one that people live with: the archive in SQLite (Debian's lua-dbi-sqlite3), and little logged. Its files are in
    /// memory: Prosody waits for the disk four times for each message that it takes.
    pub in_earnest: bool,
    /// Lines for the end of the configuration.
    pub extra: String,
    /// Modules of the service that has rooms, on top of its archive.
    pub room_modules: Vec<&'static str>,
    /// Settings of the service that has rooms, `rooms.` below the domain.
    pub rooms: String,
    /// Whether it takes files, by HTTPS on 127.0.0.1 (`upload.` below the domain), up to 64 MiB.
    pub uploads: bool,
}

impl Default for Options {
    fn default() -> Self {
        let people = ["ana", "bob", "carol", "dave"];
        Self {
            domain: "mired.test".to_owned(),
            users: people.map(|name| (name.to_owned(), password(name))).to_vec(),
            shown: Shown::Good,
            without: Vec::new(),
            with: Vec::new(),
            hibernation: 300,
            archive_keeps: "1w",
            archive_page: 50,
            in_earnest: false,
            extra: String::new(),
            room_modules: Vec::new(),
            rooms: String::new(),
            uploads: false,
        }
    }
}

/// The password that the default people have.
pub fn password(user: &str) -> String {
    format!("{user}-has-a-long-password")
}

/// The server; stopped and forgotten on drop.
pub struct Prosody {
    // Fields are dropped in order: the server must be gone before its folder goes.
    process: Option<Process>,
    scratch: Scratch,
    options: Options,
    certificates: Certificates,
    ports: Ports,
}

#[derive(Debug)]
struct Ports {
    starttls: Port,
    direct: Port,
    https: Port,
}

impl Ports {
    fn choose() -> Self {
        Self {
            starttls: ports::free(),
            direct: ports::free(),
            https: ports::free(),
        }
    }
}

impl Prosody {
    /// One that keeps no archive, so that whoever is away finds everything in its offline store: nothing of
    /// that is given to a client that asks an archive first.
    pub fn without_archive() -> Self {
        Self::with(Options {
            without: vec!["mam"],
            ..Options::default()
        })
    }

    /// A server with ana, bob, carol and dave on `mired.test`.
    pub fn start() -> Self {
        Self::with(Options::default())
    }

    pub fn with(options: Options) -> Self {
        let scratch = match options.in_earnest {
            true => Scratch::in_memory("prosody"),
            false => Scratch::new("prosody"),
        };
        let certificates = certificates::make(&scratch, &options.domain, options.shown);
        let mut server = Self {
            scratch,
            options,
            certificates,
            ports: Ports::choose(),
            process: None,
        };
        for (user, password) in server.options.users.clone() {
            server.register(&user, &password);
        }
        for _ in 0..5 {
            server.configure();
            if server.launch() {
                return server;
            }
            // Somebody took a port between our look and its bind.
            server.ports = Ports::choose();
        }
        panic!("Prosody found no port");
    }

    /// Makes an account while the server is down, or before anybody used that name: Prosody hashes the
    /// password when it is first asked for.
    pub fn register(&self, user: &str, password: &str) {
        let host = self.encoded_host();
        let content = format!("return {{\n\t[\"password\"] = {password:?};\n}};\n");
        self.scratch
            .file(&format!("data/{host}/accounts/{user}.dat"), content);
    }

    /// Gives `user` contacts who see each other's presence and are never online; while the server is down.
    pub fn fill_roster(&self, user: &str, contacts: usize) {
        let host = self.encoded_host();
        let mut content = String::from("return {\n\t[false] = { [\"version\"] = 1; [\"pending\"] = {}; };\n");
        for number in 0..contacts {
            let jid = format!("contact{number}@{}", self.options.domain);
            let _ = writeln!(
                content,
                "\t[{jid:?}] = {{ [\"subscription\"] = \"both\"; [\"groups\"] = {{}}; }};"
            );
        }
        content.push_str("};\n");
        self.scratch
            .file(&format!("data/{host}/roster/{user}.dat"), content);
    }

    /// Gives `user` this contact, who sees their presence; while the server is down.
    pub fn befriend(&self, user: &str, contact: &str) {
        let host = self.encoded_host();
        let content = format!(
            "return {{\n\t[false] = {{ [\"version\"] = 1; [\"pending\"] = {{}}; }};\n\
             \t[{contact:?}] = {{ [\"subscription\"] = \"both\"; [\"groups\"] = {{}}; }};\n}};\n"
        );
        self.scratch
            .file(&format!("data/{host}/roster/{user}.dat"), content);
    }

    /// Keeps so many messages for `user`, numbered from 0, that ask for receipts; while the server is down.
    pub fn leave_offline(&self, user: &str, from: &str, messages: usize) {
        let host = self.encoded_host();
        let to = format!("{user}@{}", self.options.domain);
        let mut content = String::new();
        for number in 0..messages {
            let _ = writeln!(
                content,
                "item({{ [\"key\"] = \"k{number}\"; [\"when\"] = 1700000000; [\"with\"] = \"\"; [\"name\"] = \"message\"; \
                 [\"attr\"] = {{ [\"type\"] = \"chat\"; [\"from\"] = {from:?}; [\"to\"] = {to:?}; [\"id\"] = \"m{number}\"; }}; \
                 {{ [\"name\"] = \"body\"; [\"attr\"] = {{}}; \"{number}\"; }}; \
                 {{ [\"name\"] = \"request\"; [\"attr\"] = {{ [\"xmlns\"] = \"urn:xmpp:receipts\"; }}; }}; }});"
            );
        }
        self.scratch
            .file(&format!("data/{host}/offline/{user}.list"), content);
    }

    /// The archive of `user` forgets all but so many of the newest, as it does after `archive_keeps`.
    pub fn forget_archived(&self, user: &str, keep: usize) {
        let host = self.encoded_host();
        let path = format!("data/{host}/archive/{user}.list");
        let text = fs::read_to_string(self.scratch.path().join(&path)).expect("an archive");
        let items: Vec<&str> = text.split_inclusive("});\n").collect();
        let kept = items[items.len().saturating_sub(keep)..].concat();
        self.scratch.file(&path, kept);
    }

    /// The domain as the name of a folder of Prosody's.
    fn encoded_host(&self) -> String {
        let mut encoded = String::new();
        for byte in self.options.domain.bytes() {
            let _ = match byte {
                b if b.is_ascii_alphanumeric() => write!(encoded, "{}", char::from(b)),
                b => write!(encoded, "%{b:02x}"),
            };
        }
        encoded
    }

    pub fn address(&self) -> Address {
        Address {
            domain: self.options.domain.clone(),
            port: self.ports.starttls.number,
            ca_file: self.certificates.authority.clone(),
            management: None,
        }
    }

    /// The port where TLS begins with the first byte.
    pub fn direct_tls_port(&self) -> u16 {
        self.ports.direct.number
    }

    /// Its process, which runs.
    pub fn id(&self) -> u32 {
        self.process.as_ref().expect("it runs").id()
    }

    /// Ends it in order, as an administrator would.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.stop(Signal::TERM);
        }
    }

    /// kill -9: no stream is closed, nothing kept in memory survives.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Starts it again on the same ports, with the same data.
    pub fn start_again(&mut self) {
        assert!(self.launch(), "Prosody could not have its old ports back");
    }

    /// All that the server logged so far, at its loudest.
    pub fn log(&self) -> String {
        let bytes = fs::read(self.log_file()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The messages that wait for `user` to come online.
    pub fn stored_offline(&self, user: &str) -> usize {
        let host = self.encoded_host();
        let path = self
            .scratch
            .path()
            .join(format!("data/{host}/offline/{user}.list"));
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines().filter(|line| line.starts_with("item(")).count()
    }

    /// How often `user` went offline with the last client, for the server: what that one had not acknowledged is stored then.
    pub fn departures(&self, user: &str) -> usize {
        self.log()
            .matches(&format!("All resources of {user} are now offline"))
            .count()
    }

    fn log_file(&self) -> PathBuf {
        self.scratch.path().join("prosody.log")
    }

    /// Whether it came up on its ports.
    fn launch(&mut self) -> bool {
        let _ = fs::remove_file(self.log_file());
        let output = File::create(self.scratch.path().join("output.log")).expect("a log file");
        let mut command = process::command("prosody");
        command
            .args(["-F", "--config"])
            .arg(self.scratch.path().join("prosody.cfg.lua"))
            .current_dir(self.scratch.path())
            .stdout(output.try_clone().expect("a log file"))
            .stderr(output);
        let mut process = Process::spawn(&mut command);
        let up = wait_for("Prosody to open its ports", || {
            let log = self.log();
            if log.contains("Failed to open server port") {
                return Some(false);
            }
            assert!(process.is_running(), "Prosody ended at once: {log}");
            let mut ports = vec![
                ("c2s", self.ports.starttls.number),
                ("c2s_direct_tls", self.ports.direct.number),
            ];
            if self.options.uploads {
                ports.push(("https", self.ports.https.number));
            }
            let open = ports.iter().all(|(name, port)| {
                log.contains(&format!("Activated service '{name}' on [127.0.0.1]:{port}"))
            });
            open.then_some(true)
        });
        let there = SocketAddr::from(([127, 0, 0, 1], self.ports.starttls.number));
        let answers = up && TcpStream::connect_timeout(&there, Duration::from_secs(5)).is_ok();
        self.process = answers.then_some(process);
        answers
    }

    fn configure(&self) {
        let folder = self.scratch.path().display();
        let (starttls, direct) = (self.ports.starttls.number, self.ports.direct.number);
        let (chain, key) = (self.certificates.chain.display(), self.certificates.key.display());
        let wanted = MODULES.iter().filter(|name| !self.options.without.contains(name));
        let wanted: Vec<&str> = wanted.chain(&self.options.with).copied().collect();
        let modules = listed(&wanted);
        let hibernation = self.options.hibernation;
        let (keeps, page) = (self.options.archive_keeps, self.options.archive_page);
        let (level, storage) = match self.options.in_earnest {
            true => (
                "info",
                r#"{ archive = "sql" }
sql = { driver = "SQLite3", database = "archive.sqlite" }"#,
            ),
            false => ("debug", "\"internal\""),
        };
        let text = format!(
            r#"
run_as_root = true
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
log = {{ {level} = "{folder}/prosody.log" }}
modules_enabled = {{ {modules} }}
modules_disabled = {{ "s2s"; }}
authentication = "internal_hashed"
storage = {storage}
c2s_ports = {{ {starttls} }}
c2s_direct_tls_ports = {{ {direct} }}
c2s_interfaces = {{ "127.0.0.1" }}
c2s_direct_tls_interfaces = {{ "127.0.0.1" }}
c2s_require_encryption = {require}
allow_registration = true
min_seconds_between_registrations = 0
smacks_hibernation_time = {hibernation}
archive_expires_after = "{keeps}"
max_archive_query_results = {page}
ssl = {{ certificate = "{chain}"; key = "{key}"; }}
c2s_direct_tls_ssl = {{ certificate = "{chain}"; key = "{key}"; }}
{https}
{extra}
VirtualHost "{domain}"
Component "rooms.{domain}" "muc"
    modules_enabled = {{ {archived} {more} }}
    {rooms}
{uploads}"#,
            require = !self.options.without.contains(&"tls"),
            extra = self.options.extra,
            archived = match self.options.without.contains(&"mam") {
                true => "",
                false => "\"muc_mam\";",
            },
            more = listed(&self.options.room_modules),
            rooms = self.options.rooms,
            https = self.https(),
            uploads = self.uploads(),
            domain = self.options.domain,
        );
        self.scratch.file("prosody.cfg.lua", text);
    }
}

impl Prosody {
    /// Its web server, which no other test has.
    fn https(&self) -> String {
        if !self.options.uploads {
            return String::new();
        }
        let port = self.ports.https.number;
        let (chain, key) = (self.certificates.chain.display(), self.certificates.key.display());
        format!(
            "http_ports = {{ }}\nhttps_ports = {{ {port} }}\nhttps_interfaces = {{ \"127.0.0.1\" }}\n\
             https_ssl = {{ certificate = \"{chain}\"; key = \"{key}\"; }}"
        )
    }

    /// The service that takes files.
    fn uploads(&self) -> String {
        if !self.options.uploads {
            return String::new();
        }
        let (domain, port) = (&self.options.domain, self.ports.https.number);
        format!(
            r#"Component "upload.{domain}" "http_file_share"
    http_host = "127.0.0.1"
    http_external_url = "https://127.0.0.1:{port}/"
    http_file_share_size_limit = 64 * 1024 * 1024
"#
        )
    }
}

/// Names as they stand in a list of the settings.
fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("{name:?};")).collect()
}

impl Drop for Prosody {
    fn drop(&mut self) {
        process::show_tail("Prosody's log", &self.log_file());
        process::show_tail("Prosody's output", &self.scratch.path().join("output.log"));
    }
}
