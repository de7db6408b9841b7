//! An ejabberd of the test's own: the second server implementation, with SCRAM-SHA-256 and channel binding.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use rustix::process::Signal;

use super::certificates::{self, Certificates, Shown};
use super::ports::Port;
use super::process::{self, Process};
use super::scratch::Scratch;
use super::{Address, ports, prosody, wait_for};

const DOMAIN: &str = "mired.test";

/// The server; killed and forgotten on drop.
pub struct Ejabberd {
    // Fields are dropped in order: the server must be gone before its folder goes.
    process: Option<Process>,
    scratch: Scratch,
    certificates: Certificates,
    c2s: Port,
    direct: Port,
    http: Port,
    /// Where it takes files, by HTTPS on 127.0.0.1.
    https: Port,
}

impl Ejabberd {
    /// A server with ana, bob, carol and dave on `mired.test`, with the passwords of [`prosody::password`].
    pub fn start() -> Self {
        let scratch = Scratch::new("ejabberd");
        let certificates = certificates::make(&scratch, DOMAIN, Shown::Good);
        let mut server = Self {
            process: None,
            scratch,
            certificates,
            c2s: ports::free(),
            direct: ports::free(),
            http: ports::free(),
            https: ports::free(),
        };
        for _ in 0..5 {
            server.configure();
            if server.launch() {
                for user in ["ana", "bob", "carol", "dave"] {
                    server.register(user, &prosody::password(user));
                }
                return server;
            }
            (server.c2s, server.direct) = (ports::free(), ports::free());
            (server.http, server.https) = (ports::free(), ports::free());
        }
        panic!("ejabberd found no port");
    }

    pub fn address(&self) -> Address {
        Address {
            domain: DOMAIN.to_owned(),
            port: self.c2s.number,
            ca_file: self.certificates.authority.clone(),
            management: Some(self.http.number),
        }
    }

    /// The port where TLS begins with the first byte.
    pub fn direct_tls_port(&self) -> u16 {
        self.direct.number
    }

    /// Makes an account through the server's own management interface.
    pub fn register(&self, user: &str, password: &str) {
        let body = serde_json::json!({"user": user, "host": DOMAIN, "password": password}).to_string();
        let answer = post(self.http.number, "register", &body);
        assert!(
            answer.starts_with("HTTP/1.1 200"),
            "ejabberd did not register {user}: {answer}"
        );
    }

    /// All archives forget all that they hold.
    pub fn forget_archives(&self) {
        let body = serde_json::json!({"type": "all", "days": 0}).to_string();
        let answer = post(self.http.number, "delete_old_mam_messages", &body);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// Ends it in order, as an administrator would.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.stop(Signal::TERM);
        }
    }

    /// kill -9.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Starts it again on the same ports, with the same data.
    pub fn start_again(&mut self) {
        assert!(self.launch(), "ejabberd could not have its old ports back");
    }

    pub fn log(&self) -> String {
        let bytes = fs::read(self.log_file()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn log_file(&self) -> PathBuf {
        self.scratch.path().join("log/ejabberd.log")
    }

    /// Whether it came up on its ports.
    fn launch(&mut self) -> bool {
        let _ = fs::remove_file(self.log_file());
        self.scratch.folder("log");
        let folder = self.scratch.path();
        let output = File::create(folder.join("output.log")).expect("a log file");
        let mut command = process::command("erl");
        // The Erlang machine itself, not `ejabberdctl`: that one wants to be root or a certain
        // user, and starts a port mapper for the whole machine. Without a node name there is
        // no distribution and no mapper.
        command
            .args(["-noinput", "+Bd"])
            // One scheduler of each kind, none of which spins while it waits for work: on a machine that has other
            // things to do they take each other's turns, and a start lasts minutes instead of seconds.
            .args(["+S", "1:1", "+SDcpu", "1:1", "+SDio", "1"])
            .args(["+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none"])
            .args(["-mnesia", "dir"])
            .arg(format!(
                "{:?}",
                self.scratch.folder("database").display().to_string()
            ))
            .args(["-s", "ejabberd"])
            .env("HOME", self.scratch.folder("home"))
            .env("ERL_LIBS", self.libraries())
            .env("ERL_INETRC", folder.join("inetrc"))
            .env("ERL_CRASH_DUMP", folder.join("log/crash.dump"))
            .env("EJABBERD_CONFIG_PATH", folder.join("ejabberd.yml"))
            .env("EJABBERD_LOG_PATH", self.log_file())
            .current_dir(folder)
            .stdout(output.try_clone().expect("a log file"))
            .stderr(output);
        let mut process = Process::spawn(&mut command);
        let up = wait_for("ejabberd to open its ports", || {
            let log = self.log();
            if log.contains("eaddrinuse") || log.contains("address already in use") {
                return Some(false);
            }
            if !process.is_running() {
                // Its own parts give each other up after a minute, as a machine with too much to do may keep them.
                assert!(log.contains("timeout"), "ejabberd ended at once: {log}");
                return Some(false);
            }
            let open = [&self.c2s, &self.direct, &self.http, &self.https]
                .iter()
                .all(|port| {
                    let port = port.number;
                    log.contains(&format!("Start accepting TLS connections at 127.0.0.1:{port}"))
                        || log.contains(&format!("Start accepting TCP connections at 127.0.0.1:{port}"))
                });
            open.then_some(true)
        });
        self.process = up.then_some(process);
        up
    }

    /// A folder with the libraries of Erlang that ejabberd is made of. The distribution keeps them among hundreds of
    /// folders that are none, and at each start Erlang would look into all of them, one after the other.
    fn libraries(&self) -> PathBuf {
        let all = self.scratch.folder("libraries");
        let there = named_libraries();
        for folder in there.split(':').filter_map(|folder| fs::read_dir(folder).ok()) {
            for library in folder
                .flatten()
                .filter(|entry| entry.path().join("ebin").is_dir())
            {
                let _ = symlink(library.path(), all.join(library.file_name()));
            }
        }
        all
    }

    fn configure(&self) {
        let [c2s, direct, http, https] =
            [&self.c2s, &self.direct, &self.http, &self.https].map(|port| port.number);
        let files = self.scratch.folder("uploads").display().to_string();
        let (certificate, authority) = (
            self.certificates.both.display(),
            self.certificates.authority.display(),
        );
        // Names come from the file below only: no resolver of the machine is asked.
        self.scratch.file(
            "inetrc",
            "{lookup, [file]}.\n{host, {127,0,0,1}, [\"localhost\", \"mired.test\"]}.\n",
        );
        let text = format!(
            r#"
hosts: [{DOMAIN}]
loglevel: info
log_rotate_count: 0
certfiles: ["{certificate}"]
ca_file: "{authority}"
auth_method: internal
auth_password_format: scram
auth_scram_hash: sha256
disable_sasl_mechanisms: [digest-md5, X-OAUTH2]
listen:
  - {{port: {c2s}, ip: "127.0.0.1", module: ejabberd_c2s, starttls_required: true, max_stanza_size: 524288}}
  - {{port: {direct}, ip: "127.0.0.1", module: ejabberd_c2s, tls: true, max_stanza_size: 524288}}
  - {{port: {http}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: {{/api: mod_http_api}}}}
  - {{port: {https}, ip: "127.0.0.1", module: ejabberd_http, tls: true, request_handlers: {{/upload: mod_http_upload}}}}
acl:
  loopback: {{ip: [127.0.0.0/8]}}
access_rules:
  loopback: {{allow: loopback}}
api_permissions:
  tests: {{from: [mod_http_api], who: [{{access: loopback}}], what: ["register", "get_presence", "delete_old_mam_messages"]}}
modules:
  mod_admin_extra: {{}}
  mod_blocking: {{}}
  mod_privacy: {{}}
  mod_caps: {{}}
  mod_disco: {{}}
  mod_http_api: {{}}
  mod_http_upload: {{access: all, docroot: "{files}", put_url: "https://127.0.0.1:{https}/upload"}}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_private: {{}}
  mod_pubsub: {{plugins: [flat, pep], ignore_pep_from_offline: false}}
  mod_roster: {{}}
  mod_carboncopy: {{}}
  mod_client_state: {{}}
  mod_mam: {{default: always}}
  mod_stream_mgmt: {{resume_timeout: 600}}
  mod_muc: {{host: "rooms.@HOST@", default_room_options: {{mam: true}}}}
"#
        );
        self.scratch.file("ejabberd.yml", text);
    }
}

/// Asks the management interface.
fn post(port: u16, command: &str, body: &str) -> String {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return String::new();
    };
    let length = body.len();
    let request = format!(
        "POST /api/{command} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let _ = stream.write_all(request.as_bytes());
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

/// Whether somebody is there as the server sees it: what comes between a login and the presence that follows
/// it, it may keep until the next login.
pub fn is_present(management: u16, user: &str) -> bool {
    let body = serde_json::json!({"user": user, "host": DOMAIN}).to_string();
    let answer = post(management, "get_presence", &body);
    assert!(!answer.contains("\"error\""), "{answer}");
    answer.contains("\"show\":\"available\"")
}

/// Where the distribution keeps ejabberd's code, as its own control script says.
fn named_libraries() -> String {
    let script = [
        "/usr/sbin/ejabberdctl",
        "/usr/bin/ejabberdctl",
        "/sbin/ejabberdctl",
    ]
    .iter()
    .find_map(|path| fs::read_to_string(path).ok())
    .expect("ejabberd is not installed; `make setup` does it");
    let line = script
        .lines()
        .find_map(|line| line.trim().strip_prefix("ERL_LIBS="))
        .expect("a line with ERL_LIBS");
    line.trim_matches(['\'', '"']).to_owned()
}

impl Drop for Ejabberd {
    fn drop(&mut self) {
        process::show_tail("ejabberd's log", &self.log_file());
        process::show_tail("ejabberd's output", &self.scratch.path().join("output.log"));
    }
}
