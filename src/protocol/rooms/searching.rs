//! Where rooms are: the service of our server that has them, and rooms that can be found.

use std::collections::VecDeque;

use super::Rooms;
use super::managing::to;
use super::tasks::{Search, Services, Step, Task, purpose};
use crate::iq::Answer;
use crate::turn::Turn;
use api::{CommandId, Outcome};
use model::room::FoundRoom;
use model::{BareJid, Clean, Jid, RoomsFailure};
use stanza::disco;
use stanza::muc::finding::{self, Service};

/// So many services are asked what they are.
const MAX_SERVICES: usize = 30;

/// How far the looking for a service has come.
pub(super) enum Looked {
    Found(BareJid),
    Nothing,
    /// Another one was asked.
    GoesOn,
}

/// Asks our server which services it has.
pub(super) fn ask_for_services(turn: &mut Turn<'_>, number: u64) {
    let server = Jid::from(server(turn));
    turn.get(Some(&server), finding::items_query(), purpose(number));
}

fn server(turn: &Turn<'_>) -> BareJid {
    BareJid::from_parts(None, turn.own.jid.domain())
}

impl Services {
    /// The answer of the server, or of one of them; one after the other is asked.
    pub(super) fn on_answer(&mut self, turn: &mut Turn<'_>, number: u64, answer: Answer) -> Looked {
        let payload = answer.ok().flatten();
        let kind = payload.as_ref().and_then(finding::service);
        if let (Some(current), Some(Service::Rooms)) = (self.current.take(), kind) {
            return Looked::Found(current);
        }
        let left = self.left.get_or_insert_with(|| {
            let named = payload.as_ref().map(finding::parse_services).unwrap_or_default();
            named.into_iter().take(MAX_SERVICES).collect::<VecDeque<_>>()
        });
        match left.pop_front() {
            None => Looked::Nothing,
            Some(next) => {
                turn.get(Some(&to(&next)), disco::info_query(), purpose(number));
                self.current = Some(next);
                Looked::GoesOn
            }
        }
    }
}

impl Rooms {
    /// A front end looks for rooms.
    pub(crate) fn search(
        &mut self,
        turn: &mut Turn<'_>,
        command: CommandId,
        service: Option<BareJid>,
        words: Clean,
    ) {
        let service = service.or_else(|| self.service.clone());
        let about = service.clone().unwrap_or_else(|| server(turn));
        let search = match service.clone() {
            Some(service) => Search::Kind(service, words),
            None => Search::Service(Services::default(), words),
        };
        let number = self.task(command, &about, Step::Search(search));
        match service {
            Some(service) => turn.get(Some(&to(&service)), disco::info_query(), purpose(number)),
            None => ask_for_services(turn, number),
        }
    }

    /// The answer that such a task waits for.
    pub(super) fn on_searched(&mut self, turn: &mut Turn<'_>, number: u64, mut task: Task, answer: Answer) {
        let Step::Search(search) = std::mem::replace(&mut task.step, Step::Look) else {
            return;
        };
        let (service, payload) = (task.room.clone(), answer);
        let next = match search {
            Search::Service(mut services, words) => match services.on_answer(turn, number, payload) {
                Looked::Nothing => return task.fail(turn, RoomsFailure::NoService),
                Looked::GoesOn => Search::Service(services, words),
                Looked::Found(service) => {
                    self.service = Some(service.clone());
                    ask_for_rooms(turn, number, &service);
                    Search::Rooms(words)
                }
            },
            Search::Kind(service, words) => {
                let payload = match payload {
                    Ok(payload) => payload,
                    Err(refusal) => return task.refuse(turn, &refusal),
                };
                match payload.as_ref().and_then(finding::service) {
                    Some(Service::Search) => {
                        turn.get(
                            Some(&to(&service)),
                            finding::search(words.as_str()),
                            purpose(number),
                        );
                        Search::Everywhere
                    }
                    Some(Service::Rooms) => {
                        ask_for_rooms(turn, number, &service);
                        Search::Rooms(words)
                    }
                    None => return task.fail(turn, RoomsFailure::NotAService(service)),
                }
            }
            Search::Rooms(words) => {
                let found = payload.map(|payload| payload.as_ref().map(finding::parse_rooms));
                return finish(turn, task, found, |room| fits(room, words.as_str()));
            }
            Search::Everywhere => {
                let found = payload.map(|payload| payload.as_ref().and_then(finding::parse_found));
                return finish(turn, task, found, |_| true);
            }
        };
        task.room = service;
        task.step = Step::Search(next);
        self.tasks.go_on(number, task);
    }
}

fn ask_for_rooms(turn: &mut Turn<'_>, number: u64, service: &BareJid) {
    turn.get(Some(&to(service)), finding::items_query(), purpose(number));
}

fn finish(
    turn: &mut Turn<'_>,
    task: Task,
    found: Result<Option<Vec<FoundRoom>>, crate::iq::Refusal>,
    wanted: impl Fn(&FoundRoom) -> bool,
) {
    match found {
        Err(refusal) => task.refuse(turn, &refusal),
        Ok(found) => {
            let mut found = found.unwrap_or_default();
            found.retain(wanted);
            found.sort_by(|a, b| b.occupants.cmp(&a.occupants).then_with(|| a.jid.cmp(&b.jid)));
            task.succeed(turn, Outcome::Rooms(found));
        }
    }
}

/// Whether each word stands in its name or its address.
fn fits(room: &FoundRoom, words: &str) -> bool {
    let name = room.name.as_ref().map_or("", Clean::as_str).to_lowercase();
    let node = room
        .jid
        .node()
        .map_or_else(String::new, |node| node.as_str().to_lowercase());
    let mut words = words.split_whitespace().map(str::to_lowercase);
    words.all(|word| name.contains(&word) || node.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_found_by_words_of_its_name_and_address() {
        let room = FoundRoom {
            jid: BareJid::new("rust-talk@muc.mired.test").unwrap(),
            name: Some(Clean::line("Über Rust")),
            occupants: None,
        };
        for (words, wanted) in [
            ("", true),
            ("rust", true),
            ("über talk", true),
            ("mired", false),
            ("rust c", false),
        ] {
            assert_eq!(fits(&room, words), wanted, "{words}");
        }
    }
}
