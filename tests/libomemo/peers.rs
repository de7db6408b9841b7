//! Other engines, each in a process of its own that answers line by line:
//! `benches/libomemo/serve.c` says what the lines mean.

#![allow(dead_code)] // shared by two tests, which each use a part

use susurro::omemo::{Bundle, Dialect};

use crate::libomemo::Talk;
use crate::parties::{BadBundle, Draws, Keys, Message, Party, Refusal};

/// libomemo-c's code for a message that was opened before; others use it too.
const DUPLICATE: i32 = -1001;

/// How to come by a process and what becomes of it.
#[derive(Clone, Copy)]
pub struct Program {
    pub start: fn() -> Talk,
    /// For those that take long to start: it is kept for the next device, and a restart
    /// of the device is none of it.
    pub keep: Option<fn(Talk)>,
}

pub struct Peer {
    dialect: Dialect,
    keys: Keys,
    program: Program,
    /// None only while it is dropped.
    talk: Option<Talk>,
    has_session: bool,
}

impl Drop for Peer {
    fn drop(&mut self) {
        if let (Some(keep), Some(talk), false) =
            (self.program.keep, self.talk.take(), std::thread::panicking())
        {
            keep(talk);
        }
    }
}

pub fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from_digit(digit.into(), 16).unwrap())
        .collect()
}

pub fn unhex(text: &str) -> Vec<u8> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    assert!(rest.is_empty(), "an odd number of digits");
    let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap()).unwrap();
    pairs
        .iter()
        .map(|[high, low]| digit(*high) << 4 | digit(*low))
        .collect()
}

impl Peer {
    pub fn new(program: Program, dialect: Dialect, keys: &Keys) -> Self {
        let mut peer = Self {
            dialect,
            keys: keys.clone(),
            talk: Some((program.start)()),
            program,
            has_session: false,
        };
        let name = match dialect {
            Dialect::Legacy => "legacy",
            Dialect::Omemo2 => "omemo2",
        };
        let prekeys: Vec<_> = keys.prekeys.iter().map(|key| hex(key)).collect();
        let draws = peer.keys.draws();
        peer.ask_drawing(
            &draws,
            &format!(
                "init {name} {} {} {} {} {}",
                keys.id,
                3 - keys.id,
                hex(&keys.identity),
                hex(&keys.signed_prekey),
                prekeys.join(",")
            ),
        )
        .unwrap();
        peer
    }

    /// Asks for something that needs randomness. The words of the answer, or the code of the refusal.
    fn ask_drawing(&mut self, draws: &Draws, line: &str) -> Result<Vec<String>, i32> {
        let [first, second] = draws.draws;
        let talk = self.talk.as_mut().unwrap();
        talk.say(&format!("random {} {}\n{line}\n", hex(&first), hex(&second)));
        assert_eq!(talk.hear(), "ok");
        words(&talk.hear())
    }

    /// Asks for something that cannot be refused.
    fn ask(&mut self, line: &str) -> Vec<String> {
        words(&self.talk.as_mut().unwrap().ask(line)).unwrap()
    }

    fn open(&mut self, how: &str, message: &Message) -> Result<Vec<u8>, Refusal> {
        let kind = if message.is_kex { "prekey" } else { "message" };
        let draw = self.keys.draw();
        let answer = self.ask_drawing(&draw, &format!("{how} {kind} {}", hex_or_none(&message.bytes)));
        match answer {
            Ok(words) => Ok(unhex(&words[0])),
            Err(DUPLICATE) => Err(Refusal::Duplicate),
            Err(_) => Err(Refusal::Other),
        }
    }

    /// As `decrypt`, but nothing changes even if it succeeds.
    pub fn probe(&mut self, message: &Message) -> Result<Vec<u8>, Refusal> {
        self.open("probe", message)
    }
}

fn hex_or_none(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        "-".to_owned()
    } else {
        hex(bytes)
    }
}

fn words(answer: &str) -> Result<Vec<String>, i32> {
    if let Some(code) = answer.strip_prefix("no ") {
        return Err(code.parse().unwrap());
    }
    let words = answer.strip_prefix("ok").unwrap_or_else(|| panic!("{answer}"));
    Ok(words.split_whitespace().map(str::to_owned).collect())
}

impl Party for Peer {
    fn bundle(&mut self, prekey: u32) -> Bundle {
        let words = self.ask("bundle");
        let [identity, signed_prekey, signature, prekeys] = words.as_slice() else {
            panic!("{words:?}");
        };
        let wanted = format!("{prekey}:");
        let key = prekeys.split(',').find_map(|key| key.strip_prefix(&wanted));
        Bundle {
            dialect: self.dialect,
            identity: unhex(identity),
            signed_prekey_id: 1,
            signed_prekey: unhex(signed_prekey),
            signature: unhex(signature),
            prekeys: vec![(prekey, unhex(key.unwrap()))],
        }
    }

    fn begin(&mut self, bundle: &Bundle) -> Result<(), BadBundle> {
        let (prekey, key) = &bundle.prekeys[0];
        let line = format!(
            "begin {} {} {} {} {prekey} {}",
            3 - self.keys.id,
            hex(&bundle.identity),
            hex(&bundle.signed_prekey),
            hex(&bundle.signature),
            hex(key)
        );
        let draws = self.keys.draws();
        self.ask_drawing(&draws, &line).map_err(|_| BadBundle)?;
        self.has_session = true;
        Ok(())
    }

    fn has_session(&self) -> bool {
        self.has_session
    }

    fn encrypt(&mut self, data: &[u8]) -> Message {
        let words = self.ask(&format!("encrypt {}", hex(data)));
        let [kind, bytes] = words.as_slice() else {
            panic!("{words:?}");
        };
        Message {
            is_kex: kind == "prekey",
            bytes: unhex(bytes),
        }
    }

    fn decrypt(&mut self, message: &Message) -> Result<Vec<u8>, Refusal> {
        let opened = self.open("decrypt", message)?;
        self.has_session = true;
        Ok(opened)
    }

    fn restart(&mut self) {
        let saved = self.ask("save").join(" ");
        if self.program.keep.is_none() {
            self.talk = Some((self.program.start)());
        }
        assert!(self.ask(&format!("restore {saved}")).is_empty());
    }
}
