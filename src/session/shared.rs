//! What every line uses, one at a time: the only connection that writes, and the random source.

use rand_core::SeedableRng;

use model::Timestamp;
use protocol::{Effect, Input, Protocol};
use store::{StoreError, Writer};

/// The engine has one of it and lends it to the line on which something happens.
pub(super) struct Shared {
    pub(super) writer: Writer,
    pub(super) rng: rand_chacha::ChaCha20Rng,
}

impl Shared {
    pub(super) fn new(writer: Writer) -> Self {
        let mut seed = [0_u8; 32];
        let rng = match getrandom::fill(&mut seed) {
            Ok(()) => rand_chacha::ChaCha20Rng::from_seed(seed),
            // Without the system's random source nothing here may go on.
            Err(_) => std::process::abort(),
        };
        Self { writer, rng }
    }

    /// One input, one transaction. The effects are for after it.
    pub(super) fn transact(&mut self, core: &mut Protocol, input: Input) -> Result<Vec<Effect>, StoreError> {
        let tx = self.writer.transaction()?;
        let effects = core.handle(input, &tx, Timestamp::now(), &mut self.rng)?;
        tx.commit()?;
        Ok(effects)
    }
}
