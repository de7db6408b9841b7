//! How SQLite answers the questions that must not grow with the history.

use crate::omemo::{BOUND_STRANGERS, DEVICES, EVERY_DEVICE, IN_EVERY_DIALECT};
use crate::{Reads, Writer, about, answers, chats, displayed, events, left, messages, positions, reactions};

/// The steps that SQLite says it takes.
fn plan(sql: &str) -> Vec<String> {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let mut statement = tx.conn().prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let given = vec![1; statement.parameter_count()];
    let rows = statement
        .query_map(rusqlite::params_from_iter(given), |row| row.get(3))
        .unwrap();
    rows.map(Result::unwrap).collect()
}

/// The questions that are asked of long histories, and the step that each must have.
const SLOW: &[(&str, &str)] = &[
    (
        messages::HISTORY_END,
        "m USING INDEX messages_by_position (chat=?)",
    ),
    (
        messages::HISTORY_START,
        "m USING INDEX messages_by_position (chat=?)",
    ),
    (
        messages::BEFORE,
        "m USING INDEX messages_by_position (chat=? AND position<?)",
    ),
    (
        messages::AFTER,
        "m USING INDEX messages_by_position (chat=? AND position>?)",
    ),
    (
        messages::NEAREST,
        "m USING INDEX messages_by_position (chat=? AND position<?)",
    ),
    (
        positions::LAST,
        "messages USING COVERING INDEX messages_by_position (chat=?)",
    ),
    (
        positions::ABOVE,
        "messages USING COVERING INDEX messages_by_position (chat=? AND position<?)",
    ),
    (
        positions::BENEATH,
        "messages USING COVERING INDEX messages_by_position (chat=? AND position>?)",
    ),
    (
        positions::NEWER,
        "messages USING INDEX messages_by_position (chat=? AND position>?)",
    ),
    (
        positions::LAST,
        "chat_events USING COVERING INDEX chat_events_by_position (chat=?)",
    ),
    (
        positions::ABOVE,
        "chat_events USING COVERING INDEX chat_events_by_position (chat=? AND position<?)",
    ),
    (
        positions::BENEATH,
        "chat_events USING COVERING INDEX chat_events_by_position (chat=? AND position>?)",
    ),
    (
        events::BEFORE,
        "chat_events USING INDEX chat_events_by_position (chat=? AND position>? AND position<?)",
    ),
    (
        events::AFTER,
        "chat_events USING INDEX chat_events_by_position (chat=? AND position>? AND position<?)",
    ),
    (
        events::NEAREST,
        "chat_events USING INDEX chat_events_by_position (chat=? AND position<?)",
    ),
    (
        messages::UNLISTENED,
        "m USING INDEX messages_unlistened (account=?)",
    ),
    (
        messages::UNLISTENED_FROM,
        "m USING INDEX messages_unlistened (account=?)",
    ),
    (chats::OVERVIEW_OF, "c USING INTEGER PRIMARY KEY (rowid=?)"),
    (messages::OWN_BODIES, "messages USING INDEX messages_own (chat=?)"),
    (
        messages::FIRST_UNREAD,
        "messages USING COVERING INDEX messages_inbound (chat=? AND position>?)",
    ),
    (
        messages::FIRST_UNREAD,
        "messages USING COVERING INDEX messages_fresh (chat=?)",
    ),
    (
        chats::OVERVIEW,
        "m USING COVERING INDEX messages_by_position (chat=?)",
    ),
    (
        chats::OVERVIEW,
        "m USING COVERING INDEX messages_inbound (chat=? AND position>?)",
    ),
    (
        chats::OVERVIEW,
        "m USING COVERING INDEX messages_fresh (chat=? AND position<?)",
    ),
    (chats::OVERVIEW, "SCAN c"),
    (
        left::BY_STANZA_ID,
        "m USING INDEX messages_by_stanza_id (chat=? AND stanza_id=?)",
    ),
    (
        messages::NAMED_IN_CHAT,
        "m USING INDEX messages_by_stanza_id (chat=? AND stanza_id=?)",
    ),
    (
        messages::NAMED,
        "n USING COVERING INDEX messages_by_stanza_id (chat=? AND stanza_id=?)",
    ),
    (messages::NAMED, "m USING INTEGER PRIMARY KEY (rowid=?)"),
    (left::FAILED, "messages USING INDEX messages_failed (account=?)"),
    (answers::HELD, "answers USING INDEX answers_held (account=?)"),
];

#[test]
fn the_slow_questions_are_answered_from_their_index_without_sorting() {
    for (sql, expected) in SLOW {
        let plan = plan(sql);
        assert!(
            plan.iter().any(|step| step.contains(expected)),
            "{expected} is missing in {plan:#?}"
        );
        for slow in ["SCAN m", "TEMP B-TREE"] {
            // The chats that are asked for are sorted: there are a few.
            let few = *sql == chats::OVERVIEW_OF && slow == "TEMP B-TREE";
            assert!(few || !plan.iter().any(|step| step.contains(slow)), "{plan:#?}");
        }
    }
}

#[test]
fn devices_are_found_by_their_key_and_strangers_without_reading_messages() {
    for (sql, expected) in [
        (DEVICES, "omemo_devices USING PRIMARY KEY (account=? AND jid=?)"),
        (EVERY_DEVICE, "omemo_devices USING PRIMARY KEY (account=?)"),
        (
            IN_EVERY_DIALECT,
            "omemo_devices USING PRIMARY KEY (account=? AND jid=? AND dialect=? AND device=?)",
        ),
        (
            BOUND_STRANGERS,
            "s USING COVERING INDEX sqlite_autoindex_omemo_sessions_1 (account=?)",
        ),
        (BOUND_STRANGERS, "c USING PRIMARY KEY (account=? AND jid=?)"),
        (
            BOUND_STRANGERS,
            "t USING COVERING INDEX sqlite_autoindex_chats_1 (account=? AND peer=?)",
        ),
        (BOUND_STRANGERS, "m USING INDEX messages_written (chat=?)"),
    ] {
        let plan = plan(sql);
        assert!(
            plan.iter().any(|step| step.contains(expected)),
            "{expected} is missing in {plan:#?}"
        );
        // One person's devices, and the sessions, are sorted; everybody's devices come as they lie.
        let sorts = plan.iter().any(|step| step.contains("TEMP B-TREE"));
        assert!(!(sorts && sql == EVERY_DEVICE), "{plan:#?}");
    }
}

#[test]
fn what_is_said_about_messages_is_found_without_reading_others() {
    for (sql, expected) in [
        (
            reactions::BETWEEN,
            "messages_by_position (chat=? AND position>? AND position<?)",
        ),
        (
            about::corrections::VERSIONS,
            "message_versions_by_message (message=?)",
        ),
        (
            about::early::WAITING,
            "early_contents_by_target (chat=? AND target=?)",
        ),
        (
            about::OF_AUTHOR_BY_STANZA_ID,
            "messages_by_stanza_id (chat=? AND stanza_id=? AND sender=?)",
        ),
        (
            about::BY_STANZA_ID,
            "messages_by_stanza_id (chat=? AND stanza_id=?)",
        ),
        (
            about::BY_CORRECTION,
            "message_versions_by_correction (replaced_by=?)",
        ),
        (
            about::BY_SERVER_ID,
            "messages_by_server_id (chat=? AND server_id=?)",
        ),
    ] {
        let plan = plan(sql);
        assert!(
            plan.iter().any(|step| step.contains(expected)),
            "{expected} is missing in {plan:#?}"
        );
        // A few are sorted; none are looked through.
        let scans =
            |step: &String| step.contains("SCAN") && !step.contains("SCAN v") && !step.contains("SCAN (");
        assert!(!plan.iter().any(scans), "{plan:#?}");
    }
    // Of however many that have one id none are sorted.
    for sql in [
        about::OF_AUTHOR_BY_STANZA_ID,
        about::BY_STANZA_ID,
        about::BY_CORRECTION,
        displayed::CORRECTED,
    ] {
        let plan = plan(sql);
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:#?}");
    }
}

#[test]
fn a_cached_statement_is_not_planned_anew_for_another_value() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let mut statement = tx.conn().prepare(messages::BEFORE).unwrap();
    for value in 0..5 {
        let mut rows = statement.query([value, 100, value]).unwrap();
        assert!(rows.next().unwrap().is_none());
    }
    let planned = statement.get_status(rusqlite::StatementStatus::RePrepare);
    assert_eq!(planned, 0);
}
