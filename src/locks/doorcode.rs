//! Doorcodes: how they are made, and a type that keeps them out of sight.

use zeroize::Zeroizing;

/// A doorcode. It has neither `Display` nor `Debug` nor a wire form: whoever shows one calls [`Doorcode::reveal`], and
/// every such place can be found by that name.
#[derive(Clone)]
pub struct Doorcode(Zeroizing<String>);

/// The twenty most common codes of four digits, and what people make of them with six.
/// Source: N. Berry, "PIN analysis", DataGenetics, 2012; the list of six digits is from Markert et al., "This PIN Can Be
/// Easily Guessed", IEEE S&P 2020.
const COMMON: [&str; 40] = [
    "1234", "1111", "0000", "1212", "7777", "1004", "2000", "4444", "2222", "6969", "9999", "3333", "5555",
    "6666", "1122", "1313", "8888", "4321", "2001", "1010", "123456", "654321", "111111", "000000", "123123",
    "666666", "121212", "112233", "789456", "159753", "696969", "123321", "456789", "159357", "147258",
    "101010", "987654", "131313", "520520", "200000",
];

/// What keeps a code from being used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weak {
    /// Not only digits, or not as many as the lock takes.
    Form,
    /// One digit again and again, or few that repeat.
    Repeated,
    /// Digits that count up or down.
    Run,
    /// A year.
    Year,
    /// One of the most common ones.
    Common,
    /// The number of the home.
    Unit,
    /// The code of somebody else at this lock, or the beginning of one, or one is the beginning of it.
    Taken,
}

/// How long codes are at a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digits {
    /// The shortest that the lock takes.
    pub least: u8,
    /// The longest that it takes.
    pub most: u8,
}

impl Digits {
    /// Where nothing says how long codes may be.
    pub const DEFAULT: Self = Self { least: 6, most: 6 };

    /// How long a new code should be, when so many are in use: as short as a guess that opens is less likely than one in
    /// ten thousand, so far as the lock takes that.
    #[must_use]
    pub fn length(self, codes: usize) -> u8 {
        let wanted = (codes as u64).saturating_add(1).saturating_mul(10_000);
        let enough = |length: &u8| 10u64.saturating_pow(u32::from(*length)) >= wanted;
        (self.least..=self.most).find(enough).unwrap_or(self.most)
    }
}

impl Doorcode {
    /// Takes a code that a lock or the state holds; `None` unless it is one to twenty digits.
    #[must_use]
    pub fn new(digits: Zeroizing<String>) -> Option<Self> {
        let sound = (1..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        sound.then_some(Self(digits))
    }

    /// The digits. Only for the lock, for the sealed state, and for a person who asked by name.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether it is the same code.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }

    /// Whether a text gives it away: its digits have the code in them, whatever stands between them.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        let digits: Zeroizing<String> = Zeroizing::new(text.chars().filter(char::is_ascii_digit).collect());
        digits.contains(self.0.as_str())
    }

    /// Makes a code from a random source that fills bytes.
    ///
    /// `taken` are the other codes at this lock, `unit` is the text of the person's home, whose digits are left out.
    ///
    /// # Errors
    /// When the random source fails, or the lock is so full that no code is found in a thousand tries.
    pub fn make(
        digits: Digits,
        taken: &[Self],
        unit: &str,
        fill: &mut dyn FnMut(&mut [u8]) -> Result<(), String>,
    ) -> Result<Self, String> {
        let length = digits.length(taken.len());
        for _ in 0..1000 {
            let length = usize::from(length);
            let mut code = Zeroizing::new(String::with_capacity(length));
            // Enough for most codes at once: each time costs a call of the system.
            let mut bytes = Zeroizing::new([0u8; 16]);
            while code.len() < length {
                fill(&mut *bytes)?;
                // 250 is a multiple of ten: every digit is as likely as any other.
                let even = bytes.iter().filter(|byte| **byte < 250).take(length - code.len());
                even.for_each(|byte| code.push(char::from(b'0' + byte % 10)));
            }
            let code = Self(code);
            if code.weakness(digits, taken, unit).is_none() {
                return Ok(code);
            }
        }
        Err(format!("no free doorcode of {length} digits was found: too many are in use at this lock"))
    }

    /// What keeps it from being used at a lock; `None` for a sound code.
    #[must_use]
    pub fn weakness(&self, digits: Digits, taken: &[Self], unit: &str) -> Option<Weak> {
        let code = self.0.as_bytes();
        let length = code.len();
        if length < usize::from(digits.least) || length > usize::from(digits.most) {
            return Some(Weak::Form);
        }
        let repeats =
            |period: usize| length > period && code.iter().zip(&code[period..]).all(|(a, b)| a == b);
        if repeats(1) || length >= 4 && repeats(2) || length >= 6 && repeats(3) {
            return Some(Weak::Repeated);
        }
        let steps = |by: i16| code.windows(2).all(|pair| i16::from(pair[1]) - i16::from(pair[0]) == by);
        if length >= 3 && (steps(1) || steps(-1)) {
            return Some(Weak::Run);
        }
        if length == 4 && (self.0.starts_with("19") || self.0.starts_with("20")) {
            return Some(Weak::Year);
        }
        if COMMON.contains(&self.0.as_str()) {
            return Some(Weak::Common);
        }
        let unit: String = unit.chars().filter(char::is_ascii_digit).collect();
        if unit.len() >= 3 && self.0.contains(&unit) || !unit.is_empty() && *self.0 == unit {
            return Some(Weak::Unit);
        }
        let clash =
            |other: &Self| self.0.starts_with(other.0.as_str()) || other.0.starts_with(self.0.as_str());
        taken.iter().any(clash).then_some(Weak::Taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(digits: &str) -> Doorcode {
        Doorcode::new(Zeroizing::new(digits.to_owned())).unwrap()
    }

    #[test]
    fn weak_codes_are_told_apart() {
        let digits = Digits { least: 4, most: 8 };
        let taken = [code("48213"), code("7390")];
        for (text, weak) in [
            ("111111", Some(Weak::Repeated)),
            ("4747", Some(Weak::Repeated)),
            ("381381", Some(Weak::Repeated)),
            ("3456", Some(Weak::Run)),
            ("98765", Some(Weak::Run)),
            ("1987", Some(Weak::Year)),
            ("1004", Some(Weak::Common)),
            ("159753", Some(Weak::Common)),
            ("920511", Some(Weak::Unit)),
            ("482137", Some(Weak::Taken)),
            ("4821", Some(Weak::Taken)),
            ("7390", Some(Weak::Taken)),
            ("123", Some(Weak::Form)),
            ("7391", None),
            ("19877", None),
            ("302958", None),
        ] {
            assert_eq!(code(text).weakness(digits, &taken, "unit-205C"), weak, "{text}");
        }
        assert!(Doorcode::new(Zeroizing::new("12a4".to_owned())).is_none());
        assert!(Doorcode::new(Zeroizing::new(String::new())).is_none());
    }

    #[test]
    fn codes_of_a_full_lock_are_unique_and_evenly_spread() {
        let digits = Digits { least: 4, most: 4 };
        let mut taken = Vec::new();
        let mut counts = [0usize; 10];
        for _ in 0..4000 {
            let made = Doorcode::make(digits, &taken, "unit-1", &mut |bytes| {
                getrandom::fill(bytes).map_err(|error| error.to_string())
            });
            let made = made.unwrap();
            assert!(!taken.iter().any(|other| made.same_as(other)));
            made.reveal().bytes().for_each(|digit| counts[usize::from(digit - b'0')] += 1);
            taken.push(made);
        }
        // 16,000 digits: 1,600 of each are expected, and a hundred away is more than two and a half deviations.
        assert!(counts.iter().all(|count| (1400..1800).contains(count)), "{counts:?}");
    }

    #[test]
    fn codes_grow_with_their_number() {
        let digits = Digits { least: 4, most: 8 };
        assert_eq!(digits.length(0), 4);
        assert_eq!(digits.length(400), 7);
        assert_eq!(Digits { least: 4, most: 5 }.length(100_000), 5);
    }
}
