//! What a person can do about something, and how each face writes it: the same in every language.

use super::Face;
use model::BareJid;

/// Something to do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Deed<'a> {
    /// Look at one's own devices.
    OwnDevices,
    /// Look at one's own keys.
    OwnKeys(&'a BareJid),
    /// Look at the keys of somebody.
    TheirKeys(&'a BareJid),
    /// Decide about the keys of somebody.
    Decide(&'a BareJid),
    /// Ask for the devices of somebody.
    FetchKeys(&'a BareJid),
    /// Add somebody to the contacts.
    AddContact(&'a BareJid),
    /// Remove somebody from the contacts.
    RemoveContact(&'a BareJid),
    /// Look at what strangers write.
    Requests,
    /// Look at who asks to be a contact.
    Asking,
    /// Look at who is blocked.
    Blocked,
    /// Let somebody write again.
    Unblock(&'a BareJid),
    /// Ask for a message that cannot be read.
    AskAgain,
    /// Encrypt a chat.
    Encrypt(&'a BareJid),
    /// Write in clear in a chat.
    Plaintext(&'a BareJid),
    /// Write this in clear, in private in a room.
    PlaintextOnce,
    /// Give another password for the account.
    SetPassword,
    /// Send once more what may arrive twice.
    SendTwice,
    /// Let it stand in clear which message is meant.
    Reveal,
    /// Write into a room though not everybody reads it.
    Everyday(&'a BareJid),
    /// Confirm who is in a verified group.
    Confirm(&'a BareJid),
    /// Make a room.
    CreateRoom,
    /// Go into a room.
    JoinRoom(&'a BareJid),
    /// Go into a room that asks for a password.
    JoinWithPassword(&'a BareJid),
    /// Look at the form of a room.
    RoomForm(&'a BareJid),
    /// Add the account. This and what follows is done where there is none yet.
    AddAccount,
    /// Name the CA that signed the server's certificate.
    GiveCa,
    /// Connect with TLS from the first byte.
    DirectTls,
    /// Name the server's host.
    NameServer,
    /// Permit the login in which the server learns the password.
    PermitPlain,
}

impl Face {
    /// How this face writes it; None: it has nothing for it.
    pub(crate) fn writes(self, deed: Deed<'_>) -> Option<String> {
        match self {
            Self::Commands => Some(command(deed)),
            Self::Screen => typed(deed).map(str::to_owned),
            Self::FirstRun => None,
        }
    }

    /// The same in parentheses behind a word, with the space before it; nothing where there is nothing.
    pub(crate) fn beside(self, deed: Deed<'_>) -> String {
        self.writes(deed)
            .map_or_else(String::new, |how| format!(" ({how})"))
    }
}

fn command(deed: Deed<'_>) -> String {
    match deed {
        Deed::OwnDevices => "`susurro devices`".to_owned(),
        Deed::OwnKeys(jid) | Deed::TheirKeys(jid) | Deed::FetchKeys(jid) => {
            format!("`susurro trust list {jid}`")
        }
        Deed::Decide(jid) => format!("`susurro trust list {jid}` and `susurro trust verify`"),
        Deed::AddContact(jid) => format!("`susurro contact add {jid}`"),
        Deed::RemoveContact(jid) => format!("`susurro contact remove {jid}`"),
        Deed::Requests => "`susurro chats`".to_owned(),
        Deed::Asking => "`susurro contact list`".to_owned(),
        Deed::Blocked => "`susurro blocked`".to_owned(),
        Deed::Unblock(jid) => format!("`susurro unblock {jid}`"),
        Deed::AskAgain => "`susurro ask JID ID`".to_owned(),
        Deed::Encrypt(jid) => format!("`susurro encryption {jid} on`"),
        Deed::PlaintextOnce => "`susurro send --plaintext`".to_owned(),
        Deed::Plaintext(jid) => format!("`susurro encryption {jid} off`"),
        Deed::SetPassword => "`susurro account password`".to_owned(),
        Deed::SendTwice => "`susurro retry ID --again`".to_owned(),
        Deed::Reveal => "`--reveal`".to_owned(),
        Deed::Everyday(room) => format!("`susurro encryption {room} --policy everyday`"),
        Deed::Confirm(room) => format!("`susurro encryption {room} --policy verified`"),
        Deed::CreateRoom => "`susurro room create`".to_owned(),
        Deed::JoinRoom(room) => format!("`susurro room join {room}`"),
        Deed::JoinWithPassword(room) => format!("`susurro room join {room} --password-file FILE`"),
        Deed::RoomForm(room) => format!("`susurro room config {room}`"),
        Deed::AddAccount => "`susurro account add`".to_owned(),
        Deed::GiveCa => "`--ca-file`".to_owned(),
        Deed::DirectTls => "`--direct-tls`".to_owned(),
        Deed::NameServer => "`--server`".to_owned(),
        Deed::PermitPlain => "`--allow-plain`".to_owned(),
    }
}

/// None: for that the person has to leave the screen.
fn typed(deed: Deed<'_>) -> Option<&'static str> {
    Some(match deed {
        Deed::OwnDevices | Deed::OwnKeys(_) => "`/devices`",
        Deed::TheirKeys(_) | Deed::Decide(_) => "`/fingerprint`",
        Deed::FetchKeys(_) => "`/refresh`",
        Deed::AddContact(_) => "`/add`",
        Deed::RemoveContact(_) => "`/remove`",
        Deed::Requests | Deed::Asking => "`/requests`",
        Deed::Blocked => "`/blocked`",
        Deed::Unblock(_) => "`/unblock`",
        Deed::Encrypt(_) => "`/encrypt`",
        Deed::Plaintext(_) | Deed::PlaintextOnce => "`/plaintext`",
        Deed::SetPassword => "`/password`",
        Deed::SendTwice | Deed::Reveal => "press the key again",
        Deed::Everyday(_) => "`/policy everyday`",
        Deed::Confirm(_) => "`/policy verified`",
        Deed::CreateRoom => "`/create`",
        Deed::JoinRoom(_) | Deed::JoinWithPassword(_) => "`/join`",
        Deed::RoomForm(_) => "`/config`",
        Deed::AddAccount | Deed::GiveCa | Deed::DirectTls | Deed::NameServer | Deed::PermitPlain => {
            return None;
        }
        // The key for it stands beneath the message.
        Deed::AskAgain => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_face_names_its_own_commands() {
        let bob = BareJid::new("bob@mired.test").unwrap();
        let deeds = [
            Deed::OwnDevices,
            Deed::OwnKeys(&bob),
            Deed::TheirKeys(&bob),
            Deed::Decide(&bob),
            Deed::FetchKeys(&bob),
            Deed::AddContact(&bob),
            Deed::RemoveContact(&bob),
            Deed::Requests,
            Deed::Asking,
            Deed::Blocked,
            Deed::Unblock(&bob),
            Deed::AskAgain,
            Deed::Encrypt(&bob),
            Deed::Plaintext(&bob),
            Deed::PlaintextOnce,
            Deed::SetPassword,
            Deed::SendTwice,
            Deed::Reveal,
            Deed::CreateRoom,
            Deed::JoinRoom(&bob),
            Deed::JoinWithPassword(&bob),
            Deed::RoomForm(&bob),
            Deed::Everyday(&bob),
            Deed::Confirm(&bob),
            Deed::AddAccount,
            Deed::GiveCa,
            Deed::DirectTls,
            Deed::NameServer,
            Deed::PermitPlain,
        ];
        for deed in deeds {
            let command = command(deed);
            assert!(
                command.starts_with("`susurro ") || command.starts_with("`--"),
                "{deed:?}"
            );
            let typed = typed(deed).unwrap_or_default();
            assert!(!typed.contains("susurro") && !typed.contains("--"), "{deed:?}");
            assert_eq!(Face::FirstRun.beside(deed), "");
        }
    }

    /// A sentence says what is to be done; how a face writes it stands here alone.
    #[test]
    fn no_sentence_names_the_commands_of_one_face() {
        let files = [
            include_str!("english/contacts.rs"),
            include_str!("english/database.rs"),
            include_str!("english/keys.rs"),
            include_str!("english/login.rs"),
            include_str!("english/messages.rs"),
            include_str!("english/net.rs"),
            include_str!("english/notices.rs"),
            include_str!("english/stream.rs"),
            include_str!("english/values.rs"),
        ];
        for text in files {
            for command in ["`/", "`susurro ", "`--"] {
                assert!(!text.contains(command), "{command}");
            }
        }
    }
}
