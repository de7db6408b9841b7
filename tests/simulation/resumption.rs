//! A server that lies when a stream is resumed: a new process believes it as little
//! as the one that saw it break.

use susurro::model::MessageState;

use crate::server::Lie;
use crate::world::{ANA, BOB, Mishap, World};

#[test]
fn a_resumption_that_lies_is_refused_by_a_new_process_as_by_the_old_one() {
    for crash in [false, true] {
        for lie in [Lie::Count, Lie::Stream, Lie::Message, Lie::FailedCount] {
            let mut world = World::online(14, &[ANA, BOB]);
            world.send(0, BOB, "first");
            world.settle();
            world.mishap = Some((0, Mishap::Cut(0)));
            world.send(0, BOB, "second");
            assert_eq!(world.clients[0].outbox(), 1, "sealed, and not at the server");
            if crash {
                world.crash(0);
            }
            let aborts = world.clients[0].aborts.len();
            world.server.lie = Some(lie);
            world.connect(0);
            world.flow();
            let refused = lie != Lie::FailedCount;
            let case = format!("crash: {crash}, {lie:?}");
            assert_eq!(
                world.clients[0].aborts.len() - aborts,
                usize::from(refused),
                "{case}"
            );
            if refused {
                assert_eq!(world.clients[0].last(BOB).0, MessageState::Queued, "{case}");
            }
            assert_eq!(world.clients[0].bodies(BOB), ["first", "second"], "{case}");
            world.server.lie = None;
            world.connect(0);
            world.settle();
            assert_eq!(world.clients[1].bodies(ANA), ["first", "second"], "{case}");
            assert_eq!(world.clients[0].last(BOB).0, MessageState::Delivered, "{case}");
            assert_eq!(
                world.clients[0].aborts.len() - aborts,
                usize::from(refused),
                "{case}"
            );
        }
    }
}

#[test]
fn a_resource_that_somebody_has_and_keeps_is_left_to_him() {
    let mut world = World::new(16, &[ANA]);
    world.server.taken = 1;
    world.connect(0);
    world.settle();
    assert!(world.clients[0].aborts.is_empty() && world.clients[0].keys_published());
    world.cut(0);
    // Two in a row are no accident.
    let mut world = World::new(17, &[ANA]);
    world.server.taken = 2;
    world.connect(0);
    world.flow();
    assert_eq!(world.clients[0].aborts.len(), 1);
}

/// What is counted is stored with what sends it: an honest server is never taken for one that lies.
#[test]
fn a_process_killed_at_any_point_resumes_at_an_honest_server() {
    for point in (0..40).step_by(3) {
        let mut world = World::online(15, &[ANA, BOB]);
        world.send(1, ANA, "hello");
        for _ in 0..point {
            world.step();
        }
        world.crash(0);
        world.connect(0);
        world.settle();
        assert!(
            world.clients[0].aborts.is_empty(),
            "point {point}: {:?}",
            world.clients[0].aborts
        );
        assert_eq!(world.clients[0].bodies(BOB), ["hello"], "point {point}");
    }
}
