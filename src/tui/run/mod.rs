//! The one loop of the screen's thread: keys, the session's events and the program's answers go in; frames,
//! commands and requests come out. The only clock of the screen is read here.

use std::io;
use std::time::Duration;

use crossterm::event::{Event as TerminalEvent, KeyEventKind};
use tokio::time::Instant;
use zeroize::Zeroizing;

use self::front::{Front, Phase};
use self::terminal::Terminal;
use super::action::{Action, KeyContext};
use super::app::{Effect, Input};
use super::host::{End, Host, Start};
use super::input::{Keyboard, Typed};
use super::key::Key;
use super::loop_event::{self, LoopEvent, heard, until};
use super::outside::Outside;
use super::targets::Table;
use super::terminal::Screen;
use super::theme::{Depth, Theme};
use super::view;
use api::{CommandId, Event, Secret};
use model::{StreamFailure, Timestamp};
use signals::Waiting;

mod front;
mod terminal;

/// While only the session has news, frames are this far apart; a key is answered at once.
const FRAME: Duration = Duration::from_millis(16);
/// What is taken in at most before a frame.
const BATCH: usize = 512;

struct Loop {
    terminal: Terminal,
    keyboard: Keyboard,
    outside: Outside,
    front: Front,
    /// It was told that the session has ended.
    session_ended: bool,
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
        let screen = Screen::take(start.mouse, start.capabilities.colour, start.links)?;
        let theme = Theme::with_depth(start.capabilities, Depth::detect());
        let unicode = start.capabilities.unicode;
        let mut this = Loop {
            terminal: Terminal::new(screen),
            keyboard,
            outside,
            front: Front::new(start, door, theme),
            session_ended: false,
            left: None,
        };
        this.terminal.ask_about_emoji(unicode)?;
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
                LoopEvent::Typed(_) | LoopEvent::Answer(_) | LoopEvent::Desk(_) | LoopEvent::Frame
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
        if !self.terminal.screen.is_taken() {
            return None;
        }
        if let Some(typed) = self.keyboard.at_once().transpose() {
            return Some(loop_event::typed(typed));
        }
        let live = self.front.live.as_mut()?;
        live.events.try_recv().ok().map(LoopEvent::Event)
    }

    /// Sleeps until something happens; the person goes first.
    async fn wait(&mut self, frame: Option<Instant>) -> LoopEvent {
        let tick = match &self.front.phase {
            Phase::Main(app) => app.deadline(),
            Phase::Welcome(_) => None,
        };
        let tick = tick.map(|at| {
            let away = Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or_default();
            Instant::now() + away
        });
        let main = matches!(self.front.phase, Phase::Main(_));
        let taken = self.terminal.screen.is_taken();
        tokio::select! {
            biased;
            outside = self.outside.next() => outside,
            typed = loop_event::next(&mut self.keyboard, taken) => typed,
            answer = self.front.door.answers.recv() => answer.map_or(LoopEvent::Deserted, LoopEvent::Answer),
            told = loop_event::told(&mut self.front.desk) => LoopEvent::Desk(told),
            event = heard(&mut self.front.live, self.session_ended) => event.map_or(LoopEvent::SessionEnded, LoopEvent::Event),
            () = until(frame) => LoopEvent::Frame,
            () = until(tick), if main => LoopEvent::Tick,
        }
    }

    fn handle(&mut self, woken: LoopEvent) -> io::Result<()> {
        match woken {
            LoopEvent::Typed(Typed::Event(event)) => self.on_terminal(event),
            LoopEvent::Typed(Typed::Cursor(column, row)) => match self.terminal.answered(column, row) {
                true => self.update(Input::Widths),
                false => Ok(()),
            },
            LoopEvent::Typed(Typed::NotUtf8) => self.not_utf8(),
            LoopEvent::Resized => self.resized(),
            LoopEvent::Stop => self.terminal.stop(),
            LoopEvent::Continued => {
                self.terminal.screen.take_back()?;
                self.resized()
            }
            LoopEvent::Event(event) => self.on_event(event),
            LoopEvent::Answer(answer) => {
                let size = self.terminal.screen.size()?;
                let end = self.front.on_answer(answer, size)?;
                self.end_if(end)
            }
            LoopEvent::Desk(told) => self.update(Input::Desk(told)),
            LoopEvent::Tick => self.update(Input::Tick),
            LoopEvent::Frame => Ok(()),
            LoopEvent::SessionEnded => {
                // Its commands have nowhere to go any more; the store can still be read.
                self.session_ended = true;
                if let Phase::Main(app) = &mut self.front.phase {
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
            TerminalEvent::Paste(text) => match &mut self.front.phase {
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
        let Phase::Welcome(welcome) = &mut self.front.phase else {
            return self.update(Input::Key(key));
        };
        match self.front.start.keymap.action(&[KeyContext::Everywhere], key) {
            Some(Action::Leave) => {
                self.leave(End::Quit);
                Ok(())
            }
            Some(Action::Redraw) => self.terminal.screen.redraw(),
            Some(Action::Suspend) => {
                self.terminal.suspend();
                Ok(())
            }
            Some(Action::Lock) => {
                self.leave(End::Lock);
                Ok(())
            }
            _ => {
                let wishes = welcome.on_key(key);
                let size = self.terminal.screen.size()?;
                let end = self.front.grant(wishes, size)?;
                self.end_if(end)
            }
        }
    }

    fn on_event(&mut self, event: Event) -> io::Result<()> {
        match &mut self.front.phase {
            // There is no session before the main screen.
            Phase::Welcome(_) => Ok(()),
            Phase::Main(_) => self.update(Input::Event(event)),
        }
    }

    fn update(&mut self, input: Input) -> io::Result<()> {
        let (Phase::Main(app), Some(live)) = (&mut self.front.phase, &self.front.live) else {
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
                    let sent = self
                        .front
                        .live
                        .as_ref()
                        .map(|live| live.commands.send((id, command)));
                    if !matches!(sent, Some(Ok(()))) {
                        // Nobody else will say so.
                        self.update(Input::Event(unheard(id)))?;
                    }
                }
                Effect::Desk(task) => {
                    if let Some(desk) = &self.front.desk {
                        desk.ask(task);
                    }
                }
                Effect::Copy(text) => self.terminal.screen.copy(&text)?,
                Effect::Bell => self.terminal.screen.bell()?,
                Effect::Title(title) => self.terminal.screen.title(&title)?,
                Effect::Mouse(on) => self.terminal.screen.mouse(on)?,
                Effect::Redraw => self.terminal.screen.redraw()?,
                Effect::Suspend => self.terminal.suspend(),
                Effect::Lock => self.leave(End::Lock),
                Effect::Quit => self.leave(End::Quit),
            }
        }
        Ok(())
    }

    fn end_if(&mut self, end: Option<End>) -> io::Result<()> {
        if let Some(end) = end {
            self.leave(end);
        }
        Ok(())
    }

    /// Has what is not stored yet stored, and ends the loop.
    fn leave(&mut self, how: End) {
        self.left = Some(how);
        self.terminal.drop_answers();
        self.front.leave();
    }

    fn not_utf8(&mut self) -> io::Result<()> {
        let Some(words) = self.terminal.not_utf8() else {
            return Ok(());
        };
        match &mut self.front.phase {
            Phase::Welcome(welcome) => {
                welcome.warn(words);
                Ok(())
            }
            Phase::Main(_) => self.update(Input::Warning(words)),
        }
    }

    fn resized(&mut self) -> io::Result<()> {
        let (columns, rows) = self.terminal.resized()?;
        self.update(Input::Resize(columns, rows))
    }

    fn draw(&mut self) -> io::Result<()> {
        if !self.terminal.screen.is_taken() {
            return Ok(());
        }
        let now = Timestamp::now();
        match (&mut self.front.phase, &self.front.live) {
            (Phase::Welcome(welcome), _) => {
                let theme = &self.front.theme;
                self.terminal.screen.draw(|frame| {
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
                self.terminal.screen.draw(|frame| {
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
