//! The choice among SRV records, and look-ups against a name server that answers from a table.

use std::collections::BTreeMap;
use std::str::FromStr;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::op::{Message, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME, SRV};
use hickory_resolver::proto::rr::{Name, Record as Answer};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use tokio::net::UdpSocket;

use super::*;

fn record(priority: u16, weight: u16, host: &str) -> Record {
    Record {
        priority,
        weight,
        candidate: Candidate {
            host: host.into(),
            port: 5222,
            direct: false,
        },
    }
}

#[test]
fn the_lowest_priority_comes_first_whatever_the_weight() {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    for _ in 0..100 {
        let list = vec![record(20, 65535, "c"), record(5, 0, "a"), record(10, 1, "b")];
        let hosts: Vec<_> = order(list, &mut rng)
            .into_iter()
            .map(|candidate| candidate.host)
            .collect();
        assert_eq!(hosts, ["a", "b", "c"]);
    }
}

#[test]
fn weights_are_the_odds_to_be_first() {
    let mut rng = ChaCha20Rng::from_seed([2; 32]);
    let mut first: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..10_000 {
        let list = vec![record(1, 10, "one"), record(1, 30, "three"), record(1, 0, "zero")];
        *first.entry(order(list, &mut rng).remove(0).host).or_default() += 1;
    }
    // 10 : 30, and zero with one chance in 41.
    assert!((2_100..2_800).contains(&first["one"]), "{first:?}");
    assert!((7_000..7_700).contains(&first["three"]), "{first:?}");
    assert!((120..400).contains(&first["zero"]), "{first:?}");
}

#[test]
fn families_take_turns() {
    let six: Vec<IpAddr> = vec![
        "::1".parse().unwrap(),
        "::2".parse().unwrap(),
        "::3".parse().unwrap(),
    ];
    let four: Vec<IpAddr> = vec!["127.0.0.1".parse().unwrap()];
    let order: Vec<_> = interleave(six, four, 1).iter().map(ToString::to_string).collect();
    assert_eq!(order, ["[::1]:1", "127.0.0.1:1", "[::2]:1", "[::3]:1"]);
}

proptest! {
    #[test]
    fn every_record_is_tried_once_up_to_the_bound(weights in proptest::collection::vec((0u16..4, any::<u16>()), 0..40),
                                                  seed in any::<u8>()) {
        let list: Vec<_> =
            weights.iter().enumerate().map(|(n, (p, w))| record(*p, *w, &n.to_string())).collect();
        let out = order(list, &mut ChaCha20Rng::from_seed([seed; 32]));
        prop_assert_eq!(out.len(), weights.len().min(MAX_CANDIDATES));
        let mut hosts: Vec<_> = out.iter().map(|candidate| &candidate.host).collect();
        hosts.sort();
        hosts.dedup();
        prop_assert_eq!(hosts.len(), out.len());
    }
}

/// A line of the table: name, and what it holds.
type Line = (&'static str, RData);

fn srv(name: &'static str, priority: u16, port: u16, target: &str) -> Line {
    (
        name,
        RData::SRV(SRV::new(priority, 0, port, Name::from_str(target).unwrap())),
    )
}

/// A resolver that asks a name server with that table; `None`: one that refuses every question.
async fn resolver_of(table: Option<Vec<Line>>) -> TokioResolver {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let answer = answer(&Message::from_vec(&buffer[..length]).unwrap(), table.as_deref());
            socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
        }
    });
    let mut connection = ConnectionConfig::udp();
    connection.port = port;
    let mut server = NameServerConfig::udp("127.0.0.1".parse().unwrap());
    server.connections = vec![connection];
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
    TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        .build()
        .unwrap()
}

fn answer(question: &Message, table: Option<&[Line]>) -> Message {
    let mut message = Message::response(question.metadata.id, OpCode::Query);
    let query = question.queries[0].clone();
    let mut name = query.name().to_string();
    // As a server does that asks on for others: the aliases, and what they lead to, in one answer.
    for _ in 0..20 {
        let mut alias = None;
        for (owner, data) in table.unwrap_or_default().iter().filter(|line| line.0 == name) {
            let follows = data.record_type() == RecordType::CNAME;
            if follows || data.record_type() == query.query_type() {
                message.add_answer(Answer::from_rdata(
                    Name::from_str(owner).unwrap(),
                    60,
                    data.clone(),
                ));
            }
            if let RData::CNAME(other) = data {
                alias = Some(other.0.to_string());
            }
        }
        match alias {
            Some(other) if query.query_type() != RecordType::CNAME => name = other,
            _ => break,
        }
    }
    message.metadata.response_code = match table {
        None => ResponseCode::ServFail,
        Some(_) if message.answers.is_empty() && query.query_type() == RecordType::SRV => {
            ResponseCode::NXDomain
        }
        Some(_) => ResponseCode::NoError,
    };
    message.add_query(query);
    message
}

async fn found(table: Option<Vec<Line>>) -> Result<Vec<(String, u16, bool)>, DnsFailure> {
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    let candidates = candidates(&resolver_of(table).await, "mired.test", &mut rng).await?;
    Ok(candidates
        .into_iter()
        .map(|found| (found.host, found.port, found.direct))
        .collect())
}

const START: &str = "_xmpp-client._tcp.mired.test.";
const DIRECT: &str = "_xmpps-client._tcp.mired.test.";

#[tokio::test]
async fn both_kinds_of_records_are_one_list() {
    let table = vec![
        srv(START, 10, 5222, "a.mired.test."),
        srv(DIRECT, 5, 443, "b.mired.test."),
        srv(DIRECT, 20, 5223, "c.mired.test."),
        srv(DIRECT, 1, 1, "."),
    ];
    let expected = [
        ("b.mired.test", 443, true),
        ("a.mired.test", 5222, false),
        ("c.mired.test", 5223, true),
    ];
    assert_eq!(
        found(Some(table)).await.unwrap(),
        expected.map(|(host, port, direct)| (host.to_owned(), port, direct))
    );
}

fn alias(name: &'static str, of: &str) -> Line {
    (name, RData::CNAME(CNAME(Name::from_str(of).unwrap())))
}

#[tokio::test]
async fn records_behind_an_alias_are_found() {
    let table = vec![
        alias(START, "srv.alias.test."),
        srv("srv.alias.test.", 0, 15222, "mired.test."),
        alias(DIRECT, "one.alias.test."),
        alias("one.alias.test.", "two.alias.test."),
        srv("two.alias.test.", 1, 443, "b.mired.test."),
    ];
    let expected = [("mired.test", 15222, false), ("b.mired.test", 443, true)];
    assert_eq!(
        found(Some(table)).await.unwrap(),
        expected.map(|(host, port, direct)| (host.to_owned(), port, direct))
    );
}

#[tokio::test]
async fn aliases_that_lead_nowhere_or_round_in_circles_are_no_records() {
    let itself = [("mired.test".to_owned(), 5222, false)];
    for table in [
        vec![alias(START, "gone.alias.test.")],
        vec![alias(START, "a.alias.test."), alias("a.alias.test.", START)],
        vec![alias(START, START)],
    ] {
        assert_eq!(found(Some(table)).await.unwrap(), itself);
    }
}

#[tokio::test]
async fn a_domain_that_says_it_has_no_server_is_believed() {
    let error = found(Some(vec![srv(START, 0, 0, ".")])).await.unwrap_err();
    assert!(matches!(error, DnsFailure::NotOffered(_)), "{error:?}");
    // Direct TLS alone may be refused so.
    let only_start = found(Some(vec![
        srv(DIRECT, 0, 0, "."),
        srv(START, 0, 5222, "a.mired.test."),
    ]))
    .await
    .unwrap();
    assert_eq!(only_start, [("a.mired.test".to_owned(), 5222, false)]);
}

#[tokio::test]
async fn without_records_or_without_an_answer_it_is_the_domain_itself() {
    let itself = [("mired.test".to_owned(), 5222, false)];
    assert_eq!(found(Some(Vec::new())).await.unwrap(), itself);
    assert_eq!(found(None).await.unwrap(), itself);
}

#[tokio::test]
async fn addresses_are_found_or_said_to_be_missing() {
    let six = RData::AAAA(AAAA::from_str("2001:db8::1").unwrap());
    let four = RData::A(A::from_str("192.0.2.1").unwrap());
    let resolver = resolver_of(Some(vec![("a.mired.test.", four), ("a.mired.test.", six)])).await;
    let candidate = record(0, 0, "a.mired.test").candidate;
    let found: Vec<_> = addresses(&resolver, &candidate)
        .await
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(found, ["[2001:db8::1]:5222", "192.0.2.1:5222"]);
    let error = addresses(&resolver, &record(0, 0, "b.mired.test").candidate)
        .await
        .unwrap_err();
    assert!(matches!(error, DnsFailure::NoAddress(_)), "{error:?}");
}

#[test]
fn what_the_resolver_says_becomes_a_code() {
    let said = |error: NetError| fault(&error);
    assert_eq!(said(NetError::Timeout), LookUpFault::Silent);
    assert_eq!(said(NetError::NoConnections), LookUpFault::Unreached);
    assert_eq!(said(NetError::Busy), LookUpFault::Other);
}
