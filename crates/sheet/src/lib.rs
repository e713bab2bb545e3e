//! A read-back sheet: a page that one duty officer reads out and the other reads back.
//!
//! *Architecture invariant*: texts in, bytes out. It knows no message, no party, no clock and no file; whoever fills the
//! sheet has rendered and bounded what others wrote. Everything on a page lies on it: it fetches nothing and runs
//! nothing.

mod html;
mod pdf;

pub use html::html;
pub use pdf::{PdfFault, pdf};

/// A language in which a part of a sheet is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SheetLanguage {
    /// Its tag, such as `fr`.
    pub tag: String,
    /// What it calls itself.
    pub name: String,
    /// Whether it is written from right to left.
    pub right_to_left: bool,
}

/// A text in the reader's language and in English.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SheetText {
    /// What stands before it; empty: nothing.
    pub label: String,
    /// The text.
    pub text: String,
    /// Both in English; `None`: the reader's language is English.
    pub english: Option<(String, String)>,
}

/// What stands on a read-back sheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadBackSheet {
    /// What it is a sheet of.
    pub title: String,
    /// That the traffic is not meant, in large letters; `None`: it is meant.
    pub not_meant: Option<String>,
    /// The reader's language.
    pub language: SheetLanguage,
    /// Names, times, numbers to call, in English: what each is called, and what it is.
    pub facts: Vec<(String, String)>,
    /// What is said, before the parameters.
    pub head: Vec<SheetText>,
    /// The parameters, each to be read back and ticked.
    pub parameters: Vec<SheetText>,
    /// The sentences that keep it from being misread.
    pub endings: Vec<SheetText>,
    /// The text form, a field at a time, and each field letter by letter.
    pub text_form: Vec<(String, String)>,
    /// What the text form leaves out, by name: it is read from the parameters.
    pub left_out: Vec<String>,
    /// What holds of the sheet itself.
    pub rules: Vec<String>,
    /// Who fills in name, post, time and signature.
    pub signers: Vec<String>,
}

impl ReadBackSheet {
    /// The text form on one line.
    pub(crate) fn text_form(&self) -> String {
        let fields: Vec<&str> = self.text_form.iter().map(|(field, _)| field.as_str()).collect();
        fields.join(" ")
    }
}
