//! `susurro devices`: the devices of the own account, and what is done about them.

mod acts;
mod list;

use super::Exit;
use super::args::{Common, DeviceAct, Devices as Args};
use super::client::try_fetch_keys;
use super::open::with_profile;

pub fn run(common: &Common, args: &Args) -> Result<(), Exit> {
    // Clap would count options of every command among those of the list, and refuse `--profile` too.
    if args.act.is_some() && (args.json || args.offline) {
        return Err(Exit::usage(
            "--json and --offline belong to the list: `susurro devices` alone.",
        ));
    }
    with_profile(common, |opened| match &args.act {
        None => {
            if !args.offline {
                let own = opened.account()?.jid;
                try_fetch_keys(opened, &own);
            }
            list::list(opened, args.json)
        }
        Some(DeviceAct::Remove { id }) => acts::remove(opened, *id),
        Some(DeviceAct::Rename { name }) => acts::rename(opened, name),
        Some(DeviceAct::Reset { jid, device }) => acts::reset(opened, jid, *device),
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Code;
    use crate::cli::args::{Cli, Command};

    #[test]
    fn what_belongs_to_the_list_is_wrong_usage_where_something_is_done() {
        for act in [
            &["remove", "7"][..],
            &["rename", "Desk"],
            &["reset", "bob@mired.test"],
        ] {
            for option in ["--json", "--offline"] {
                let words = [&["susurro", "devices", option][..], act].concat();
                let cli = Cli::try_parse_from(words).unwrap();
                let Some(Command::Devices(args)) = &cli.command else {
                    panic!("not read as devices");
                };
                assert_eq!(run(&cli.common, args).unwrap_err().code, Code::Usage);
            }
        }
    }
}
