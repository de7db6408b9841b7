//! What every line uses, one at a time: the only connection that writes, the random source, the folder of the
//! files.

use std::time::{Duration, Instant};

use rand_core::SeedableRng;

use files::Folder;
use model::Timestamp;
use protocol::{Effect, Input, Protocol};
use store::{StoreError, Writer};

/// So many inputs share a transaction at most,
const MOST_INPUTS: usize = 64;
/// and the last of them begins no later than this: whoever else wants something waits as long.
const LONGEST_BATCH: Duration = Duration::from_millis(20);

/// The engine has one of it and lends it to the line on which something happens.
pub(super) struct Shared {
    pub(super) writer: Writer,
    /// Where files lie, if there is such a place.
    pub(super) folder: Option<Folder>,
    pub(super) rng: rand_chacha::ChaCha20Rng,
}

impl Shared {
    pub(super) fn new(writer: Writer, folder: Option<Folder>) -> Self {
        let mut seed = [0_u8; 32];
        let rng = match getrandom::fill(&mut seed) {
            Ok(()) => rand_chacha::ChaCha20Rng::from_seed(seed),
            // Without the system's random source nothing here may go on.
            Err(_) => std::process::abort(),
        };
        Self { writer, folder, rng }
    }

    /// One transaction for an input, and for those that `more` has at hand: it is asked again until it has
    /// none, the batch is full, or nothing may be read behind what was handled. The effects are for after it.
    pub(super) fn transact(
        &mut self,
        core: &mut Protocol,
        first: Input,
        mut more: impl FnMut() -> Option<Input>,
    ) -> Result<Vec<Effect>, StoreError> {
        let tx = self.writer.transaction()?;
        let began = Instant::now();
        let mut batch = core.batch(&tx, &mut self.rng);
        let mut room = MOST_INPUTS;
        let mut next = Some(first);
        while let Some(input) = next {
            batch.handle(input, Timestamp::now())?;
            room -= 1;
            // What is asked for here has to be handled here.
            let goes_on = room > 0 && !batch.ends_stream() && began.elapsed() < LONGEST_BATCH;
            next = if goes_on { more() } else { None };
        }
        let effects = batch.finish()?;
        tx.commit()?;
        Ok(effects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{AccountId, address};
    use protocol::{LocalAccount, Timer};

    fn bench() -> (Shared, Protocol) {
        let core = Protocol::new(LocalAccount {
            account: AccountId(1),
            jid: address::bare("ana@mired.test").unwrap(),
            resource: "here".to_owned(),
            present: true,
            archive: None,
            sharing: model::Sharing::default(),
        });
        (Shared::new(Writer::in_memory().unwrap(), None), core)
    }

    #[test]
    fn however_much_is_at_hand_a_batch_is_bounded() {
        let (mut shared, mut core) = bench();
        let mut asked = 0;
        let more = || {
            asked += 1;
            Some(Input::Timer(Timer::Notices))
        };
        shared
            .transact(&mut core, Input::Timer(Timer::Notices), more)
            .unwrap();
        assert!(asked < MOST_INPUTS, "{asked}");
    }

    #[test]
    fn behind_what_ends_the_stream_nothing_is_asked_for() {
        let (mut shared, mut core) = bench();
        let error = "<error xmlns='http://etherx.jabber.org/streams'/>"
            .parse()
            .unwrap();
        let more = || panic!("it was asked for more");
        let effects = shared.transact(&mut core, Input::Element(error), more).unwrap();
        assert!(
            matches!(effects.as_slice(), [.., Effect::Abort(_)]),
            "{effects:?}"
        );
    }
}
