//! The payout file: comma-separated, one payout per line, checked line by line.

use std::collections::BTreeMap;

/// The columns, in any order.
const COLUMNS: [&str; 6] = ["phone", "accountNumber", "amount", "penalty", "incentive", "payoutCycle"];

/// The longest file, in lines.
const MAX_LINES: usize = 5_000;

/// A line as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its number in the file; the header is line 1.
    pub(crate) number: i32,
    /// In E.164.
    pub(crate) mobile: String,
    /// As in the file.
    pub(crate) account: String,
    pub(crate) amount_paise: i64,
    pub(crate) penalty_paise: i64,
    pub(crate) incentive_paise: i64,
    pub(crate) cycle: String,
}

/// A line that can't be paid.
#[derive(Debug, Clone, PartialEq, Eq, async_graphql::SimpleObject)]
pub(crate) struct PayoutProblem {
    /// The line in the file; the header is line 1.
    pub(crate) line: i32,
    /// The column at fault.
    pub(crate) column: Option<String>,
    /// What is wrong.
    pub(crate) message: String,
}

fn problem(line: i32, column: &str, message: &str) -> PayoutProblem {
    PayoutProblem { line, column: Some(column.to_owned()), message: message.to_owned() }
}

/// Reads a file. Errors of the file as a whole come as text, those of a line as a problem beside the good lines.
pub(crate) fn parse(text: &str) -> Result<(Vec<Line>, Vec<PayoutProblem>), String> {
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let header: Vec<String> = split(lines.next().unwrap_or_default());
    let mut places = BTreeMap::new();
    for column in COLUMNS {
        let place = header.iter().position(|name| name.eq_ignore_ascii_case(column));
        places.insert(column, place.ok_or_else(|| format!("The first line must name the column {column}"))?);
    }
    if text.lines().count() > MAX_LINES + 1 {
        return Err(format!("At most {MAX_LINES} payouts at a time"));
    }
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (index, line) in lines.enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let cells = split(line);
        let number = i32::try_from(index + 2).unwrap_or(i32::MAX);
        let cell = |column: &str| cells.get(places[column]).map_or("", String::as_str);
        match parse_line(number, cell) {
            Ok(line) => good.push(line),
            Err(problem) => bad.push(problem),
        }
    }
    Ok((good, bad))
}

fn parse_line<'a>(number: i32, cell: impl Fn(&str) -> &'a str) -> Result<Line, PayoutProblem> {
    let mobile = crate::input::phone(cell("phone"), "phone")
        .map_err(|_| problem(number, "phone", "A mobile number has 10 digits"))?;
    let amount = |column: &str| match cell(column) {
        "" if column != "amount" => Ok(0),
        text => rupees(text)
            .ok_or_else(|| problem(number, column, "An amount is rupees with at most two decimals")),
    };
    let amount_paise = amount("amount")?;
    if amount_paise == 0 {
        return Err(problem(number, "amount", "There is nothing to pay"));
    }
    let cycle = crate::input::text(cell("payoutCycle"), "payoutCycle", 100)
        .map_err(|_| problem(number, "payoutCycle", "A payout names its cycle, in at most 100 characters"))?;
    Ok(Line {
        number,
        mobile,
        account: cell("accountNumber").to_owned(),
        amount_paise,
        penalty_paise: amount("penalty")?,
        incentive_paise: amount("incentive")?,
        cycle,
    })
}

/// Rupees with at most two decimals as paise, exactly.
fn rupees(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 7 || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let paise: i64 = format!("{part:0<2}").parse().ok()?;
    Some(whole.parse::<i64>().ok()? * 100 + paise)
}

/// The cells of a line; a cell may stand in double quotes, with commas inside and "" for a quote.
fn split(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        let cell = cells.last_mut().map_or_else(String::new, std::mem::take);
        let next = match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell + "\""
            }
            '"' => {
                quoted = !quoted;
                cell
            }
            ',' if !quoted => {
                cells.pop();
                cells.push(cell.trim().to_owned());
                cells.push(String::new());
                continue;
            }
            other => {
                let mut cell = cell;
                cell.push(other);
                cell
            }
        };
        cells.pop();
        cells.push(next);
    }
    if let Some(last) = cells.last_mut() {
        *last = last.trim().to_owned();
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_line_by_line_with_its_problems() {
        let text = "phone,accountNumber,amount,penalty,incentive,payoutCycle\n\
            9000000001,\"000111222333\",1234.50,,100,\"Week 4, January\"\n\
            \n\
            12,000111222333,10,0,0,W4\n\
            9000000001,000111222333,10.005,0,0,W4\n\
            9000000001,000111222333,0,0,0,W4\n\
            9000000001,000111222333,10,0,0,\n";
        let (good, bad) = parse(text).unwrap();
        let line = Line {
            number: 2,
            mobile: "+919000000001".into(),
            account: "000111222333".into(),
            amount_paise: 123_450,
            penalty_paise: 0,
            incentive_paise: 10_000,
            cycle: "Week 4, January".into(),
        };
        assert_eq!(good, [line]);
        let faults: Vec<(i32, &str)> =
            bad.iter().map(|bad| (bad.line, bad.column.as_deref().unwrap())).collect();
        assert_eq!(faults, [(4, "phone"), (5, "amount"), (6, "amount"), (7, "payoutCycle")]);
    }

    #[test]
    fn columns_may_come_in_any_order_and_must_all_be_there() {
        let (good, _) =
            parse("payoutCycle,amount,phone,accountNumber,incentive,penalty\nW4,5,9000000001,1,2,3").unwrap();
        assert_eq!((good[0].amount_paise, good[0].incentive_paise, good[0].penalty_paise), (500, 200, 300));
        assert!(parse("phone,amount\n").unwrap_err().contains("accountNumber"));
        assert!(parse("").is_err());
    }

    #[test]
    fn rupees_are_exact() {
        for (text, paise) in [
            ("1", Some(100)),
            ("0.5", Some(50)),
            ("12.34", Some(1_234)),
            ("1.234", None),
            ("-1", None),
            ("1e3", None),
            ("", None),
            (".5", None),
        ] {
            assert_eq!(rupees(text), paise, "{text}");
        }
    }
}
