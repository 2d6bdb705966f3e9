//! The `Sec-WebSocket-Extensions` header (RFC 7692 §7): offers, answers, and what both sides can live with.

/// How a connection's messages are deflated, as seen from this side of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parameters {
    /// The peer starts afresh with each message.
    pub inbound_no_context: bool,
    /// This side starts afresh with each message.
    pub outbound_no_context: bool,
    pub inbound_bits: Option<u8>,
    pub outbound_bits: Option<u8>,
}

const NAME: &str = "permessage-deflate";

/// Whose message a header is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Offer,
    Answer,
}

impl Parameters {
    /// The same agreement as seen from the other side.
    pub fn swapped(self) -> Self {
        Self {
            inbound_no_context: self.outbound_no_context,
            outbound_no_context: self.inbound_no_context,
            inbound_bits: self.outbound_bits,
            outbound_bits: self.inbound_bits,
        }
    }

    /// One extension of a header, as a server reads an offer. `None` if it is another extension or not valid.
    fn parse(extension: &str, form: Form) -> Option<Self> {
        let mut parts = extension
            .split(';')
            .map(|part| part.trim_matches([' ', '\t']));
        if parts.next() != Some(NAME) {
            return None;
        }
        let (mut client, mut server) = (Side::default(), Side::default());
        for part in parts {
            let (key, value) = match part.split_once('=') {
                Some((key, value)) => (key.trim(), Some(value.trim())),
                None => (part, None),
            };
            let (side, property) = match (key.strip_prefix("client_"), key.strip_prefix("server_"))
            {
                (Some(property), _) => (&mut client, property),
                (_, Some(property)) => (&mut server, property),
                _ => return None,
            };
            match (property, value) {
                ("no_context_takeover", None) if !side.no_context => side.no_context = true,
                ("max_window_bits", value) if side.bits.is_none() => {
                    side.bits = Some(match value {
                        Some(value) => Some(bits(value)?),
                        None => None,
                    });
                }
                _ => return None,
            }
        }
        let server_bits = match server.bits {
            Some(None) => return None,
            Some(bits) => bits,
            None => None,
        };
        let client_bits = match client.bits {
            // A client may say no more than that it could limit its window.
            Some(None) if form == Form::Offer => Some(15),
            Some(None) => return None,
            Some(bits) => bits,
            None => None,
        };
        let as_server = Self {
            inbound_no_context: client.no_context,
            outbound_no_context: server.no_context,
            inbound_bits: client_bits,
            outbound_bits: server_bits,
        };
        Some(match form {
            Form::Offer => as_server,
            Form::Answer => as_server.swapped(),
        })
    }

    /// A server's answer.
    pub(crate) fn to_answer(self) -> String {
        let mut text = NAME.to_owned();
        flag(&mut text, "client", self.inbound_no_context);
        flag(&mut text, "server", self.outbound_no_context);
        window(&mut text, "client", self.inbound_bits);
        window(&mut text, "server", self.outbound_bits);
        text
    }

    /// A client's offer.
    pub(crate) fn to_offer(self) -> String {
        self.swapped().to_answer()
    }
}

#[derive(Default)]
struct Side {
    no_context: bool,
    /// Named, with or without a value.
    bits: Option<Option<u8>>,
}

fn bits(value: &str) -> Option<u8> {
    let bits: u8 = value.parse().ok()?;
    (8..=15).contains(&bits).then_some(bits)
}

fn flag(text: &mut String, side: &str, on: bool) {
    if on {
        text.push_str("; ");
        text.push_str(side);
        text.push_str("_no_context_takeover");
    }
}

fn window(text: &mut String, side: &str, bits: Option<u8>) {
    if let Some(bits) = bits {
        text.push_str("; ");
        text.push_str(side);
        text.push_str("_max_window_bits=");
        text.push_str(&bits.to_string());
    }
}

/// What a server that would like `wanted` answers to a client's `offered`: the first offer that it can meet.
/// Both are values of the header.
pub(crate) fn negotiate(offered: &str, wanted: &str) -> Option<Parameters> {
    let wanted = offers_as_server(wanted).next()?;
    offers_as_server(offered).find_map(|offer| meet(offer, wanted))
}

fn offers_as_server(header: &str) -> impl Iterator<Item = Parameters> {
    header
        .split(',')
        .filter_map(|extension| Parameters::parse(extension.trim(), Form::Offer))
}

/// The valid offers of a header that a client wants to send, as the client sees them.
pub(crate) fn offers(header: &str) -> Vec<Parameters> {
    offers_as_server(header).map(Parameters::swapped).collect()
}

fn meet(offer: Parameters, wanted: Parameters) -> Option<Parameters> {
    let least = |a: Option<u8>, b: Option<u8>| Some(a?.min(b?));
    // What the client demands of the server's side, the server must be willing to do.
    if offer.outbound_no_context && !wanted.outbound_no_context {
        return None;
    }
    if offer.outbound_bits.is_some() && wanted.outbound_bits.is_none() {
        return None;
    }
    Some(Parameters {
        inbound_bits: least(offer.inbound_bits, wanted.inbound_bits),
        outbound_bits: least(offer.outbound_bits, wanted.outbound_bits).or(wanted.outbound_bits),
        ..wanted
    })
}

/// What a client whose first offer was `offer` makes of a server's answer.
///
/// # Errors
/// Why the handshake has failed.
pub(crate) fn agreed(offer: Option<Parameters>, answer: &str) -> Result<Parameters, &'static str> {
    let Some(offer) = offer else {
        return Err("added Sec-WebSocket-Extensions when client did not offer any.");
    };
    if answer.contains(',') {
        return Err(
            "expected exactly one extension (permessage-deflate) but received more than one.",
        );
    }
    let answer = answer.trim();
    if answer.split(';').next().map(str::trim) != Some(NAME) {
        return Err(
            "response included a Sec-WebSocket-Extensions value that was not permessage-deflate.",
        );
    }
    let Some(mut parameters) = Parameters::parse(answer, Form::Answer) else {
        return Err(
            "the Sec-WebSocket-Extensions header in the Response included an invalid value.",
        );
    };
    // A server may pass over what the client has offered to limit; the client limits itself all the same.
    parameters.outbound_no_context |= offer.outbound_no_context;
    parameters.outbound_bits = match (parameters.outbound_bits, offer.outbound_bits) {
        (Some(answered), Some(offered)) => Some(answered.min(offered)),
        (answered, offered) => answered.or(offered),
    };
    Ok(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(offered: &str, wanted: &str) -> Option<String> {
        negotiate(offered, wanted).map(Parameters::to_answer)
    }

    #[test]
    fn answers_the_first_offer_that_can_be_met() {
        let plain = "permessage-deflate";
        assert_eq!(answer(plain, plain).as_deref(), Some(plain));
        assert_eq!(answer("x-webkit-deflate-frame", plain), None);
        assert_eq!(
            answer("permessage-deflate; client_max_window_bits", plain).as_deref(),
            Some(plain)
        );
        let chrome = "permessage-deflate; client_max_window_bits";
        assert_eq!(
            answer(chrome, chrome).as_deref(),
            Some("permessage-deflate; client_max_window_bits=15")
        );
        let strict = "permessage-deflate; server_max_window_bits=10";
        assert_eq!(answer(strict, plain), None);
        assert_eq!(
            answer(&format!("{strict}, {plain}"), plain).as_deref(),
            Some(plain)
        );
        assert_eq!(
            answer("permessage-deflate; server_no_context_takeover", plain),
            None
        );
    }

    #[test]
    fn passes_over_offers_that_are_not_valid() {
        for offer in [
            "permessage-deflate; client_max_window_bits=7",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=",
            "permessage-deflate; nonsense",
            "permessage-deflate; client_no_context_takeover=1",
            "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
        ] {
            assert_eq!(answer(offer, "permessage-deflate"), None, "{offer}");
        }
    }

    #[test]
    fn a_client_checks_the_answer() {
        let plain = Some(Parameters::default());
        assert_eq!(
            agreed(plain, "permessage-deflate"),
            Ok(Parameters::default())
        );
        assert!(agreed(None, "permessage-deflate").is_err());
        assert!(agreed(plain, "x").is_err());
        assert!(agreed(plain, "permessage-deflate, permessage-deflate").is_err());
        assert!(agreed(plain, "permessage-deflate; client_max_window_bits").is_err());
        let parameters = agreed(plain, "permessage-deflate; server_no_context_takeover");
        assert!(parameters.is_ok_and(|it| it.inbound_no_context && !it.outbound_no_context));
    }
}
