//! A scanner over one JSON text: it validates everything, decodes nothing and hands out spans of the bytes it was given.

use super::text::plain_prefix;
use std::fmt;

/// How deeply lists and objects may nest in a subgraph's answer.
pub const MAX_DEPTH: usize = 128;

/// Why a text is not the JSON that it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Byte offset of the first byte that cannot be right.
    pub at: usize,
    /// What was expected or what is wrong there.
    pub problem: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.problem, self.at)
    }
}

/// What a JSON value looks like from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// `null`
    Null,
    /// `true`
    True,
    /// `false`
    False,
    /// A number without fraction and exponent.
    Integer,
    /// A number with fraction or exponent.
    Float,
    /// A string; its span includes both quotes.
    String,
    /// An object.
    Object,
    /// A list.
    List,
}

/// A range of bytes in the scanned text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes that the span covers in the text it was made from.
    pub fn of(self, text: &[u8]) -> &[u8] {
        &text[self.start as usize..self.end as usize]
    }
}

/// Reads a JSON text from front to back.
pub struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
}

type Scan<T> = Result<T, Malformed>;

impl<'a> Scanner<'a> {
    /// Starts at the first byte. The text must be UTF-8 and shorter than 4 GiB.
    pub fn new(text: &'a [u8]) -> Scan<Self> {
        if u32::try_from(text.len()).is_err() {
            return Err(Malformed { at: 0, problem: "text longer than 4 GiB" });
        }
        if let Err(error) = std::str::from_utf8(text) {
            return Err(Malformed { at: error.valid_up_to(), problem: "bytes that are not UTF-8" });
        }
        Ok(Self { text, at: 0, depth: 0 })
    }

    /// Starts at the first byte of a text that has been scanned before.
    pub fn trusted(text: &'a [u8]) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// Offset of the next byte to be read.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The text that is scanned.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// Skips white space and says what value comes next, from its first byte.
    pub fn peek(&mut self) -> Scan<Token> {
        self.blank();
        match self.text.get(self.at) {
            Some(b'{') => Ok(Token::Object),
            Some(b'[') => Ok(Token::List),
            Some(b'"') => Ok(Token::String),
            Some(b'n') => Ok(Token::Null),
            Some(b't') => Ok(Token::True),
            Some(b'f') => Ok(Token::False),
            Some(b'-' | b'0'..=b'9') => Ok(Token::Integer),
            _ => self.fail("expected a value"),
        }
    }

    /// Enters the object that [`Scanner::peek`] announced.
    pub fn enter_object(&mut self) -> Scan<()> {
        self.enter(b'{', "expected an object")
    }

    /// The next key of the object that was entered (without quotes, escapes untouched), positioned at its value;
    /// `None` behind the closing brace. `first` is true for the first call after entering.
    pub fn key(&mut self, first: bool) -> Scan<Option<Span>> {
        self.blank();
        if self.text.get(self.at) == Some(&b'}') {
            self.leave();
            return Ok(None);
        }
        if !first {
            self.expect(b',', "expected `,` or `}`")?;
            self.blank();
        }
        let quoted = self.string()?;
        self.blank();
        self.expect(b':', "expected `:`")?;
        Ok(Some(Span { start: quoted.start + 1, end: quoted.end - 1 }))
    }

    /// Enters the list that [`Scanner::peek`] announced.
    pub fn enter_list(&mut self) -> Scan<()> {
        self.enter(b'[', "expected a list")
    }

    /// Whether the list that was entered has a further element, positioned at it; false behind the closing bracket.
    pub fn element(&mut self, first: bool) -> Scan<bool> {
        self.blank();
        if self.text.get(self.at) == Some(&b']') {
            self.leave();
            return Ok(false);
        }
        if !first {
            self.expect(b',', "expected `,` or `]`")?;
        }
        Ok(true)
    }

    /// Reads one value that is neither object nor list.
    pub fn scalar(&mut self) -> Scan<(Token, Span)> {
        let token = self.peek()?;
        let start = self.at;
        let token = match token {
            Token::String => return self.string().map(|span| (Token::String, span)),
            Token::Null => self.word(b"null").map(|()| token)?,
            Token::True => self.word(b"true").map(|()| token)?,
            Token::False => self.word(b"false").map(|()| token)?,
            Token::Integer | Token::Float => self.number()?,
            Token::Object | Token::List => return self.fail("expected a scalar"),
        };
        Ok((token, self.span(start)))
    }

    /// Reads any one value and returns what it is and where.
    pub fn value(&mut self) -> Scan<(Token, Span)> {
        let token = self.peek()?;
        if !matches!(token, Token::Object | Token::List) {
            return self.scalar();
        }
        let start = self.at;
        self.skip_nested(token)?;
        Ok((token, self.span(start)))
    }

    /// Fails unless only white space is left.
    pub fn end(&mut self) -> Scan<()> {
        self.blank();
        if self.at == self.text.len() { Ok(()) } else { self.fail("text behind the value") }
    }

    /// Walks over an object or list without recursion; `open` remembers which bracket each level needs.
    fn skip_nested(&mut self, outer: Token) -> Scan<()> {
        let mut open = [false; MAX_DEPTH + 1];
        let floor = self.depth;
        let mut first = true;
        self.open(outer, &mut open)?;
        while self.depth > floor {
            let inside_object = open[self.depth];
            let more = if inside_object { self.key(first)?.is_some() } else { self.element(first)? };
            first = false;
            if !more {
                continue;
            }
            let token = self.peek()?;
            if matches!(token, Token::Object | Token::List) {
                self.open(token, &mut open)?;
                first = true;
            } else {
                self.scalar()?;
            }
        }
        Ok(())
    }

    fn open(&mut self, token: Token, open: &mut [bool; MAX_DEPTH + 1]) -> Scan<()> {
        if token == Token::Object {
            self.enter_object()?
        } else {
            self.enter_list()?
        }
        open[self.depth] = token == Token::Object;
        Ok(())
    }

    fn enter(&mut self, bracket: u8, problem: &'static str) -> Scan<()> {
        self.blank();
        self.expect(bracket, problem)?;
        self.depth += 1;
        if self.depth > MAX_DEPTH { self.fail("nested too deeply") } else { Ok(()) }
    }

    fn leave(&mut self) {
        self.at += 1;
        self.depth -= 1;
    }

    fn blank(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.text.get(self.at) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8, problem: &'static str) -> Scan<()> {
        if self.text.get(self.at) == Some(&byte) {
            self.at += 1;
            return Ok(());
        }
        self.fail(problem)
    }

    fn word(&mut self, word: &'static [u8]) -> Scan<()> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            return Ok(());
        }
        self.fail("expected null, true or false")
    }

    fn number(&mut self) -> Scan<Token> {
        if self.text.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        if self.text.get(self.at) == Some(&b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        let mut token = Token::Integer;
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
            token = Token::Float;
        }
        if let Some(b'e' | b'E') = self.text.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.text.get(self.at) {
                self.at += 1;
            }
            self.digits()?;
            token = Token::Float;
        }
        Ok(token)
    }

    fn digits(&mut self) -> Scan<()> {
        let start = self.at;
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        if self.at == start { self.fail("expected a digit") } else { Ok(()) }
    }

    fn string(&mut self) -> Scan<Span> {
        let start = self.at;
        self.expect(b'"', "expected a string")?;
        loop {
            self.at += plain_prefix(&self.text[self.at..]);
            match self.text.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(self.span(start));
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return self.fail("control character in a string"),
                None => return self.fail("string without end"),
            }
        }
    }

    fn escape(&mut self) -> Scan<()> {
        let length = match self.text.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') => {
                let hex = self.text.get(self.at + 2..self.at + 6).unwrap_or_default();
                if hex.len() != 4 || !hex.iter().all(u8::is_ascii_hexdigit) {
                    return self.fail("expected four hexadecimal digits");
                }
                6
            }
            _ => return self.fail("unknown escape in a string"),
        };
        self.at += length;
        Ok(())
    }

    /// Spans fit 32 bits because [`Scanner::new`] refused longer texts.
    fn span(&self, start: usize) -> Span {
        Span { start: start as u32, end: self.at as u32 }
    }

    fn fail<T>(&self, problem: &'static str) -> Scan<T> {
        Err(Malformed { at: self.at, problem })
    }
}
