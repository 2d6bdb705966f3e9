//! Content-codings (RFC 9110 §8.4.1): bodies that are coded or decoded as they are read, a chunk at a
//! time, so that a body that grows beyond measure waits for its reader like any other.

use bytes::Bytes;
use futures::stream::unfold;
use net::{Body, BodyError, Coding};

use super::codec::{Codec, Format};

/// The most bytes that come out at once.
const CHUNK: usize = 16 << 10;

/// Smaller chunks are copied, so that they do not hold a whole buffer.
const SMALL: usize = 4 << 10;

/// A body on its way through a codec.
struct Running {
    raw: Body,
    coding: Coding,
    codec: Codec,
    /// What the codec has not taken yet.
    input: Bytes,
    is_last: bool,
    /// The codec's stream is complete.
    ended: bool,
}

impl Running {
    fn new(raw: Body, coding: Coding, codec: Codec) -> Self {
        Self {
            raw,
            coding,
            codec,
            input: Bytes::new(),
            is_last: false,
            ended: false,
        }
    }

    /// Reads on if there is nothing left to work on.
    async fn fill(&mut self) -> Result<(), BodyError> {
        if self.input.is_empty() && !self.is_last {
            match self.raw.next().await.transpose()? {
                Some(bytes) => self.input = bytes,
                None => self.is_last = true,
            }
        }
        Ok(())
    }

    /// One step of the codec: what came out, and whether anything happened.
    fn step(&mut self) -> Result<(Bytes, bool), BodyError> {
        let mut out = vec![0; CHUNK];
        let step = self
            .codec
            .step(&self.input, self.is_last, &mut out)
            .map_err(|_| BodyError::Coding(broken(self.coding)))?;
        let _ = self.input.split_to(step.consumed);
        self.ended = step.ended;
        out.truncate(step.produced);
        let chunk = if out.len() < SMALL {
            Bytes::copy_from_slice(&out)
        } else {
            out.into()
        };
        let progress = step.consumed > 0 || step.produced > 0 || step.ended;
        Ok((chunk, progress))
    }

    async fn decode(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            self.fill().await?;
            if self.ended {
                if self.input.is_empty() {
                    return Ok(None);
                }
                // RFC 1952 §2.2: a file may have several members. Brotli has nothing like it.
                match self.coding {
                    Coding::Gzip => self.codec = decoder(self.coding),
                    Coding::Brotli => return Err(BodyError::Coding(broken(self.coding))),
                }
            }
            let (chunk, progress) = self.step()?;
            if !chunk.is_empty() {
                return Ok(Some(chunk));
            }
            if !progress && self.is_last {
                return Err(BodyError::Coding(truncated(self.coding)));
            }
        }
    }

    async fn encode(&mut self) -> Result<Option<Bytes>, BodyError> {
        while !self.ended {
            self.fill().await?;
            let (chunk, _) = self.step()?;
            if !chunk.is_empty() {
                return Ok(Some(chunk));
            }
        }
        Ok(None)
    }
}

fn decoder(coding: Coding) -> Codec {
    match coding {
        Coding::Gzip => Codec::decompress(Format::Gzip),
        Coding::Brotli => Codec::brotli_decode(),
    }
}

fn broken(coding: Coding) -> &'static str {
    match coding {
        Coding::Gzip => "Gzip decompression failed.",
        Coding::Brotli => "Brotli decompression failed.",
    }
}

fn truncated(coding: Coding) -> &'static str {
    match coding {
        Coding::Gzip => "Gzip compressed stream ended prematurely.",
        Coding::Brotli => "Brotli compressed stream ended prematurely.",
    }
}

/// What a coded body decodes to.
pub fn decoded(raw: Body, coding: Coding) -> Body {
    let running = Running::new(raw, coding, decoder(coding));
    let chunks = unfold(running, |mut running| async move {
        let chunk = running.decode().await.transpose()?;
        Some((chunk, running))
    });
    Body::stream(chunks, None)
}

/// A body in a coding. An empty one stays empty.
pub fn encoded(plain: Body, coding: Coding) -> Body {
    if plain.is_empty() {
        return plain;
    }
    let codec = match coding {
        Coding::Gzip => Codec::compress(Format::Gzip),
        Coding::Brotli => Codec::brotli_encode(),
    };
    let running = Running::new(plain, coding, codec);
    let chunks = unfold(running, |mut running| async move {
        let chunk = running.encode().await.transpose()?;
        Some((chunk, running))
    });
    Body::stream(chunks, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;

    fn collect(body: Body) -> Result<Bytes, BodyError> {
        block_on(body.collect(1 << 20))
    }

    #[test]
    fn codes_and_decodes() {
        for coding in [Coding::Gzip, Coding::Brotli] {
            let text = "text ".repeat(10_000);
            let coded = collect(encoded(Body::from(text.clone()), coding)).unwrap();
            assert!(coded.len() < text.len() / 10);
            assert_eq!(
                collect(decoded(Body::from(coded.clone()), coding)).unwrap(),
                text
            );
            let short = coded.slice(..coded.len() - 1);
            assert!(matches!(
                collect(decoded(Body::from(short), coding)),
                Err(BodyError::Coding(_))
            ));
            let lazy = Body::coded(Body::from(coded.clone()), coding, decoded);
            assert_eq!(collect(lazy.into_coded(coding).unwrap()).unwrap(), coded);
            let lazy = Body::coded(Body::from(coded), coding, decoded);
            assert_eq!(collect(lazy).unwrap(), text);
        }
    }

    #[test]
    fn gzip_has_members() {
        let one = collect(encoded(Body::from("a"), Coding::Gzip)).unwrap();
        let two = [&one[..], &one[..]].concat();
        assert_eq!(
            collect(decoded(Body::from(two), Coding::Gzip)).unwrap(),
            "aa"
        );
        let junk = [&one[..], b"abc"].concat();
        assert!(collect(decoded(Body::from(junk), Coding::Gzip)).is_err());
        assert!(collect(decoded(Body::empty(), Coding::Gzip)).is_err());
    }

    #[test]
    fn nothing_stays_nothing() {
        assert_eq!(collect(encoded(Body::empty(), Coding::Gzip)).unwrap(), "");
    }
}
