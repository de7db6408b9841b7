//! The arguments of the commands about rooms.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::parse;
use model::BareJid;
use model::room::Affiliation;

pub const ROOM_EXAMPLES: &str = "\
Examples:
  susurro room create --name \"Mountain hut\" --invite bob@mired.test --invite carol@mired.test
  susurro room join hut@rooms.mired.test
  susurro room members hut@rooms.mired.test
  susurro room affiliation hut@rooms.mired.test carol@mired.test admin
  echo \"on Saturday at nine\" | susurro send hut@rooms.mired.test -

A room that you made or joined is one of yours: `susurro listen` and the screen go in by themselves, until `susurro room leave`.";

#[derive(Debug, Subcommand)]
pub enum Room {
    /// Make a room and print its address: a private group that only its members can enter and find, or a
    /// public channel. What the server makes something else of is ended again
    Create(NewRoom),
    /// Go into a room; from then on you are in it whenever you are online
    Join(Join),
    /// Leave a room for good; what was said in it stays here
    Leave(Which),
    /// Tell whoever asked you into a room that you do not come
    Decline(Which),
    /// List your rooms
    List(super::Json),
    /// Ask a room what it is; you need not be in it
    Info(Shown),
    /// List the members of a room, those who are away too, and who is in it
    Members(Shown),
    /// Ask people to come into a room; where only members may enter, they are made members first
    Invite(Invite),
    /// Say how somebody stands to a room: owner, admin, member, none, or outcast (banned)
    Affiliation(Stands),
    /// Put somebody out of a room; a member can come back
    Kick(Kick),
    /// Say what a room is about
    Topic(Topic),
    /// Show the settings of a room, or change some; its owners can
    Config(Settings),
    /// End a room for everybody
    Destroy(Destroy),
    /// Look for public rooms by words of their names
    Search(Search),
}

/// Which room.
#[derive(Debug, Args)]
pub struct Which {
    /// The address of the room, as in team@rooms.mired.test
    #[arg(value_name = "JID", value_parser = parse::room)]
    pub jid: BareJid,
}

#[derive(Debug, Args)]
pub struct Shown {
    #[command(flatten)]
    pub room: Which,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct NewRoom {
    /// Its address; else on the service that your server names, under one that nobody can guess
    #[arg(value_name = "JID", value_parser = parse::room)]
    pub jid: Option<BareJid>,
    /// What it is called
    #[arg(long, value_name = "N")]
    pub name: Option<String>,
    /// A channel that anybody can find, enter and read, and that is never encrypted
    #[arg(long)]
    pub public: bool,
    /// Who is to be a member, and is asked to come; once for each
    #[arg(long, value_name = "JID", value_parser = parse::account)]
    pub invite: Vec<BareJid>,
}

#[derive(Debug, Args)]
pub struct Join {
    #[command(flatten)]
    pub room: Which,
    /// What you are called in it; else as before, or as your address begins
    #[arg(long, value_name = "N", value_parser = parse::nick)]
    pub nick: Option<String>,
    /// Read the room's password from the first line of this file
    #[arg(long, value_name = "F")]
    pub password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Invite {
    #[command(flatten)]
    pub room: Which,
    /// Whom
    #[arg(required = true, value_parser = parse::account)]
    pub who: Vec<BareJid>,
}

#[derive(Debug, Args)]
pub struct Stands {
    #[command(flatten)]
    pub room: Which,
    /// Who
    #[arg(value_parser = parse::jid)]
    pub who: BareJid,
    /// How they stand to it from now on
    #[arg(
        value_enum,
        value_name = "owner|admin|member|none|outcast",
        hide_possible_values = true
    )]
    pub to: To,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum To {
    Owner,
    Admin,
    Member,
    None,
    Outcast,
}

impl From<To> for Affiliation {
    fn from(to: To) -> Self {
        match to {
            To::Owner => Self::Owner,
            To::Admin => Self::Admin,
            To::Member => Self::Member,
            To::None => Self::None,
            To::Outcast => Self::Outcast,
        }
    }
}

#[derive(Debug, Args)]
pub struct Kick {
    #[command(flatten)]
    pub room: Which,
    /// What they are called in it
    #[arg(value_parser = parse::nick)]
    pub nick: String,
}

#[derive(Debug, Args)]
pub struct Topic {
    #[command(flatten)]
    pub room: Which,
    /// "-" or nothing: standard input. Anything else is the topic itself; an empty one takes it away
    #[arg(value_name = "- | TEXT")]
    pub text: Option<String>,
}

const CONFIG_EXAMPLES: &str = "\
Examples:
  susurro room config hut@rooms.mired.test
  susurro room config hut@rooms.mired.test roomname=\"Mountain hut\" changesubject=no

Without KEY=VALUE the settings are shown as the room names them. A KEY is such a name, or what stands in it behind \
\"roomconfig_\". A setting that takes several values is given once for each; KEY= empties one. What is typed can be seen \
by other users of this machine (ps).";

#[derive(Debug, Args)]
#[command(after_help = CONFIG_EXAMPLES)]
pub struct Settings {
    #[command(flatten)]
    pub room: Which,
    /// One JSON object a line for each setting, as they are then
    #[arg(long)]
    pub json: bool,
    /// What is to be changed
    #[arg(value_name = "KEY=VALUE", value_parser = parse::setting)]
    pub settings: Vec<(String, String)>,
}

#[derive(Debug, Args)]
pub struct Destroy {
    #[command(flatten)]
    pub room: Which,
    /// Where it goes on: those who are in it are told
    #[arg(long, value_name = "JID", value_parser = parse::room)]
    pub venue: Option<BareJid>,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct Search {
    /// The service to ask, as in rooms.mired.test (that of your server if there is none), and words of the
    /// names that are wanted
    #[arg(value_name = "SERVICE | WORDS")]
    pub words: Vec<String>,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}
