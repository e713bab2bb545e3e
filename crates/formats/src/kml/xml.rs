//! XML in bounded memory: a stream of tokens, and small trees where a whole element is needed.
//!
//! No document type is accepted, so there are no entities to expand beyond XML's own five.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

use crate::document::{ReadError, SourcePlace};

/// The deepest nesting of elements.
const MAX_DEPTH: usize = 100;
/// The most elements in one tree (a placemark).
pub(super) const MAX_TREE_ELEMENTS: usize = 500_000;
/// The most attributes of one element that are looked at.
const MAX_ATTRIBUTES: usize = 50;

/// A reader of XML text that knows its line.
pub(super) struct Xml<'a> {
    text: &'a str,
    reader: quick_xml::Reader<&'a [u8]>,
    depth: usize,
    line: usize,
    counted: usize,
}

/// What comes next.
pub(super) enum Token<'a> {
    /// An element begins.
    Open(Start<'a>),
    /// The element that was opened last and not closed yet ends.
    Close,
    /// Text inside the current element, entities resolved.
    Text(Cow<'a, str>),
    /// The input ends, and every element is closed.
    End,
}

/// The beginning of an element.
pub(super) struct Start<'a> {
    /// Its name without the prefix.
    pub(super) name: String,
    /// Its attributes, without prefixes.
    pub(super) attributes: Vec<(String, Cow<'a, str>)>,
    /// The line that it begins on.
    pub(super) line: usize,
}

/// A whole element.
pub(super) struct Element<'a> {
    /// Its beginning.
    pub(super) start: Start<'a>,
    /// The text directly inside it.
    pub(super) text: Cow<'a, str>,
    /// The elements directly inside it.
    pub(super) children: Vec<Element<'a>>,
}

impl<'a> Xml<'a> {
    /// A reader at the beginning of `text`.
    pub(super) fn new(text: &'a str) -> Xml<'a> {
        let mut reader = quick_xml::Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Xml { text, reader, depth: 0, line: 1, counted: 0 }
    }

    /// The next token; comments and processing instructions are stepped over.
    ///
    /// # Errors
    /// When the text is not well-formed, nested too deep, or has a document type, an entity of its
    /// own or another encoding than UTF-8. Reading cannot go on after an error.
    pub(super) fn next(&mut self) -> Result<Token<'a>, ReadError> {
        loop {
            let line = self.line_here();
            let event = self.reader.read_event().map_err(|e| {
                refused(
                    self.line_here(),
                    format!("not well-formed XML: {e}; correct it or export the file again"),
                )
            })?;
            match event {
                Event::Start(start) => {
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        return Err(refused(
                            line,
                            format!(
                                "elements are nested more than {MAX_DEPTH} deep; flatten the file"
                            ),
                        ));
                    }
                    return open(&start, line).map(Token::Open);
                }
                Event::End(_) => {
                    self.depth -= 1;
                    return Ok(Token::Close);
                }
                Event::Text(text) => return Ok(Token::Text(text.xml10_content())),
                Event::CData(text) => return Ok(Token::Text(text.xml10_content())),
                Event::GeneralRef(reference) => {
                    return entity(&reference, line).map(|text| Token::Text(text.into()));
                }
                Event::Decl(declaration) => check_encoding(&declaration, line)?,
                Event::DocType(_) => {
                    return Err(refused(
                        line,
                        "a document type (<!DOCTYPE ...>) is not accepted; remove it".to_owned(),
                    ));
                }
                Event::Eof if self.depth > 0 => {
                    return Err(refused(
                        line,
                        "the file ends inside an element; it is cut off, so fetch or export it again"
                            .to_owned(),
                    ));
                }
                Event::Eof => return Ok(Token::End),
                Event::Comment(_) | Event::PI(_) | Event::Empty(_) => {}
            }
        }
    }

    /// The rest of the element that was just opened.
    ///
    /// # Errors
    /// As [`Xml::next`], and when the element has too many parts.
    pub(super) fn tree(&mut self, start: Start<'a>) -> Result<Element<'a>, ReadError> {
        let mut elements = 0;
        self.subtree(start, &mut elements)
    }

    /// One element of a tree; `elements` counts those read so far. As deep as [`MAX_DEPTH`].
    fn subtree(
        &mut self,
        start: Start<'a>,
        elements: &mut usize,
    ) -> Result<Element<'a>, ReadError> {
        *elements += 1;
        if *elements > MAX_TREE_ELEMENTS {
            return Err(refused(
                start.line,
                format!("more than {MAX_TREE_ELEMENTS} elements in one placemark; split it"),
            ));
        }
        let mut element = Element { start, text: Cow::Borrowed(""), children: Vec::new() };
        loop {
            match self.next()? {
                Token::Open(start) => {
                    let child = self.subtree(start, elements)?;
                    element.children.push(child);
                }
                Token::Text(text) if element.text.is_empty() => element.text = text,
                Token::Text(text) => element.text.to_mut().push_str(&text),
                Token::Close | Token::End => return Ok(element),
            }
        }
    }

    /// Steps over the rest of the element that was just opened.
    ///
    /// # Errors
    /// As [`Xml::next`].
    pub(super) fn skip(&mut self) -> Result<(), ReadError> {
        let outside = self.depth - 1;
        while self.depth > outside {
            self.next()?;
        }
        Ok(())
    }

    /// The line that the reader has come to.
    pub(super) fn line_here(&mut self) -> usize {
        let here = usize::try_from(self.reader.buffer_position())
            .map_or(self.text.len(), |position| position.min(self.text.len()));
        let passed = &self.text.as_bytes()[self.counted..here];
        self.line += passed.iter().filter(|b| **b == b'\n').count();
        self.counted = here;
        self.line
    }
}

impl<'a> Element<'a> {
    /// The first child of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Element<'a>> {
        self.children.iter().find(|c| c.start.name == name)
    }

    /// The trimmed text of the first child of that name.
    pub(super) fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|c| c.text.trim())
    }

    /// The value of the attribute of that name.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.start.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| &**value)
    }
}

/// An error at a line.
pub(super) fn refused(line: usize, what: String) -> ReadError {
    ReadError::new(SourcePlace::Line(line), None, what)
}

/// The name and the attributes that an element begins with.
fn open<'a>(start: &BytesStart<'a>, line: usize) -> Result<Start<'a>, ReadError> {
    let mut attributes = Vec::new();
    // The duplicate check compares each with each: not on input that may hold a million of them.
    for attribute in start.attributes().with_checks(false).take(MAX_ATTRIBUTES) {
        let attribute = attribute.map_err(|e| {
            refused(line, format!("not well-formed XML: {e}; correct it or export the file again"))
        })?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|e| {
            refused(line, format!("not well-formed XML: {e}; correct it or export the file again"))
        })?;
        let name = attribute.key.local_name().as_ref().to_owned();
        attributes.push((name, Cow::Owned(value.into_owned())));
    }
    Ok(Start { name: start.local_name().as_ref().to_owned(), attributes, line })
}

/// The character that an entity stands for.
fn entity(reference: &BytesRef<'_>, line: usize) -> Result<String, ReadError> {
    let character = reference.resolve_char_ref().map_err(|e| {
        refused(line, format!("not well-formed XML: {e}; correct it or export the file again"))
    })?;
    if let Some(character) = character {
        return Ok(character.to_string());
    }
    resolve_predefined_entity(reference).map(str::to_owned).ok_or_else(|| {
        let name: String = reference.chars().take(40).collect();
        refused(
            line,
            format!("unknown entity `&{name};`; write the character itself or its number, &#...;"),
        )
    })
}

/// Refuses an encoding that the bytes, which are UTF-8, do not have.
fn check_encoding(declaration: &BytesDecl<'_>, line: usize) -> Result<(), ReadError> {
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(name)) if ["utf-8", "utf8", "us-ascii"].contains(&&*name.to_ascii_lowercase()) => {
            Ok(())
        }
        Some(Ok(name)) => Err(refused(
            line,
            format!(
                "the declared encoding `{}` is not read; save the file as UTF-8",
                crate::attributes::clip(&name)
            ),
        )),
        Some(Err(e)) => {
            Err(refused(line, format!("not well-formed XML: {e}; correct the XML declaration")))
        }
    }
}
