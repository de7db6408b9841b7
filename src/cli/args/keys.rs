//! What can be typed about keys, devices and the encryption of a chat.

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::parse;
use crate::cli::uri::{self, Whose};
use model::{BareJid, Clean, Policy};

const DEVICES_EXAMPLES: &str = "\
Examples:
  susurro devices
  susurro devices rename \"Ana's desk\"
  susurro devices remove 1836542
  susurro devices reset bob@mired.test

A name is shown to everybody who may write to you.";

#[derive(Debug, Args)]
#[command(after_help = DEVICES_EXAMPLES)]
pub struct Devices {
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
    /// Do not connect: the devices as they were last seen
    #[arg(long)]
    pub offline: bool,
    /// None: the list.
    #[command(subcommand)]
    pub act: Option<DeviceAct>,
}

/// What is done about a device.
#[derive(Debug, Subcommand)]
pub enum DeviceAct {
    /// Take another device of yours off your device list, and its keys off the server
    Remove {
        /// Its number, as in the list
        #[arg(value_name = "ID", value_parser = parse::device)]
        id: u32,
    },
    /// Name this device; "" takes the name away
    Rename {
        #[arg(value_parser = parse::device_name)]
        name: Clean,
    },
    /// Begin new sessions with the devices of an address, if what they write cannot be
    /// read or they cannot read you
    Reset {
        #[arg(value_parser = parse::jid)]
        jid: BareJid,
        /// Only with this one
        #[arg(long, value_name = "ID", value_parser = parse::device)]
        device: Option<u32>,
    },
}

const ENCRYPTION_EXAMPLES: &str = "\
Examples:
  susurro encryption bob@mired.test
  susurro encryption bob@mired.test on
  susurro encryption team@muc.mired.test --policy high-risk

Every chat is encrypted until you turn that off. Without encryption everybody on the way can read what you write.";

#[derive(Debug, Args)]
#[command(after_help = ENCRYPTION_EXAMPLES)]
pub struct Encryption {
    /// Whose chat
    #[arg(value_parser = parse::jid)]
    pub jid: BareJid,
    /// Without it: how it stands
    #[arg(value_name = "on | off", value_enum, hide_possible_values = true)]
    pub to: Option<OnOff>,
    /// Of a room: who must be able to read. everyday: whoever has keys; high-risk: everybody, or nothing
    /// goes; verified: everybody, with keys that you verified, and only the members that you confirm with
    /// this
    #[arg(long, value_enum, conflicts_with = "to", hide_possible_values = true)]
    pub policy: Option<RoomPolicy>,
    /// Do not ask before turning it off, or who the members are
    #[arg(long)]
    pub yes: bool,
    /// How it stands as a JSON object
    #[arg(long, conflicts_with_all = ["to", "policy"])]
    pub json: bool,
}

/// Who of a room must be able to read what is written into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoomPolicy {
    Everyday,
    HighRisk,
    Verified,
}

impl From<RoomPolicy> for Policy {
    fn from(policy: RoomPolicy) -> Self {
        match policy {
            RoomPolicy::Everyday => Self::Everyday,
            RoomPolicy::HighRisk => Self::HighRisk,
            RoomPolicy::Verified => Self::Verified,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnOff {
    On,
    Off,
}

#[derive(Debug, Subcommand)]
pub enum Trust {
    /// List the known keys, of one address or of all
    List {
        #[arg(value_parser = parse::jid)]
        jid: Option<BareJid>,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        /// Do not connect: the keys as they were last seen
        #[arg(long)]
        offline: bool,
    },
    /// Say that you compared this fingerprint with the other person, and it is the same
    Verify(KeyChoice),
    /// Refuse this key: nothing is encrypted to it, nothing from it is opened
    Distrust(KeyChoice),
}

const KEY_EXAMPLES: &str = "\
Examples:
  susurro trust verify bob@mired.test 3b7f0c9e 51a2d84c 0e6f93b1 7d25c8a4 f1906e3b 82c47d5a 9b0e1f63 4a7c2d18
  susurro trust verify 'xmpp:bob@mired.test?omemo-sid-27183=3b7f…'

Either form of the fingerprint is taken: the one that most programs show, or that of OMEMO 2 (Kaidan, Converse).";

#[derive(Debug, Args)]
#[command(after_help = KEY_EXAMPLES)]
pub struct KeyChoice {
    /// Whose key; or the link that their program shows, with the fingerprint in it
    #[arg(value_name = "JID", value_parser = whose)]
    pub whose: Whose,
    /// 64 hexadecimal digits, in any case, in groups or not
    #[arg(num_args = 0..=64, value_name = "FINGERPRINT")]
    pub fingerprint: Vec<String>,
}

fn whose(text: &str) -> Result<Whose, String> {
    uri::whose(text).unwrap_or_else(|| parse::jid(text).map(Whose::of))
}
