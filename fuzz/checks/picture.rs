//! What a picture says of itself, and what the process that decodes it says: nothing is believed that does
//! not fit, and nothing that fits says anything else when it is written again.

use susurro::files::pictures::{DecoderAnswer, DecoderTask, Request, probe};

/// The law.
pub fn picture(data: &[u8]) {
    if let Some(found) = probe(data).filter(|found| found.is_bearable()) {
        assert!(found.width > 0 && found.height > 0);
        let points = u64::from(found.width) * u64::from(found.height);
        assert!(points <= susurro::files::pictures::MOST_PIXELS);
    }
    if let Ok(request) = Request::read(data) {
        let mut again = Vec::new();
        request.write(&mut again).unwrap();
        assert!(data.starts_with(&again));
    }
    for wanted in [DecoderTask::Pixels, DecoderTask::Jpeg] {
        let request = Request {
            wanted,
            width: 64,
            height: 48,
            length: 1,
        };
        let Ok(answer) = DecoderAnswer::read(data, &request) else {
            continue;
        };
        if let DecoderAnswer::Pixels(pixels) = &answer {
            assert!(pixels.width <= 64 && pixels.height <= 48);
            assert_eq!(
                pixels.rgba.len() as u64,
                u64::from(pixels.width) * u64::from(pixels.height) * 4
            );
        }
        let mut again = Vec::new();
        answer.write(&mut again).unwrap();
        assert_eq!(DecoderAnswer::read(&again[..], &request).unwrap(), answer);
    }
}
