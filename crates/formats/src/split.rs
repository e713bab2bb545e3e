//! A JSON object cut along its one long list, so that the elements can be read one by one and on
//! several cores.
//!
//! Nothing is judged here: what is cut out is still parsed as JSON by whoever reads it. A text that is
//! cut in an unexpected way, or not at all, is read as a whole, which finds the words for what is
//! wrong with it.

/// The members of an object, one of them a list.
pub(crate) struct CutObject<'a> {
    /// Names and values of the other members.
    pub(crate) members: Vec<(&'a str, &'a str)>,
    /// The name of the list.
    pub(crate) list: &'a str,
    /// Its elements.
    pub(crate) elements: Vec<&'a str>,
}

/// The most elements that are cut out: each takes a slice.
const MAX_ELEMENTS: usize = 5_000_000;

/// What a byte is to the structure of a JSON text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Other,
    Quote,
    Open,
    Close,
}

/// The class of each byte.
const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    classes[b'"' as usize] = Class::Quote;
    classes[b'{' as usize] = Class::Open;
    classes[b'[' as usize] = Class::Open;
    classes[b'}' as usize] = Class::Close;
    classes[b']' as usize] = Class::Close;
    classes
};

/// The object in `text`, cut along the member of one of these names; `None` where there is no such
/// list, or the text is not what it should be.
pub(crate) fn split<'a>(text: &'a str, lists: &[&str]) -> Option<CutObject<'a>> {
    let mut scan = Scan { text, at: 0 };
    let mut members = Vec::new();
    let mut found: Option<(&str, Vec<&str>)> = None;
    scan.take(b'{')?;
    loop {
        let key = scan.value()?;
        let key = key.strip_prefix('"')?.strip_suffix('"')?;
        // A name with escapes may be another name.
        if key.contains(['\\', '"']) || members.iter().any(|(other, _)| *other == key) {
            return None;
        }
        scan.take(b':')?;
        if lists.contains(&key) && scan.peek()? == b'[' {
            if found.is_some() {
                return None;
            }
            found = Some((key, scan.elements()?));
        } else {
            members.push((key, scan.value()?));
        }
        match scan.next()? {
            b',' => {}
            b'}' => break,
            _ => return None,
        }
    }
    let (list, elements) = found?;
    let is_whole = scan.peek().is_none() && members.iter().all(|(key, _)| *key != list);
    is_whole.then_some(CutObject { members, list, elements })
}

/// A place in a text.
struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        let blank = |b: &&u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r');
        self.at += self.bytes()[self.at..].iter().take_while(blank).count();
        self.bytes().get(self.at).copied()
    }

    /// The same, stepped over.
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn take(&mut self, expected: u8) -> Option<()> {
        (self.next()? == expected).then_some(())
    }

    /// The text of the next value.
    fn value(&mut self) -> Option<&'a str> {
        let first = self.peek()?;
        let start = self.at;
        match CLASSES[usize::from(first)] {
            Class::Quote => self.string()?,
            Class::Open => self.nested()?,
            Class::Close => return None,
            Class::Other => {
                let ends = |b: &u8| b",]} \t\r\n:\"[{".contains(b);
                self.at += self.bytes()[self.at..].iter().position(ends)?;
                if self.at == start {
                    return None;
                }
            }
        }
        self.text.get(start..self.at)
    }

    /// Steps over a text in quotation marks.
    fn string(&mut self) -> Option<()> {
        let bytes = self.bytes();
        let mut at = self.at + 1;
        loop {
            match bytes.get(at)? {
                b'"' => break,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        Some(())
    }

    /// Steps over an object or a list.
    fn nested(&mut self) -> Option<()> {
        let bytes = self.bytes();
        let mut depth = 0_usize;
        loop {
            match CLASSES[usize::from(*bytes.get(self.at)?)] {
                Class::Other => self.at += 1,
                Class::Quote => self.string()?,
                Class::Open => {
                    depth += 1;
                    self.at += 1;
                }
                Class::Close => {
                    depth -= 1;
                    self.at += 1;
                    if depth == 0 {
                        return Some(());
                    }
                }
            }
        }
    }

    /// The elements of the list that begins here.
    fn elements(&mut self) -> Option<Vec<&'a str>> {
        self.take(b'[')?;
        let mut elements = Vec::new();
        if self.peek()? == b']' {
            self.at += 1;
            return Some(elements);
        }
        loop {
            elements.push(self.value()?);
            match self.next()? {
                b',' if elements.len() < MAX_ELEMENTS => {}
                b']' => return Some(elements),
                _ => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_cut_along_its_list() {
        let text =
            r#" { "type" : "a,]}", "features":[ {"a":[1,{"b":"\"]}"}]} ,2, [3],"x" ],"z": null } "#;
        let split = split(text, &["features"]).unwrap();
        assert_eq!(split.members, [("type", "\"a,]}\""), ("z", "null")]);
        assert_eq!(split.list, "features");
        assert_eq!(split.elements, [r#"{"a":[1,{"b":"\"]}"}]}"#, "2", "[3]", "\"x\""]);
        assert!(super::split(r#"{"features":[]}"#, &["features"]).unwrap().elements.is_empty());
    }

    #[test]
    fn what_is_not_an_object_with_one_such_list_is_not_cut() {
        for text in [
            "",
            "[1]",
            "{}",
            r#"{"features":3}"#,
            r#"{"features":[1]"#,
            r#"{"features":[1]} {}"#,
            r#"{"features":[1],"features":[2]}"#,
            r#"{"features":[1],"features":2}"#,
            r#"{"features":[1,]}"#,
            r#"{"features":[1 2]}"#,
            r#"{"features":[1],}"#,
            r#"{"features":["a]}"#,
            r#"{"fe\u0061tures":[1]}"#,
            r#"{"a":1,"a":2,"features":[1]}"#,
            r#"{"features":[}]}"#,
        ] {
            assert!(split(text, &["features"]).is_none(), "{text}");
        }
    }
}
