//! Addresses that earlier versions stored in another spelling: `ana@xn--bcher-kva.test` is `ana@bücher.test`.
//!
//! Done when the database is opened, in one transaction, and nothing is lost: where both spellings stand, as
//! they could when they were two contacts, their chats become one, and what is known of keys counts for both.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::Result;
use model::address;

/// Tables whose rows belong to one address, and the columns that tell its rows apart. All have an account.
const OF_ONE: [&str; 5] = [
    "contacts",
    "omemo_devices",
    "omemo_device_lists",
    "omemo_sessions",
    "omemo_trust",
];

/// The value of a trust that was refused, and of one that was verified (`codes`).
const STRONGER: &str = "UPDATE omemo_trust SET trust = other.trust FROM omemo_trust AS other \
     WHERE omemo_trust.account = other.account AND omemo_trust.jid = ?2 AND other.jid = ?1 \
     AND omemo_trust.identity = other.identity AND other.trust > omemo_trust.trust";

/// Writes every address anew that is not in its normal form.
pub(super) fn normalise(conn: &mut Connection) -> Result<()> {
    let found = found(conn)?;
    if found.is_empty() {
        return Ok(());
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (old, new) in &found {
        tx.execute(STRONGER, [old, new])?;
        for table in OF_ONE {
            tx.execute(
                &format!("UPDATE OR IGNORE {table} SET jid = ?2 WHERE jid = ?1"),
                [old, new],
            )?;
            // What stands there under both spellings is known already.
            tx.execute(&format!("DELETE FROM {table} WHERE jid = ?1"), [old])?;
        }
        tx.execute(
            "UPDATE OR IGNORE accounts SET jid = ?2 WHERE jid = ?1",
            [old, new],
        )?;
        chats(&tx, old, new)?;
        tx.execute(
            "UPDATE OR IGNORE messages SET sender = ?2 WHERE sender = ?1",
            [old, new],
        )?;
        apart(&tx, "sender = ?1", params![old])?;
        tx.execute("UPDATE messages SET sender = ?2 WHERE sender = ?1", [old, new])?;
    }
    Ok(tx.commit()?)
}

/// Every stored address that has another normal form, with that.
fn found(conn: &Connection) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    let columns = OF_ONE
        .map(|table| (table, "jid"))
        .into_iter()
        .chain([("accounts", "jid"), ("chats", "peer")]);
    for (table, column) in columns {
        // Only an A-label, or a domain in other letters, has another form.
        let sql = format!(
            "SELECT DISTINCT {column} FROM {table} WHERE {column} LIKE '%xn--%' OR {column} GLOB '*[^ -~]*'"
        );
        let mut statement = conn.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let old: String = row.get(0)?;
            if let Ok(new) = address::bare(&old)
                && new.as_str() != old
                && !found.iter().any(|(known, _)| *known == old)
            {
                found.push((old, new.to_string()));
            }
        }
    }
    Ok(found)
}

/// Gives the chats with `old` to `new`; where there is one already, its rows go there.
fn chats(conn: &Connection, old: &str, new: &str) -> Result<()> {
    let sql = "SELECT other.id, one.id FROM chats AS other JOIN chats AS one ON one.account = other.account \
               WHERE other.peer = ?1 AND one.peer = ?2 AND other.nick = '' AND one.nick = ''";
    let both: Option<(i64, i64)> = conn
        .query_row(sql, [old, new], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((from, to)) = both {
        read_as_it_was(conn, from, to)?;
        let positions = in_one_order(conn, from, to)?;
        // Out of the way of those that are there.
        for table in ["messages", "chat_events"] {
            let sql = format!("UPDATE {table} SET position = -position WHERE chat = ?1");
            conn.execute(&sql, [from])?;
        }
        conn.execute("UPDATE chat_events SET chat = ?2 WHERE chat = ?1", [from, to])?;
        conn.execute(
            "UPDATE OR IGNORE messages SET chat = ?2 WHERE chat = ?1",
            [from, to],
        )?;
        apart(conn, "chat = ?1", params![from])?;
        conn.execute("UPDATE messages SET chat = ?2 WHERE chat = ?1", [from, to])?;
        for (is_message, id, position) in positions.into_iter().rev() {
            let table = if is_message { "messages" } else { "chat_events" };
            let sql = format!("UPDATE {table} SET position = ?2 WHERE id = ?1");
            conn.prepare_cached(&sql)?.execute([id, position])?;
        }
        conn.execute("UPDATE outbox SET chat = ?2 WHERE chat = ?1", [from, to])?;
        conn.execute(
            "UPDATE accounts SET current_chat = ?2 WHERE current_chat = ?1",
            [from, to],
        )?;
        // Encryption that is on in one of them is on.
        conn.execute(
            "UPDATE chats SET encrypted = max(chats.encrypted, other.encrypted), \
             draft = CASE WHEN chats.draft = '' THEN other.draft ELSE chats.draft END, \
             draft_about = CASE WHEN chats.draft = '' THEN other.draft_about ELSE chats.draft_about END, \
             draft_corrects = CASE WHEN chats.draft = '' THEN other.draft_corrects ELSE chats.draft_corrects END \
             FROM chats AS other WHERE chats.id = ?2 AND other.id = ?1",
            [from, to],
        )?;
        conn.execute("DELETE FROM chats WHERE id = ?1", [from])?;
    }
    conn.execute("UPDATE chats SET peer = ?2 WHERE peer = ?1", [old, new])?;
    Ok(())
}

/// What is unread in either chat stays so, and nothing else becomes it, whatever stands beside it then.
fn read_as_it_was(conn: &Connection, from: i64, to: i64) -> Result<()> {
    conn.execute(
        "UPDATE messages SET fresh = 1 FROM chats c
         WHERE c.id = messages.chat AND c.id IN (?1, ?2) AND direction = 0 AND position > c.read_position",
        [from, to],
    )?;
    // Above all of them: the steps that bring them in one order are small.
    conn.execute(
        "UPDATE chats SET place = NULL, read_position =
             coalesce((SELECT max(position) + 1024 * count(*) FROM messages WHERE chat IN (?1, ?2)), 0) WHERE id = ?2",
        [from, to],
    )?;
    Ok(())
}

/// The rows of both chats (whether it is a message, and its id) in the order of their positions, with those
/// that they get: the same ones, or a little more where two are equal. Set from the last to the first, none
/// meets another one.
fn in_one_order(conn: &Connection, from: i64, to: i64) -> Result<Vec<(bool, i64, i64)>> {
    let sql = "SELECT 1, id, position FROM messages WHERE chat IN (?1, ?2)
               UNION ALL SELECT 0, id, position FROM chat_events WHERE chat IN (?1, ?2) ORDER BY 3, 1, 2";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([from, to])?;
    let (mut order, mut last) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        last = row.get::<_, i64>(2)?.max(last + 1);
        order.push((row.get(0)?, row.get(1)?, last));
    }
    Ok(order)
}

/// Makes the ids of rows their own, which stand in their new place already: by ids alone
/// they would be taken for copies.
fn apart(conn: &Connection, which: &str, parameters: impl rusqlite::Params) -> Result<()> {
    conn.execute(
        &format!("UPDATE messages SET stanza_id = stanza_id || '-' || id, server_id = NULL WHERE {which}"),
        parameters,
    )?;
    Ok(())
}
