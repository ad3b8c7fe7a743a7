//! What servers and locks say in words of their own, before it is printed: letters that a terminal obeys are left out, and
//! doorcodes with them.

/// Longer than any word for why.
const LONGEST: usize = 60;
/// So many digits in a row may be a doorcode.
const DIGITS: usize = 4;

/// A server's word for why, as `device_not_found`. What is no word is not told: a code may stand there.
pub(super) fn word(text: &str) -> String {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let mut runs = text.split(|letter: char| !letter.is_ascii_digit());
    let is_word = !text.is_empty() && text.len() <= LONGEST && text.chars().all(is_letter);
    if is_word && runs.all(|digits| digits.len() < DIGITS) {
        text.to_owned()
    } else {
        "for a reason that it gives in no word".to_owned()
    }
}

/// A name that somebody gave, without what cannot be seen.
pub(super) fn name(text: &str) -> String {
    let is_unseen = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().map(|letter| if is_unseen(letter) { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_for_why_is_told_and_nothing_else() {
        for fine in ["device_not_found", "AccessCode.Invalid", "error-401"] {
            assert_eq!(word(fine), fine);
        }
        let long = "a".repeat(61);
        for other in ["", "code 4821 is taken", "code_4821", "red\u{1b}[31m", "zwei\nZeilen", &long] {
            assert_eq!(word(other), "for a reason that it gives in no word", "{other}");
        }
    }

    #[test]
    fn a_name_has_letters_that_can_be_seen() {
        assert_eq!(name("Zoë Müller"), "Zoë Müller");
        assert_eq!(name("Anna\u{1b}[2J\r\nEve\u{202e}"), "Anna [2J  Eve ");
    }
}
