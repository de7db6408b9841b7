//! The corpora of the fuzz targets that read XML, through the functions that the fuzzer calls; and that the
//! folder of the fuzzer keeps to its form.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

#[path = "../fuzz/checks/mod.rs"]
mod checks;

use std::fs;
use std::path::{Path, PathBuf};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use susurro::omemo::*;
use susurro::stanza::dialects::{self, Label, Listed};
use susurro::stanza::received::unwrap;
use susurro::stanza::{Element, envelope, legacy, omemo2};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

fn replay(target: &str, check: fn(&[u8])) {
    let corpus = files(&root().join("corpus").join(target));
    assert!(corpus.len() > 3, "no corpus for {target}");
    let findings = files(&root().join("regressions").join(target));
    for path in corpus.iter().chain(&findings) {
        // Only told when the check fails.
        println!("{}", path.display());
        check(&fs::read(path).unwrap());
    }
}

#[test]
fn every_omemo_element_of_the_corpus_keeps_the_laws() {
    replay("omemo_xml", checks::omemo_xml::omemo_xml);
}

#[test]
fn every_envelope_of_the_corpus_is_refused_or_opens_again_to_the_same() {
    replay("envelope", checks::envelope::envelope);
}

#[test]
fn every_message_of_the_corpus_is_dropped_or_says_what_its_sender_may_say() {
    replay("message", checks::message::message);
}

#[test]
fn no_picture_and_no_answer_of_the_corpus_is_believed_beyond_what_fits() {
    replay("picture", checks::picture::picture);
}

#[test]
fn the_next_stanza_is_read_whatever_of_the_corpus_came_before() {
    replay("relayed", checks::relayed::relayed);
}

/// More of the same than a corpus should hold, the same at every run.
#[test]
fn the_next_stanza_is_read_whatever_a_stranger_makes_a_server_pass_on() {
    for seed in 0..4_000 {
        let mut bytes = vec![0; 1 + (seed as usize * 7) % 120];
        ChaCha20Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
        bytes[0] &= 7;
        checks::relayed::relayed(&bytes);
    }
}

// ---
// seeds ----------------------------------------------------------------------------------------------------------

/// Target, name and bytes of every seed.
fn seeds() -> Vec<(&'static str, String, Vec<u8>)> {
    let mut all = Vec::new();
    for (number, element) in elements().iter().enumerate() {
        let text = String::from(element).into_bytes();
        all.push(("omemo_xml", format!("seed-xml-{number:02}"), text));
    }
    for (number, text) in messages().into_iter().enumerate() {
        all.push(("message", format!("seed-xml-{number:02}"), text.into_bytes()));
    }
    for (number, bytes) in envelopes().into_iter().enumerate() {
        all.push(("envelope", format!("seed-xml-{number:02}"), bytes));
    }
    for (number, text) in relayed().into_iter().enumerate() {
        all.push(("relayed", format!("seed-xml-{number:02}"), text.into_bytes()));
    }
    for number in 0..10 {
        let mut bytes = vec![0; 20 + 20 * number];
        ChaCha20Rng::seed_from_u64(number as u64).fill_bytes(&mut bytes);
        // Not the beginning of a text: what follows are choices.
        bytes[0] &= 7;
        all.push(("relayed", format!("seed-grown-{number:02}"), bytes.clone()));
        bytes[1] = 0;
        all.push(("message", format!("seed-grown-{number:02}"), bytes.clone()));
        bytes[1] = 51;
        all.push(("envelope", format!("seed-grown-{number:02}"), bytes.clone()));
        bytes[1] = [23, 25, 31, 36, 38, 44][number % 6];
        all.push(("omemo_xml", format!("seed-grown-{number:02}"), bytes));
    }
    all
}

/// Lists, bundles and letters as honest devices make them.
fn elements() -> Vec<Element> {
    let mut all = vec![legacy::device_list(&[])];
    for dialect in Dialect::ALL {
        all.extend(of_dialect(dialect));
    }
    all
}

fn of_dialect(dialect: Dialect) -> [Element; 4] {
    let rng = &mut ChaCha20Rng::seed_from_u64(90);
    let mut device = |id| OwnDevice {
        id: DeviceId::new(id).unwrap(),
        identity: IdentityKeyPair::generate(rng),
    };
    let (bob, ana) = (device(1), device(2));
    let signed = SignedPreKeyPair::generate(SignedPreKeyId(1), rng);
    let public: Vec<_> = (1..=4)
        .map(|id| (PreKeyId(id), PreKeyPair::generate(PreKeyId(id), rng).public()))
        .collect();
    let signature = signed.sign(&ana.identity, dialect, rng);
    let bundle = ana.bundle_in(dialect, &signed, &signature, &public);
    let mut record = SessionRecord::initiate(&bob, &bundle.verify().unwrap(), None, rng);
    let mut recipients = [Recipient {
        jid: "ana@mired.test",
        device: ana.id,
        record: &mut record,
    }];
    let signature = ana.sign_label("the boat", rng).to_vec();
    let label = (dialect == Dialect::Omemo2).then(|| Label {
        text: "the boat".into(),
        signature,
    });
    let devices = [(bob.id, None), (ana.id, label)].map(|(id, label)| Listed { id, label });
    [
        dialects::device_list(dialect, &devices),
        match dialect {
            Dialect::Legacy => legacy::bundle(&bundle),
            Dialect::Omemo2 => omemo2::bundle(&bundle),
        },
        dialects::encrypted(&seal(dialect, &bob, b"hello", &mut recipients, rng)),
        dialects::encrypted(&seal_key_transport(dialect, &bob, &mut recipients, rng)),
    ]
}

/// Envelopes as honest clients make them, and one of other people's making.
fn envelopes() -> Vec<Vec<u8>> {
    let rng = &mut ChaCha20Rng::seed_from_u64(91);
    let jid = |text: &str| text.parse().unwrap();
    let mut seal = |inside: &[&str]| {
        let content = inside.iter().map(|text| text.parse().unwrap()).collect();
        let time = "2026-11-01T08:00:00Z".parse().unwrap();
        envelope::seal(content, &jid("bob@mired.test"), &jid("ana@mired.test"), time, rng)
    };
    let body = "<body xmlns='jabber:client'>hello</body>";
    vec![
        seal(&[]),
        seal(&[body, "<request xmlns='urn:xmpp:receipts'/>"]),
        seal(&["<received xmlns='urn:xmpp:receipts' id='o1'/>"]),
        seal(&["<opt-out xmlns='urn:xmpp:omemo:2'><reason>why</reason></opt-out>"]),
        seal(&[
            body,
            "<store xmlns='urn:xmpp:hints'/>",
            "<stanza-id xmlns='urn:xmpp:sid:0' id='s'/>",
        ]),
        seal(&["<active xmlns='http://jabber.org/protocol/chatstates'/>"]),
        format!(
            "<e:envelope xmlns:e='urn:xmpp:sce:1'><e:content>{body}<![CDATA[<a>]]></e:content>\
             <e:rpad q='>'>&lt;</e:rpad><e:from jid='bob@mired.test/x'/></e:envelope>"
        )
        .into_bytes(),
    ]
}

/// Messages in every wrapping, honest and not.
fn messages() -> Vec<String> {
    let encrypted = elements()[3..]
        .iter()
        .step_by(4)
        .map(String::from)
        .collect::<String>();
    let direct = |inside: &str| {
        format!(
            "<message xmlns='jabber:client' from='bob@mired.test/phone' to='ana@mired.test' type='chat' \
             id='m1'>{inside}</message>"
        )
    };
    let carbon = |kind: &str, from: &str, inner: &str, inside: &str| {
        format!(
            "<message xmlns='jabber:client' from='{from}' to='ana@mired.test/pc'><{kind} \
             xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' \
             stamp='2026-11-01T08:00:00Z'/><message xmlns='jabber:client' type='chat' id='c1' {inner}>{inside}\
             </message></forwarded></{kind}></message>"
        )
    };
    let (to_us, to_bob) = (
        "from='bob@mired.test/phone' to='ana@mired.test/tablet'",
        "from='ana@mired.test/tablet' to='bob@mired.test'",
    );
    let body = "<body>hello</body>";
    let ids = "<origin-id xmlns='urn:xmpp:sid:0' id='o1'/><stanza-id xmlns='urn:xmpp:sid:0' id='s1' \
               by='ana@mired.test'/><request xmlns='urn:xmpp:receipts'/>";
    vec![
        direct(body),
        direct(&format!("{body}{ids}")),
        direct(&format!("{body}{encrypted}{ids}")),
        direct("<received xmlns='urn:xmpp:receipts' id='o1'/>"),
        direct("<body xml:lang='de'>hallo</body><body>hello</body>"),
        direct(
            "<body>?OTRv23?</body><encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:otr:0' name='OTR'/>",
        ),
        direct(&format!(
            "{body}<delay xmlns='urn:xmpp:delay' from='mired.test' stamp='2026-11-01T08:00:00Z'/>"
        )),
        carbon("received", "ana@mired.test", to_us, body),
        carbon("sent", "ana@mired.test", to_bob, &format!("{body}{ids}")),
        carbon("sent", "eve@mired.test", to_bob, body),
        direct("<result xmlns='urn:xmpp:mam:2' queryid='1' id='2'/>"),
        direct("").replace(
            "type='chat' id='m1'>",
            "type='error' id='m1'><body>echo</body><error type='cancel'><item-not-found \
             xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text \
             xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>gone</text></error>",
        ),
    ]
}

/// What servers passed on of strangers, as they wrote it.
fn relayed() -> Vec<String> {
    let xml = "http://www.w3.org/XML/1998/namespace";
    let message = |inside: &str| {
        format!("<message from='eve@mired.test/x' to='ana@mired.test' type='chat' id='p'>{inside}</message>")
    };
    let list = format!(
        "<devices xmlns='urn:xmpp:omemo:2'><device id='7'/><x xmlns='u:x' xmlns:ns1='{xml}' ns1:foo='1'/></devices>"
    );
    vec![
        message("<body>hello</body>"),
        message(&format!("<x xmlns='{xml}'/>")),
        message("<xml:x/>"),
        message(&format!(
            "<body>poison</body><x xmlns='u:x' xmlns:ns1='{xml}' ns1:foo='1'/>"
        )),
        message("<body>poison</body><x xmlns='u:x' xml:foo='1'/>"),
        message("<body>poison</body><x xmlns:xml='u:x'/>"),
        message(&format!(
            "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:omemo:2:devices'><item id='current'>\
             {list}</item></items></event>"
        )),
        format!(
            "<iq type='result' id='q' from='eve@mired.test'><pubsub xmlns='http://jabber.org/protocol/pubsub'><items \
             node='urn:xmpp:omemo:2:devices'><item id='current'>{list}</item></items></pubsub></iq>"
        ),
        "<presence from='eve@mired.test/x'><a:x/></presence>".to_owned(),
    ]
}

#[test]
fn the_seeds_of_the_corpus_are_of_this_program() {
    for (target, name, bytes) in seeds() {
        let written = fs::read(root().join("corpus").join(target).join(&name)).unwrap_or_default();
        assert!(
            written == bytes,
            "{target}/{name} is stale: cargo test --test fuzz_corpora -- --ignored"
        );
    }
}

/// The checks look at what was read: so something must be.
#[test]
fn what_honest_devices_make_is_read() {
    let (account, own) = (checks::omemo_xml::account(), checks::omemo_xml::own());
    let (mut lists, mut bundles, mut keys) = (0, 0, 0);
    for element in elements() {
        lists += Dialect::ALL
            .into_iter()
            .filter_map(|dialect| dialects::parse_device_list(dialect, &element))
            .count();
        bundles += legacy::parse_bundle(&element)
            .into_iter()
            .chain(omemo2::parse_bundle(&element))
            .filter(|bundle| bundle.verify().is_ok())
            .count();
        keys += dialects::parse_encrypted(&element, &account, own).map_or(0, |letter| letter.keys.len());
    }
    assert_eq!((lists, bundles, keys), (3, 2, 4));
    for bytes in envelopes() {
        assert!(envelope::Envelope::parse(&bytes).is_ok());
    }
    let dropped: Vec<_> = messages()
        .into_iter()
        .filter(|text| unwrap(&text.parse().unwrap(), &account, true).is_err())
        .collect();
    // A carbon by Eve, and the answer to a question that was not asked.
    assert_eq!(dropped.len(), 2, "{dropped:#?}");
}

#[test]
#[ignore = "writes into fuzz/corpus"]
fn write_the_seeds() {
    for (target, name, bytes) in seeds() {
        let folder = root().join("corpus").join(target);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    }
}

// --- the
// folder -----------------------------------------------------------------------------------------------------

#[test]
fn every_target_has_a_corpus_and_the_corpora_are_small() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut bytes = 0;
    for target in files(&root().join("targets")) {
        let name = target.file_stem().unwrap().to_str().unwrap();
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        let corpus = files(&root().join("corpus").join(name));
        assert!(corpus.len() > 3, "no corpus for {name}");
        bytes += corpus
            .iter()
            .map(|file| file.metadata().unwrap().len())
            .sum::<u64>();
    }
    assert!(bytes < 1024 * 1024, "{bytes} bytes of corpora");
}

/// What is fuzzed is built of what the program is built of: the rooms themselves, and
/// beside them the same crates.
#[test]
fn what_is_fuzzed_is_built_of_what_the_program_is_built_of() {
    let program = fs::read_to_string(root().join("../Cargo.toml")).unwrap();
    let manifest = fs::read_to_string(root().join("wire/Cargo.toml")).unwrap();
    let dependencies = manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.is_empty());
    for line in dependencies {
        let here = line.replace("../../src/", "src/");
        assert!(program.lines().any(|other| other == here), "{line}");
    }
}

/// Versions of one crate in a lock file.
fn locked(lock: &str) -> Vec<(String, String)> {
    lock.split("[[package]]")
        .skip(1)
        .map(|package| {
            let field = |name: &str| {
                let line = package.lines().find(|line| line.starts_with(name)).unwrap();
                line.split('"').nth(1).unwrap().to_owned()
            };
            (field("name"), field("version"))
        })
        .collect()
}

#[test]
fn the_two_lock_files_agree() {
    let read = |path| locked(&fs::read_to_string(root().join(path)).unwrap());
    let (program, fuzzed) = (read("../Cargo.lock"), read("Cargo.lock"));
    for (name, version) in fuzzed {
        let ours: Vec<_> = program.iter().filter(|(other, _)| *other == name).collect();
        assert!(
            ours.is_empty() || ours.iter().any(|(_, other)| *other == version),
            "{name} {version} is fuzzed, another one is released"
        );
    }
}
