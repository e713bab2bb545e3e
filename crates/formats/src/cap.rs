//! Alerts in the form of the OASIS Common Alerting Protocol, version 1.2 (CAP): types in, bytes out.
//!
//! Section numbers are those of CAP-v1.2-os (1 July 2010). The protocol has words by which an alert says that a danger
//! is small, unlikely or over (`Minor`, `Unlikely`, `Past`, `AllClear`). There is no type for them here, so that no
//! alert can say so: whoever declares a hazard has not said how grave it is, and nobody has looked. Severity and
//! certainty are always `Unknown`.

mod area;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use quick_xml::escape::escape;

pub use area::CapArea;

use crate::document::WriteError;
use crate::kml::is_xml;
use crate::time::to_offset_second;

/// Whether an alert is meant (section 3.2.1, `status`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CapStatus {
    /// It is meant.
    Actual,
    /// It belongs to an exercise.
    Exercise,
    /// It tries the line.
    Test,
}

/// What an alert does to earlier ones (section 3.2.1, `msgType`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CapMessageType {
    /// It is the first.
    Alert,
    /// It takes the place of those that it refers to.
    Update,
    /// It takes back those that it refers to.
    Cancel,
}

/// What an alert is about (section 3.2.2, `category`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CapCategory {
    /// General emergency and public safety.
    Safety,
    /// Military and other security.
    Security,
    /// Rescue and recovery.
    Rescue,
}

/// How soon it begins (section 3.2.2, `urgency`); never that it is past.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CapUrgency {
    /// It has begun.
    Immediate,
    /// It begins within the next hour.
    Expected,
    /// It begins later.
    Future,
    /// It is not said.
    Unknown,
}

/// An alert that another one refers to (section 3.2.1, `references`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CapReference {
    /// Its sender, as that alert says it.
    pub sender: String,
    /// Its identifier.
    pub identifier: String,
    /// When it was sent, in seconds since 1970 began, UTC.
    pub sent_s: i64,
}

/// What an alert says in one language (section 3.2.2).
#[derive(Clone, PartialEq, Debug)]
pub struct CapInfo {
    /// The tag of the language (RFC 3066).
    pub language: String,
    /// What it is about.
    pub category: CapCategory,
    /// What happens.
    pub event: String,
    /// How soon.
    pub urgency: CapUrgency,
    /// From when, in seconds since 1970 began, UTC; `None`: it is not said.
    pub onset_s: Option<i64>,
    /// Until when, in the same; `None`: until something else is said.
    pub expires_s: Option<i64>,
    /// Who says it.
    pub sender_name: String,
    /// In a few words.
    pub headline: String,
    /// All of it.
    pub description: String,
    /// Whom to call; `None`: nobody is named.
    pub contact: Option<String>,
    /// What else is said, by names of the sender's own.
    pub parameters: Vec<(String, String)>,
}

/// An alert.
#[derive(Clone, PartialEq, Debug)]
pub struct CapAlert {
    /// What it is called: without gaps, commas, `<` and `&`.
    pub identifier: String,
    /// Who sends it: a name that nobody else has, without gaps, commas, `<` and `&`.
    pub sender: String,
    /// When it was sent, in seconds since 1970 began, UTC.
    pub sent_s: i64,
    /// Whether it is meant.
    pub status: CapStatus,
    /// What it does to earlier ones.
    pub message_type: CapMessageType,
    /// To whom it may be passed on: the scope is always `Restricted`, to those who need to know it for what they do.
    pub restriction: String,
    /// To whom it was sent.
    pub addresses: Vec<String>,
    /// What is to be known of it before it is read.
    pub note: Option<String>,
    /// The alerts that it updates or cancels, oldest first.
    pub references: Vec<CapReference>,
    /// The sender's own code for it, and by which name that is known (section 3.2.2, `eventCode`).
    pub event_code: (String, String),
    /// What it says, once for each language.
    pub infos: Vec<CapInfo>,
    /// Where: the same in each language.
    pub areas: Vec<CapArea>,
}

impl CapAlert {
    /// The alert as XML, in the order of elements that the schema asks for (section 3.4).
    ///
    /// # Errors
    /// When a name has a character that it must not have, an update or cancellation refers to nothing, an area cannot be
    /// drawn, an instant is in no year of four digits, or a text has a character that XML has not.
    pub fn to_xml(&self) -> Result<Vec<u8>, WriteError> {
        let fault = |what: String| WriteError { feature: self.identifier.clone(), what };
        self.check_names().map_err(fault)?;
        let time = |seconds| to_offset_second(seconds).map_err(fault);
        let mut out = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\n",
        );
        element(&mut out, "identifier", &self.identifier);
        element(&mut out, "sender", &self.sender);
        element(&mut out, "sent", &time(self.sent_s)?);
        element(&mut out, "status", status(self.status));
        element(&mut out, "msgType", message_type(self.message_type));
        element(&mut out, "scope", "Restricted");
        element(&mut out, "restriction", &self.restriction);
        if !self.addresses.is_empty() {
            element(&mut out, "addresses", &self.addresses.join(" "));
        }
        if let Some(note) = &self.note {
            element(&mut out, "note", note);
        }
        if !self.references.is_empty() {
            let mut all = Vec::new();
            for CapReference { sender, identifier, sent_s } in &self.references {
                all.push(format!("{sender},{identifier},{}", time(*sent_s)?));
            }
            element(&mut out, "references", &all.join(" "));
        }
        let areas = area::elements(&self.areas).map_err(fault)?;
        for info in &self.infos {
            out.push_str("<info>\n");
            self.write_info(&mut out, info).map_err(fault)?;
            out.push_str(&areas);
            out.push_str("</info>\n");
        }
        out.push_str("</alert>\n");
        // XML 1.0, section 2.2: most control characters cannot be written, not even by number.
        if let Some(c) = out.chars().find(|c| !is_xml(*c)) {
            return Err(fault(format!(
                "it holds {}, which XML cannot carry; remove it",
                c.escape_unicode()
            )));
        }
        Ok(out.into_bytes())
    }

    /// What stands before the areas.
    fn write_info(&self, out: &mut String, info: &CapInfo) -> Result<(), String> {
        element(out, "language", &info.language);
        element(out, "category", category(info.category));
        element(out, "event", &info.event);
        element(out, "urgency", urgency(info.urgency));
        element(out, "severity", "Unknown");
        element(out, "certainty", "Unknown");
        named(out, "eventCode", &self.event_code.0, &self.event_code.1);
        element(out, "effective", &to_offset_second(self.sent_s)?);
        if let Some(onset_s) = info.onset_s {
            element(out, "onset", &to_offset_second(onset_s)?);
        }
        if let Some(expires_s) = info.expires_s {
            element(out, "expires", &to_offset_second(expires_s)?);
        }
        element(out, "senderName", &info.sender_name);
        element(out, "headline", &info.headline);
        element(out, "description", &info.description);
        if let Some(contact) = &info.contact {
            element(out, "contact", contact);
        }
        for (name, value) in &info.parameters {
            named(out, "parameter", name, value);
        }
        Ok(())
    }

    /// Names must not fall apart where they are listed: `references` has commas and gaps between them, `addresses` gaps.
    fn check_names(&self) -> Result<(), String> {
        let of_references = self
            .references
            .iter()
            .flat_map(|one| [("reference", &one.sender), ("reference", &one.identifier)]);
        let own = [("identifier", &self.identifier), ("sender", &self.sender)];
        let addresses = self.addresses.iter().map(|one| ("address", one));
        for (what, name) in own.into_iter().chain(of_references).chain(addresses) {
            let wrong =
                |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | '<' | '&' | '"');
            if name.is_empty() || name.contains(wrong) {
                return Err(format!(
                    "the {what} `{name}` must have a character, and neither gaps, commas, quotation marks, `<` nor `&`: \
                     name it otherwise"
                ));
            }
        }
        if self.message_type != CapMessageType::Alert && self.references.is_empty() {
            return Err("an update or a cancellation must refer to an alert; name one".to_owned());
        }
        Ok(())
    }
}

fn status(status: CapStatus) -> &'static str {
    match status {
        CapStatus::Actual => "Actual",
        CapStatus::Exercise => "Exercise",
        CapStatus::Test => "Test",
    }
}

fn message_type(message_type: CapMessageType) -> &'static str {
    match message_type {
        CapMessageType::Alert => "Alert",
        CapMessageType::Update => "Update",
        CapMessageType::Cancel => "Cancel",
    }
}

fn category(category: CapCategory) -> &'static str {
    match category {
        CapCategory::Safety => "Safety",
        CapCategory::Security => "Security",
        CapCategory::Rescue => "Rescue",
    }
}

fn urgency(urgency: CapUrgency) -> &'static str {
    match urgency {
        CapUrgency::Immediate => "Immediate",
        CapUrgency::Expected => "Expected",
        CapUrgency::Future => "Future",
        CapUrgency::Unknown => "Unknown",
    }
}

/// An element that holds a text. Writing to a string cannot fail.
fn element(out: &mut String, name: &str, text: &str) {
    let text = escape(text).replace('\r', "&#13;");
    let _ = writeln!(out, "<{name}>{text}</{name}>");
}

/// An element that holds a name of the sender's own and what is under it.
fn named(out: &mut String, element_name: &str, name: &str, value: &str) {
    let _ = writeln!(out, "<{element_name}>");
    element(out, "valueName", name);
    element(out, "value", value);
    let _ = writeln!(out, "</{element_name}>");
}
