//! The side that asks: it starts the process, hands the picture over, and waits no longer than it may take.

use std::ffi::OsString;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use super::child::ARGUMENT;
use super::probe::probe;
use super::wire::{DecoderAnswer, DecoderTask, LARGEST_SOURCE, Pixels, Request};
use crate::error::FilesError;

/// A picture takes a fraction of a second.
const PATIENCE: Duration = Duration::from_secs(15);
/// In so many bytes a picture says how large it is: behind the small picture and the colours in it.
const HEAD: u64 = 1 << 20;

/// Why a picture is not seen.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// No kind that is shown.
    #[error("this is no picture that can be shown here")]
    Unknown,
    #[error("the picture is too large to be shown here")]
    TooLarge,
    #[error("the picture is broken")]
    Broken,
    #[error("the picture took too long")]
    TimedOut,
    /// What is kept of it cannot be read.
    #[error(transparent)]
    Files(#[from] FilesError),
    #[error("the program that decodes pictures could not be started: {0}")]
    Start(io::Error),
}

/// A picture made smaller.
#[derive(Debug)]
pub struct Jpeg {
    pub width: u32,
    pub height: u32,
    pub bytes: Zeroizing<Vec<u8>>,
}

/// How pictures are decoded. A clone does the same.
#[derive(Debug, Clone)]
pub struct Decoder {
    program: PathBuf,
    arguments: Vec<OsString>,
    patience: Duration,
}

impl Decoder {
    /// By this program itself.
    ///
    /// # Errors
    /// It is not known which it is.
    pub fn new() -> Result<Self, PictureError> {
        // Where there is this one, it is the running program even when another has been put in its place.
        let running = Path::new("/proc/self/exe");
        match running.exists() {
            true => Ok(Self::of(running)),
            false => std::env::current_exe()
                .map(|program| Self::of(&program))
                .map_err(PictureError::Start),
        }
    }

    /// By this one, which is Susurro too.
    pub fn of(program: &Path) -> Self {
        Self {
            program: program.to_owned(),
            arguments: vec![ARGUMENT.into()],
            patience: PATIENCE,
        }
    }

    /// Its points, in no more than so many.
    pub fn pixels(
        &self,
        picture: &mut (impl Read + Seek + Send),
        (width, height): (u32, u32),
    ) -> Result<Pixels, PictureError> {
        match self.ask(picture, DecoderTask::Pixels, (width, height))? {
            DecoderAnswer::Pixels(pixels) => Ok(pixels),
            DecoderAnswer::TooLarge => Err(PictureError::TooLarge),
            _ => Err(PictureError::Broken),
        }
    }

    /// A JPEG of it in no more than so many points, the right side up, and with nothing written into it but
    /// its colours.
    pub fn smaller(
        &self,
        picture: &mut (impl Read + Seek + Send),
        (width, height): (u32, u32),
    ) -> Result<Jpeg, PictureError> {
        match self.ask(picture, DecoderTask::Jpeg, (width, height))? {
            DecoderAnswer::Jpeg { width, height, bytes } => Ok(Jpeg { width, height, bytes }),
            DecoderAnswer::TooLarge => Err(PictureError::TooLarge),
            _ => Err(PictureError::Broken),
        }
    }

    fn ask(
        &self,
        picture: &mut (impl Read + Seek + Send),
        wanted: DecoderTask,
        (width, height): (u32, u32),
    ) -> Result<DecoderAnswer, PictureError> {
        let length = picture.seek(SeekFrom::End(0)).map_err(FilesError::from)?;
        if length > LARGEST_SOURCE {
            return Err(PictureError::TooLarge);
        }
        picture.seek(SeekFrom::Start(0)).map_err(FilesError::from)?;
        let mut head = Zeroizing::new(Vec::new());
        let read = picture.by_ref().take(HEAD).read_to_end(&mut head);
        read.map_err(FilesError::from)?;
        match probe(&head) {
            None => return Err(PictureError::Unknown),
            Some(found) if !found.is_bearable() => return Err(PictureError::TooLarge),
            Some(_) => {}
        }
        picture.seek(SeekFrom::Start(0)).map_err(FilesError::from)?;
        let request = Request {
            wanted,
            width: width.max(1),
            height: height.max(1),
            length,
        };
        let mut child = self.start().map_err(PictureError::Start)?;
        let answer = converse(&mut child, picture, request, self.patience);
        // Whatever it does still: nobody listens any more.
        let _ = child.kill();
        let _ = child.wait();
        answer
    }

    fn start(&self) -> io::Result<Child> {
        Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
    }

    /// For tests: another program in its place.
    #[cfg(test)]
    pub(super) fn played_by(script: &str, patience: Duration) -> Self {
        Self {
            program: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into()],
            patience,
        }
    }
}

/// Writes, and reads beside it: either pipe may be full.
fn converse(
    child: &mut Child,
    picture: &mut (impl Read + Send),
    request: Request,
    patience: Duration,
) -> Result<DecoderAnswer, PictureError> {
    let (Some(mut to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(PictureError::Broken);
    };
    let (answers, answered) = mpsc::channel();
    thread::scope(|scope| {
        let writing = scope.spawn(move || {
            let mut piece = Zeroizing::new(vec![0; 64 * 1024]);
            request.write(&mut to).ok();
            loop {
                match picture.read(&mut piece) {
                    Ok(0) => return Ok(()),
                    // That it does not listen shows in what it says.
                    Ok(count) if to.write_all(piece.get(..count).unwrap_or_default()).is_err() => {
                        return Ok(());
                    }
                    Ok(_) => {}
                    Err(error) => return Err(FilesError::from(error)),
                }
            }
        });
        scope.spawn(move || answers.send(DecoderAnswer::read(BufReader::new(from), &request)));
        let answer = answered.recv_timeout(patience);
        // The pipes break with it, and both threads end.
        let _ = child.kill();
        if let Ok(Err(error)) = writing.join() {
            return Err(error.into());
        }
        match answer {
            Ok(answer) => answer.map_err(|_| PictureError::Broken),
            Err(_) => Err(PictureError::TimedOut),
        }
    })
}
