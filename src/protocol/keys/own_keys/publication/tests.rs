//! What should stand on a list, whatever others do to it.

use super::*;
use stanza::dialects::Label;

fn device(id: u32, label: &str) -> Listed {
    Listed {
        id: DeviceId::new(id).unwrap(),
        label: (!label.is_empty()).then(|| Label {
            text: label.to_owned(),
            signature: vec![7; 64],
        }),
    }
}

fn right(dialect: Dialect, list: &[Listed]) -> Publication {
    Publication {
        list: Some(list.to_vec()),
        copy: ServerCopy::Right,
        ..Publication::of(dialect)
    }
}

#[test]
fn labels_of_others_stay_as_they_are_and_ours_is_put_right() {
    let ours = device(1, "boat");
    let mut side = right(
        Dialect::Omemo2,
        &[device(2, "theirs"), device(1, "old"), device(3, "")],
    );
    let wanted = side.wanted(&ours).unwrap();
    assert_eq!(wanted, [device(2, "theirs"), device(1, "boat"), device(3, "")]);
    let mut side = right(Dialect::Legacy, &[device(2, ""), device(1, "")]);
    assert_eq!(side.wanted(&ours), None);
    assert_eq!(side.standing(), PublicationState::Right);
}

#[test]
fn nobody_is_listed_before_the_bundle_is_there() {
    let ours = device(1, "");
    let mut side = right(Dialect::Legacy, &[device(2, "")]);
    side.copy = ServerCopy::Wrong;
    assert_eq!(side.wanted(&ours), None);
    assert_eq!(side.standing(), PublicationState::Pending);
    side.copy = ServerCopy::Right;
    assert_eq!(side.wanted(&ours).unwrap().len(), 2);
}

#[test]
fn on_a_list_that_is_too_long_we_come_first_and_nobody_is_dropped() {
    let ours = device(1, "boat");
    for (others, place) in [(199, 199), (200, 0), (900, 0)] {
        let list: Vec<Listed> = (2..others + 2).map(|id| device(id, "theirs")).collect();
        let mut wanted = right(Dialect::Omemo2, &list).wanted(&ours).unwrap();
        assert_eq!(wanted.remove(place), ours);
        assert_eq!(wanted, list);
    }
}

#[test]
fn three_returns_are_made_and_the_fourth_is_a_grievance_in_a_new_stream_too() {
    let ours = device(1, "");
    let mut side = right(Dialect::Legacy, std::slice::from_ref(&ours));
    for round in 1..=4 {
        let grievance = side.see(&ours, &[]);
        assert_eq!(grievance.is_some(), round == 4, "{round}");
        assert_eq!(side.wanted(&ours).is_some(), round < 4, "{round}");
        side.list = Some(vec![ours.clone()]);
        if round == 2 {
            side = Publication {
                list: side.list.take(),
                copy: ServerCopy::Right,
                ..side.anew()
            };
        }
    }
    side.see(&ours, &[]);
    assert_eq!(side.standing(), PublicationState::GivenUp);
}

#[test]
fn a_name_that_is_taken_off_again_and_again_is_left_off_and_the_device_stays() {
    let (ours, bare) = (device(1, "boat"), device(1, ""));
    let mut side = right(Dialect::Omemo2, std::slice::from_ref(&ours));
    for round in 1..=4 {
        let grievance = side.see(&ours, std::slice::from_ref(&bare));
        assert_eq!(
            grievance,
            (round == 4).then_some(ListConflict::Renamed),
            "{round}"
        );
        if round < 4 {
            let wanted = side.wanted(&ours);
            assert_eq!(wanted, Some(vec![ours.clone()]));
            side.list = wanted;
        }
    }
    assert_eq!(side.wanted(&ours), None);
    assert_eq!(side.standing(), PublicationState::Right);
}

#[test]
fn a_list_that_crossed_ours_is_not_lost() {
    let ours = device(1, "");
    let mut side = right(Dialect::Legacy, &[device(2, "")]);
    side.listing = side.wanted(&ours);
    side.see(&ours, &[device(2, ""), device(3, "")]);
    side.listed(true);
    let wanted = side.wanted(&ours).unwrap();
    assert_eq!(wanted, [device(2, ""), device(3, ""), device(1, "")]);
    // Nor is it published for ever.
    for _ in 0..10 {
        side.listing = Some(wanted.clone());
        side.see(&ours, &[]);
        side.listed(true);
    }
    assert_eq!(side.list(), wanted);
}
