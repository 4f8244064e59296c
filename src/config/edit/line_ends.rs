//! Changes a text in lines that end in LF and leaves the ends of all other lines as they are.

/// What some editors begin a file with.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The result of `change`, which sees the text with LF alone and without a byte order mark. Lines
/// that it leaves keep their own ends; new ones get that of the first line.
pub(super) fn kept<E>(text: &str, change: impl FnOnce(&str) -> Result<String, E>) -> Result<String, E> {
    let (mark, body) = match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(body) => (&text[..BYTE_ORDER_MARK.len_utf8()], body),
        None => ("", text),
    };
    if !body.contains('\r') {
        return Ok(format!("{mark}{}", change(body)?));
    }
    let changed = change(&body.replace("\r\n", "\n"))?;
    let (old, new): (Vec<&str>, Vec<&str>) =
        (body.split_inclusive('\n').collect(), changed.split_inclusive('\n').collect());
    let is_same =
        |(old, new): (&&str, &&str)| bare(old) == bare(new) && old.ends_with('\n') == new.ends_with('\n');
    let above = old.iter().zip(&new).take_while(|it| is_same(*it)).count();
    let below =
        old[above..].iter().rev().zip(new[above..].iter().rev()).take_while(|it| is_same(*it)).count();
    let end = if old[0].ends_with("\r\n") { "\r\n" } else { "\n" };
    let mut kept = mark.to_owned();
    kept.extend(old[..above].iter().copied());
    for line in &new[above..new.len() - below] {
        kept.push_str(bare(line));
        kept.push_str(if line.ends_with('\n') { end } else { "" });
    }
    kept.extend(old[old.len() - below..].iter().copied());
    Ok(kept)
}

/// A line without its end.
fn bare(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}
