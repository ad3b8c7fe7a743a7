//! `secret-in-repo`

use memchr::memmem;

use super::context::Context;
use super::findings::Findings;
use crate::source::Span;

/// Words that a code follows, as people write them; longer ones end in one of them.
const WORDS: [&str; 10] =
    ["code", "Code", "CODE", "pin", "Pin", "PIN", "ombination", "assword", "asswort", "ASSWORD"];
/// Codes that are no secrets.
const HARMLESS: [&str; 6] = ["zip", "post", "postal", "area", "country", "qr"];

pub(super) fn check(context: &Context<'_>, found: &mut Findings) {
    let text = context.property.sources.text();
    for span in codes(text) {
        // Nothing of what stands there is shown.
        let message = "what stands here looks like a code: whoever reads these files can open the door";
        found.push(
            found
                .about("a code in the text", span, message)
                .help("take it out and change the code: it stays readable in the history of the repository"),
        );
    }
    for contact in &context.property.contacts {
        let Some(card) = contact.card.filter(|card| is_card_number(context.property.text(*card))) else {
            continue;
        };
        let person = context.person(contact.person);
        let message =
            format!("the card of {person} looks like a card's number: whoever knows it can copy the card");
        let object = format!("person {}", person.trim_matches('`'));
        found.push(found.about(object, card, message).help(
            "write what the card is called, as the label on it says; its number belongs in the access system",
        ));
    }
}

/// Digits of four to ten places behind a word that says that they are a code.
fn codes(text: &str) -> Vec<Span> {
    let finds =
        |word: &'static str| memmem::find_iter(text.as_bytes(), word).map(move |at| (at, at + word.len()));
    WORDS
        .iter()
        .flat_map(|word| finds(word))
        .filter_map(|(start, end)| code_after(text, start, end))
        .collect()
}

fn code_after(text: &str, start: usize, end: usize) -> Option<Span> {
    let letters = |c: char| c.is_alphabetic() || c == '-' || c == '_';
    // What the word is the end of, as `doorcode`, and the word before it, as in `zip code`.
    let before = text[..start].trim_end_matches(letters);
    let stem = &text[before.len()..start];
    let previous = before.trim_end().rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let harmless = |word: &str| {
        HARMLESS.iter().any(|known| word.trim_end_matches(['-', '_']).eq_ignore_ascii_case(known))
    };
    if harmless(stem)
        || harmless(previous)
        || stem.ends_with(|c: char| c.is_alphabetic()) && text[start..end].eq_ignore_ascii_case("pin")
    {
        return None;
    }
    let rest = &text[end..];
    let gap = rest.len() - rest.trim_start_matches([' ', ':', '=', '#', '"', '\'']).len();
    let rest_after = rest[gap..].strip_prefix("is ").map_or(&rest[gap..], |rest| rest.trim_start());
    if gap == 0 {
        return None;
    }
    let at = text.len() - rest_after.len();
    let digits = rest_after.bytes().take_while(u8::is_ascii_digit).count();
    let ends =
        !rest_after[digits..].starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == ':' || c == '.');
    ((4..=10).contains(&digits) && ends).then(|| Span::new(at as u32, (at + digits) as u32))
}

/// The numbers that readers send: digits, or bytes in hexadecimal, and nothing else.
fn is_card_number(card: &str) -> bool {
    let plain: String = card.chars().filter(|c| !matches!(c, ' ' | ':' | '-' | '.')).collect();
    let digits = plain.bytes().filter(u8::is_ascii_digit).count();
    plain.len() >= 6 && plain.bytes().all(|b| b.is_ascii_hexdigit()) && digits * 2 >= plain.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_seen_and_other_numbers_are_not() {
        for text in ["door code 4821", "PIN: 120934", "# the doorcode is 7731", "Keycode=55512", "pin #9911"]
        {
            assert_eq!(codes(text).len(), 1, "{text}");
        }
        for text in [
            "zip code 60657",
            "postcode: 10435",
            "doorcodes: { capacity: 2000 }",
            "code of 2026-11-23",
            "pin 12",
            "shopping: 1234",
            "area code 2125",
            "code 12:30",
            "encode 4821x",
        ] {
            assert_eq!(codes(text), [], "{text}");
        }
    }

    #[test]
    fn cards_are_called_something() {
        assert!(is_card_number("0004829173"));
        assert!(is_card_number("04:A2:19:5B"));
        assert!(!is_card_number("blue fob 12"));
        assert!(!is_card_number("A-17"));
        assert!(!is_card_number("facade"));
    }
}
