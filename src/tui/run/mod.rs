//! The one loop of the screen's thread: keys, the session's events and the program's answers go in; frames,
//! commands and requests come out. The only clock of the screen is read here.

use std::io;
use std::time::Duration;

use crossterm::event::{Event as TerminalEvent, KeyEventKind};
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::action::{Action, KeyContext};
use super::app::{App, Effect, Input};
use super::host::{End, Host, Live, Start};
use super::input::{Keyboard, Typed};
use super::key::Key;
use super::loop_event::{self, LoopEvent, heard, until};
use super::outside::Outside;
use super::probe::Probe;
use super::targets::Table;
use super::terminal::Screen;
use super::theme::{Depth, Theme};
use super::view;
use super::welcome::Welcome;
use api::{CommandId, Event, Secret};
use model::{StreamFailure, Timestamp};
use signals::Waiting;
use store::StoreError;

mod first;
mod terminal;

/// While only the session has news, frames are this far apart; a key is answered at once.
const FRAME: Duration = Duration::from_millis(16);
/// What is taken in at most before a frame.
const BATCH: usize = 512;

/// What is on the screen.
enum Phase {
    Welcome(Box<Welcome>),
    Main(Box<App>),
}

struct Loop {
    screen: Screen,
    keyboard: Keyboard,
    outside: Outside,
    start: Start,
    door: Host,
    live: Option<Live>,
    phase: Phase,
    theme: Theme,
    /// It was told that the session has ended.
    session_ended: bool,
    /// So it was that the terminal sends something else than UTF-8.
    told_utf8: bool,
    /// What was asked about emoji is not answered yet.
    probe: Option<Probe>,
    left: Option<End>,
}

/// Takes the terminal, runs the screen until the person leaves or locks, gives the terminal back. When this
/// returns nothing of it holds the store any more. `stops` waits for SIGTSTP, which is held since before
/// any other thread was started.
///
/// # Errors
/// The terminal's, or that the program behind the screen ended.
pub fn run(start: Start, door: Host, stops: Waiting) -> io::Result<End> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let outside = Outside::new(stops)?;
        let keyboard = Keyboard::new()?;
        let welcome = Welcome::new(&start);
        let mut this = Loop {
            screen: Screen::take(start.mouse, start.capabilities.colour, start.links)?,
            keyboard,
            outside,
            theme: Theme::with_depth(start.capabilities, Depth::detect()),
            phase: Phase::Welcome(Box::new(welcome)),
            start,
            door,
            live: None,
            session_ended: false,
            told_utf8: false,
            probe: None,
            left: None,
        };
        this.ask_about_emoji()?;
        this.run().await
    })
}

impl Loop {
    async fn run(&mut self) -> io::Result<End> {
        let ended = self.turns().await;
        if ended.is_err() {
            // The terminal is gone; what was typed is kept all the same.
            self.leave(End::Quit);
        }
        ended
    }

    async fn turns(&mut self) -> io::Result<End> {
        self.draw()?;
        let mut drawn = Instant::now();
        let mut dirty = false;
        loop {
            let woken = self.wait(dirty.then(|| drawn + FRAME)).await;
            let urgent = self.handle_batch(woken).await?;
            if let Some(left) = self.left {
                return Ok(left);
            }
            dirty = true;
            if urgent || drawn.elapsed() >= FRAME {
                self.draw()?;
                drawn = Instant::now();
                dirty = false;
            }
        }
    }

    /// What came first, and everything that came with it. True if the person is waiting for the frame.
    async fn handle_batch(&mut self, first: LoopEvent) -> io::Result<bool> {
        let mut urgent = false;
        let mut next = Some(first);
        let mut taken = 0;
        while let Some(woken) = next {
            urgent |= matches!(
                woken,
                LoopEvent::Typed(_) | LoopEvent::Answer(_) | LoopEvent::Frame
            );
            self.handle(woken)?;
            taken += 1;
            if self.left.is_some() || taken >= BATCH {
                break;
            }
            next = self.more();
        }
        Ok(urgent)
    }

    /// Something that is there already.
    fn more(&mut self) -> Option<LoopEvent> {
        if !self.screen.is_taken() {
            return None;
        }
        if let Some(typed) = self.keyboard.at_once().transpose() {
            return Some(loop_event::typed(typed));
        }
        let live = self.live.as_mut()?;
        live.events.try_recv().ok().map(LoopEvent::Event)
    }

    /// Sleeps until something happens; the person goes first.
    async fn wait(&mut self, frame: Option<Instant>) -> LoopEvent {
        let tick = match &self.phase {
            Phase::Main(app) => app.deadline(),
            Phase::Welcome(_) => None,
        };
        let tick = tick.map(|at| {
            let away = Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or_default();
            Instant::now() + away
        });
        let main = matches!(self.phase, Phase::Main(_));
        let taken = self.screen.is_taken();
        tokio::select! {
            biased;
            outside = self.outside.next() => outside,
            typed = loop_event::next(&mut self.keyboard, taken) => typed,
            answer = self.door.answers.recv() => answer.map_or(LoopEvent::Deserted, LoopEvent::Answer),
            event = heard(&mut self.live, self.session_ended) => event.map_or(LoopEvent::SessionEnded, LoopEvent::Event),
            () = until(frame) => LoopEvent::Frame,
            () = until(tick), if main => LoopEvent::Tick,
        }
    }

    fn handle(&mut self, woken: LoopEvent) -> io::Result<()> {
        match woken {
            LoopEvent::Typed(Typed::Event(event)) => self.on_terminal(event),
            LoopEvent::Typed(Typed::Cursor(column, row)) => self.answered(column, row),
            LoopEvent::Typed(Typed::NotUtf8) => self.not_utf8(),
            LoopEvent::Resized => self.resized(),
            LoopEvent::Stop => self.stop(),
            LoopEvent::Continued => {
                self.screen.take_back()?;
                self.resized()
            }
            LoopEvent::Event(event) => self.on_event(event),
            LoopEvent::Answer(answer) => self.on_answer(answer),
            LoopEvent::Tick => self.update(Input::Tick),
            LoopEvent::Frame => Ok(()),
            LoopEvent::SessionEnded => {
                // Its commands have nowhere to go any more; the store can still be read.
                self.session_ended = true;
                if let Phase::Main(app) = &mut self.phase {
                    app.session_ended();
                }
                Ok(())
            }
            LoopEvent::Deserted => Err(io::Error::other("the program behind the screen has ended")),
            LoopEvent::Ended => {
                self.leave(End::Quit);
                Ok(())
            }
        }
    }

    fn on_terminal(&mut self, event: TerminalEvent) -> io::Result<()> {
        match event {
            TerminalEvent::Key(key) if key.kind == KeyEventKind::Release => Ok(()),
            TerminalEvent::Key(key) => self.on_key(Key::from(key)),
            TerminalEvent::Paste(text) => match &mut self.phase {
                Phase::Welcome(welcome) => {
                    welcome.on_paste(&Zeroizing::new(text));
                    Ok(())
                }
                Phase::Main(_) => self.update(Input::Paste(Secret(text.into()))),
            },
            TerminalEvent::Resize(..) => self.resized(),
            TerminalEvent::FocusGained => self.update(Input::Focus(true)),
            TerminalEvent::FocusLost => self.update(Input::Focus(false)),
            TerminalEvent::Mouse(event) => self.update(Input::Mouse(event)),
        }
    }

    fn on_key(&mut self, key: Key) -> io::Result<()> {
        let Phase::Welcome(welcome) = &mut self.phase else {
            return self.update(Input::Key(key));
        };
        match self.start.keymap.action(&[KeyContext::Everywhere], key) {
            Some(Action::Leave) => {
                self.leave(End::Quit);
                Ok(())
            }
            Some(Action::Redraw) => self.screen.redraw(),
            Some(Action::Suspend) => {
                self.suspend();
                Ok(())
            }
            Some(Action::Lock) => {
                self.leave(End::Lock);
                Ok(())
            }
            _ => {
                let wishes = welcome.on_key(key);
                self.grant(wishes)
            }
        }
    }

    fn on_event(&mut self, event: Event) -> io::Result<()> {
        match &mut self.phase {
            // There is no session before the main screen.
            Phase::Welcome(_) => Ok(()),
            Phase::Main(_) => self.update(Input::Event(event)),
        }
    }

    fn update(&mut self, input: Input) -> io::Result<()> {
        let (Phase::Main(app), Some(live)) = (&mut self.phase, &self.live) else {
            return Ok(());
        };
        match app.update(input, &live.reader, Timestamp::now()) {
            Ok(effects) => self.execute(effects),
            Err(error) => {
                app.failed(&error);
                let effects = app.take_effects();
                self.execute(effects)
            }
        }
    }

    fn execute(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Command(id, command) => {
                    let sent = self.live.as_ref().map(|live| live.commands.send((id, command)));
                    if !matches!(sent, Some(Ok(()))) {
                        // Nobody else will say so.
                        self.update(Input::Event(unheard(id)))?;
                    }
                }
                Effect::Copy(text) => self.screen.copy(&text)?,
                Effect::Bell => self.screen.bell()?,
                Effect::Title(title) => self.screen.title(&title)?,
                Effect::Mouse(on) => self.screen.mouse(on)?,
                Effect::Redraw => self.screen.redraw()?,
                Effect::Suspend => self.suspend(),
                Effect::Lock => self.leave(End::Lock),
                Effect::Quit => self.leave(End::Quit),
            }
        }
        Ok(())
    }

    /// Has what is not stored yet stored, and ends the loop.
    fn leave(&mut self, how: End) {
        self.left = Some(how);
        self.drop_answers();
        self.keep_typed();
        let (Phase::Main(app), Some(live)) = (&mut self.phase, &self.live) else {
            return;
        };
        for effect in app.leaving() {
            if let Effect::Command(id, command) = effect {
                let _ = live.commands.send((id, command));
            }
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        if !self.screen.is_taken() {
            return Ok(());
        }
        let now = Timestamp::now();
        match (&mut self.phase, &self.live) {
            (Phase::Welcome(welcome), _) => {
                let theme = &self.theme;
                self.screen.draw(|frame| {
                    let area = frame.area();
                    if let Some(cursor) = welcome.draw(theme, area, frame.buffer_mut()) {
                        frame.set_cursor_position(cursor);
                    }
                    Table::default()
                })
            }
            (Phase::Main(app), Some(live)) => {
                let settled = app.settle(&live.reader, now);
                if let Err(error) = &settled {
                    app.failed(error);
                }
                self.screen.draw(|frame| {
                    if let Some(cursor) = view::draw(app, &live.reader, now, frame.buffer_mut()) {
                        frame.set_cursor_position(cursor);
                    }
                    app.links()
                })?;
                let effects = settled.unwrap_or_else(|_| app.take_effects());
                self.execute(effects)
            }
            (Phase::Main(_), None) => Ok(()),
        }
    }
}

/// The end of a command that no session heard.
fn unheard(command: CommandId) -> Event {
    let result = Err(StreamFailure::NoSession.into());
    Event::Done { command, result }
}

fn unreadable(error: StoreError) -> io::Error {
    io::Error::other(format!("the local database could not be read: {error}"))
}
