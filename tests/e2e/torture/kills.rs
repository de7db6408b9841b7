//! kill -9, many times: while messages come in, and while they go out.

use super::{Server, tally};
use crate::faults::{Kill, messages_come_through_kills, messages_leave_through_kills};
use crate::support::chance::Chance;
use crate::support::peer::Peer;
use crate::support::susurro::Susurro;

const KILLS: usize = 30;

fn killed_many_times(mut chance: Chance, server: &Server) {
    let address = server.address();
    let mut bob = Peer::login(&address, "bob");
    let ana = Susurro::with_account(&address, "ana");
    let kills: Vec<Kill> = (0..KILLS)
        .map(|_| Kill {
            after: chance.index(7),
            pause: chance.below(120),
        })
        .collect();
    messages_come_through_kills(&address, &mut bob, &ana, &kills);
    let shares: Vec<u32> = (0..KILLS)
        .map(|_| u32::try_from(chance.below(130)).expect("it is small"))
        .collect();
    messages_leave_through_kills(&mut bob, &ana, &shares);
    tally(2 * KILLS, "kills");
}

#[test]
#[ignore = "make torture"]
fn killed_at_random_on_prosody() {
    let mut chance = Chance::seeded();
    let server = Server::prosody(&mut chance);
    killed_many_times(chance, &server);
}

#[test]
#[ignore = "make torture"]
fn killed_at_random_on_ejabberd() {
    killed_many_times(Chance::seeded(), &Server::ejabberd());
}
