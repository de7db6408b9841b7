//! Our clock is wrong.

use super::*;

const DAY: Duration = Duration::from_secs(86_400);

/// The first login happens under a clock that runs ahead, which is set right later.
#[test]
fn what_came_while_we_were_away_is_here_though_our_clock_ran_ahead_at_the_first_login() {
    for manners in ALL {
        for old in [0, 3] {
            let mut world = world(40, manners, &[ANA]);
            for body in numbered(old) {
                from_elsewhere(&mut world, BOB, &body, &body);
                later(&mut world, 60);
            }
            world.server.accounts.get_mut(ANA).unwrap().offline.clear();
            world.ahead = DAY;
            world.connect(0);
            world.settle();
            assert_eq!(world.clients[0].bodies(BOB), numbered(old), "{manners:?} {old}");
            assert_eq!(unread(&mut world, 0, BOB), 0, "{manners:?} {old}");
            for (round, ahead) in [DAY, Duration::ZERO, Duration::ZERO].into_iter().enumerate() {
                world.quit(0);
                world.ahead = ahead;
                later(&mut world, 3600);
                from_elsewhere(&mut world, BOB, &format!("new {round}"), &format!("new {round}"));
                world.server.accounts.get_mut(ANA).unwrap().offline.clear();
                world.connect(0);
                world.settle();
                let count = old + round + 1;
                assert_eq!(
                    world.clients[0].bodies(BOB).len(),
                    count,
                    "{manners:?} {old} {round}"
                );
                assert_eq!(
                    unread(&mut world, 0, BOB),
                    round as u64 + 1,
                    "{manners:?} {old} {round}"
                );
            }
            assert_eq!(events(&mut world, 0, BOB), [], "{manners:?} {old}");
        }
    }
}

#[test]
fn a_chat_that_is_deleted_after_our_clock_ran_ahead_hides_nothing_that_comes_later() {
    for manners in ALL {
        let mut world = online(41, manners, &[ANA, BOB]);
        world.ahead = DAY;
        from_elsewhere(&mut world, BOB, "tomorrow", "tomorrow");
        world.settle();
        world.quit(0);
        world.ahead = Duration::ZERO;
        later(&mut world, 60);
        world.connect(0);
        world.settle();
        world.command(0, Command::DeleteChat(chat(BOB)));
        world.quit(0);
        later(&mut world, 60);
        from_elsewhere(&mut world, BOB, "new", "new");
        world.server.accounts.get_mut(ANA).unwrap().offline.clear();
        world.connect(0);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), ["new"], "{manners:?}");
    }
}

#[test]
fn a_server_whose_clock_is_set_back_loses_nothing() {
    for manners in ALL {
        let mut world = online(42, manners, &[ANA, BOB]);
        for body in numbered(3) {
            from_elsewhere(&mut world, BOB, &body, &body);
            later(&mut world, 3 * 3600);
        }
        world.settle();
        for _ in 0..2 {
            world.quit(0);
            world.connect(0);
            world.settle();
        }
        world.quit(0);
        // Our clock is right.
        let back = Duration::from_secs(5 * 3600);
        world.now -= back;
        world.ahead = back;
        for body in numbered(5).split_off(3) {
            later(&mut world, 60);
            from_elsewhere(&mut world, BOB, &body, &body);
        }
        world.server.accounts.get_mut(ANA).unwrap().offline.clear();
        world.connect(0);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), numbered(5), "{manners:?}");
        assert_eq!(unread(&mut world, 0, BOB), 5, "{manners:?}");
    }
}

/// What was read under a clock that ran behind stands where the server says, and is looked for there.
#[test]
fn a_clock_that_was_a_day_behind_leaves_no_hole_and_nothing_behind_it() {
    for (manners, page) in ALL
        .into_iter()
        .flat_map(|manners| [4, 3, 100].map(|page| (manners, page)))
    {
        let mut world = online(43, manners, &[ANA, BOB]);
        world.server.options.page = Some(page);
        let mut count = 0;
        for behind in [
            Duration::ZERO,
            DAY + DAY,
            DAY,
            Duration::ZERO,
            DAY,
            Duration::ZERO,
        ] {
            world.quit(0);
            world.behind = behind;
            for _ in 0..4 {
                later(&mut world, 5);
                from_elsewhere(&mut world, BOB, &count.to_string(), &count.to_string());
                count += 1;
            }
            world.server.accounts.get_mut(ANA).unwrap().offline.clear();
            world.connect(0);
            world.settle();
            let bodies: Vec<String> = (0..count).map(|number| number.to_string()).collect();
            assert_eq!(
                world.clients[0].bodies(BOB),
                bodies,
                "{manners:?} {page} {behind:?}"
            );
            assert_eq!(events(&mut world, 0, BOB), [], "{manners:?} {page} {behind:?}");
        }
    }
}
