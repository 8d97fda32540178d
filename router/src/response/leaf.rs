//! Result coercion of leaves: may this received value stand where the schema has that leaf, and how is it written?

use crate::execute::json::Token;
use federation::plan::{Leaf, Plan};

/// Appends the received value in the form that clients are promised. False, with nothing written, when the value
/// cannot be one of this kind.
pub(super) fn write_leaf(plan: &Plan, leaf: Leaf, token: Token, text: &[u8], out: &mut Vec<u8>) -> bool {
    let fits = match leaf {
        Leaf::Scalar => true,
        Leaf::String => token == Token::String,
        Leaf::Boolean => matches!(token, Token::True | Token::False),
        Leaf::Float => matches!(token, Token::Integer | Token::Float),
        Leaf::Enum(id) => token == Token::String && is_one_of(&plan.enums[id.index()], text),
        Leaf::Int => return write_int(token, text, out),
        Leaf::Id => return write_id(token, text, out),
        Leaf::Object(_) => false,
    };
    if fits {
        out.extend_from_slice(text);
    }
    fits
}

fn is_one_of(values: &[String], quoted: &[u8]) -> bool {
    let name = &quoted[1..quoted.len() - 1];
    values.iter().any(|value| value.as_bytes() == name)
}

/// Whole numbers may also come with a fraction of zero or an exponent (`5.0`, `1e2`), as some JSON writers print them.
fn write_int(token: Token, text: &[u8], out: &mut Vec<u8>) -> bool {
    match token {
        Token::Integer if text.len() < 10 => out.extend_from_slice(text),
        Token::Integer | Token::Float => {
            let number = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
            let whole = number
                .filter(|n| n.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(n));
            let Some(whole) = whole else { return false };
            out.extend_from_slice((whole as i32).to_string().as_bytes());
        }
        _ => return false,
    }
    true
}

fn write_id(token: Token, text: &[u8], out: &mut Vec<u8>) -> bool {
    match token {
        Token::String => out.extend_from_slice(text),
        Token::Integer => {
            out.push(b'"');
            out.extend_from_slice(text);
            out.push(b'"');
        }
        _ => return false,
    }
    true
}
