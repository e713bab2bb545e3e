//! C2SP tlog-policy: which logs, which witnesses, and how many of them.

use std::fmt;

use crate::checkpoint::{Checkpoint, Cosignature, SignedCheckpoint};
use crate::note::{KeyUse, NoteError, Vkey};
use crate::text::{Malformed, decimal};

/// The most bytes of a policy file.
pub const MAX_POLICY_BYTES: usize = 64 * 1024;
/// The most lines of a policy file.
pub const MAX_POLICY_LINES: usize = 1024;

const FORMAT: &str = "policy";

/// Which checkpoints to believe: signed by one of the logs, cosigned by the quorum.
///
/// As text it is written with numbers for `any` and `all`, without comments.
///
/// ```
/// use deconflict_record::{Policy, SigningKey, KeyUse, Vkey};
/// let vkey = |name, used, seed| {
///     Vkey::new(name, used, SigningKey::from_seed(&[seed; 32]).verifying_key()).unwrap()
/// };
/// let (north, south) = (vkey("north", KeyUse::Witness, 2), vkey("south", KeyUse::Witness, 3));
/// let text = format!(
///     "log {}\nwitness N {north}\nwitness S {south}\ngroup both all N S # ashore\nquorum both\n",
///     vkey("host.example/straits", KeyUse::Log, 1),
/// );
/// assert!(Policy::parse(&text).is_err()); // a comment has a line of its own
/// let policy = Policy::parse(&text.replace(" # ashore", "\n# ashore")).unwrap();
/// assert_eq!(Policy::parse(&policy.to_string()), Ok(policy));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    logs: Vec<(Vkey, Option<String>)>,
    /// Witnesses and groups, each group after its members.
    named: Vec<(String, Component)>,
    /// Which of `named`.
    quorum: Option<usize>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Component {
    Witness(Box<Vkey>, Option<String>),
    Group { at_least: usize, members: Vec<usize> },
}

/// A checkpoint that satisfies a policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AcceptedCheckpoint<'a> {
    /// The head.
    pub checkpoint: &'a Checkpoint,
    /// Which of the policy's witnesses cosigned, and when.
    pub cosignatures: Vec<Cosignature>,
}

/// Why a checkpoint does not satisfy a policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotAccepted {
    /// None of the policy's logs signed it in the name of its origin.
    Log,
    /// The signature in this known name is not its own.
    Forged(String),
    /// Too few witnesses: only these cosigned.
    Quorum(Vec<Cosignature>),
}

/// The smallest number of witnesses, out of `n`, of which any two sets share an honest one as long
/// as fewer than a third cheat: n - floor((n - 1) / 3). Of no witnesses, 0.
///
/// ```
/// use deconflict_record::smallest_quorum;
/// let smallest: Vec<usize> = (1..=10).map(smallest_quorum).collect();
/// assert_eq!(smallest, [1, 2, 3, 3, 4, 5, 5, 6, 7, 7]);
/// ```
pub fn smallest_quorum(n: usize) -> usize {
    n - n.saturating_sub(1) / 3
}

impl Policy {
    /// One log, and at least so many of the witnesses, which are named `w1`, `w2` and so on.
    ///
    /// # Errors
    /// When a key is of the wrong type or stands twice, or there are fewer witnesses than that.
    pub fn at_least(k: usize, log: &Vkey, witnesses: &[Vkey]) -> Result<Policy, Malformed> {
        let lines = witnesses.iter().enumerate().map(|(i, vkey)| format!("witness w{i} {vkey}\n"));
        let members: String = (0..witnesses.len()).map(|i| format!(" w{i}")).collect();
        let quorum = match k {
            0 => "quorum none\n".to_owned(),
            _ => format!("group quorum {k}{members}\nquorum quorum\n"),
        };
        Policy::parse(&format!("log {log}\n{}{quorum}", lines.collect::<String>()))
    }

    /// Reads a policy file. Unlike the specification, which leaves other bytes be, it must be UTF-8.
    ///
    /// # Errors
    /// When a line is none of the specification's, a name is not defined before its use or twice, a
    /// group's number does not fit, a key or a member stands twice, or there is not one quorum.
    pub fn parse(text: &str) -> Result<Policy, Malformed> {
        if text.len() > MAX_POLICY_BYTES {
            let fault = format!("{} bytes: must be at most {MAX_POLICY_BYTES}", text.len());
            return Err(Malformed::whole(FORMAT, fault));
        }
        let allowed = |c: char| !c.is_ascii_control() || c == '\t';
        let mut policy = Policy { logs: Vec::new(), named: Vec::new(), quorum: None };
        let (mut has_quorum, mut members) = (false, Vec::new());
        let lines = text
            .strip_suffix('\n')
            .ok_or_else(|| Malformed::whole(FORMAT, "must end in a newline"))?
            .split('\n');
        for (at, line) in lines.enumerate() {
            let fail = |fault: String| Malformed::line(FORMAT, at + 1, fault);
            if at == MAX_POLICY_LINES {
                return Err(fail(format!("must have at most {MAX_POLICY_LINES} lines")));
            }
            if !line.chars().all(allowed) {
                return Err(fail("has a control character".into()));
            }
            let words: Vec<&str> =
                line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
            match words[..] {
                [] => Ok(()),
                [word, ..] if word.starts_with('#') => Ok(()),
                ["log", vkey] => policy.log(vkey, None),
                ["log", vkey, url] => policy.log(vkey, Some(url)),
                ["witness", name, vkey] => policy.witness(name, vkey, None),
                ["witness", name, vkey, url] => policy.witness(name, vkey, Some(url)),
                ["group", name, k, ref of @ ..] if !of.is_empty() => {
                    policy.group(name, k, of, &mut members)
                }
                ["quorum", _] if has_quorum => Err("there is a quorum already".into()),
                ["quorum", "none"] => {
                    has_quorum = true;
                    Ok(())
                }
                ["quorum", name] => {
                    has_quorum = true;
                    policy.find(name).map(|found| policy.quorum = Some(found))
                }
                _ => {
                    Err("must be a log, witness, group or quorum line of the specification".into())
                }
            }
            .map_err(fail)?;
        }
        if has_quorum { Ok(policy) } else { Err(Malformed::whole(FORMAT, "has no quorum line")) }
    }

    fn log(&mut self, vkey: &str, url: Option<&str>) -> Result<(), String> {
        let vkey = vkey_for(KeyUse::Log, vkey)?;
        if self.logs.iter().any(|(other, _)| other.key() == vkey.key()) {
            return Err("this log's key stands there already".into());
        }
        self.logs.push((vkey, url.map(str::to_owned)));
        Ok(())
    }

    fn witness(&mut self, name: &str, vkey: &str, url: Option<&str>) -> Result<(), String> {
        let vkey = vkey_for(KeyUse::Witness, vkey)?;
        if self.witnesses().any(|other| other.key() == vkey.key()) {
            return Err("this witness's key stands there already".into());
        }
        self.define(name, Component::Witness(Box::new(vkey), url.map(str::to_owned)))
    }

    fn group(
        &mut self,
        name: &str,
        k: &str,
        of: &[&str],
        all_members: &mut Vec<usize>,
    ) -> Result<(), String> {
        let n = of.len();
        let at_least = match k {
            "any" => Some(1),
            "all" => Some(n),
            k => decimal(k).and_then(|k| usize::try_from(k).ok()),
        };
        let at_least = at_least
            .filter(|k| (1..=n).contains(k))
            .ok_or_else(|| format!("group {name}: must be any, all or a number from 1 to {n}"))?;
        let mut members = Vec::new();
        for member in of {
            let found = self.find(member)?;
            if all_members.contains(&found) {
                return Err(format!("{member} is a group's member already"));
            }
            all_members.push(found);
            members.push(found);
        }
        self.define(name, Component::Group { at_least, members })
    }

    fn define(&mut self, name: &str, named: Component) -> Result<(), String> {
        if name == "none" {
            return Err("the name none has its own meaning; take another".into());
        }
        if self.find(name).is_ok() {
            return Err(format!("{name} is defined already"));
        }
        self.named.push((name.to_owned(), named));
        Ok(())
    }

    fn find(&self, name: &str) -> Result<usize, String> {
        let found = self.named.iter().position(|(other, _)| other == name);
        found.ok_or_else(|| format!("{name} is not defined above"))
    }

    /// The keys of its logs.
    pub fn logs(&self) -> impl Iterator<Item = &Vkey> {
        self.logs.iter().map(|(vkey, _)| vkey)
    }

    /// The keys of its witnesses.
    pub fn witnesses(&self) -> impl Iterator<Item = &Vkey> {
        self.named.iter().filter_map(|(_, named)| match named {
            Component::Witness(vkey, _) => Some(&**vkey),
            Component::Group { .. } => None,
        })
    }

    /// The head, once one of the logs signed it and the quorum cosigned it.
    ///
    /// # Errors
    /// When either is missing, or a signature in a known name is not its own.
    pub fn accept<'a>(
        &self,
        signed: &'a SignedCheckpoint,
    ) -> Result<AcceptedCheckpoint<'a>, NotAccepted> {
        let mut checkpoint = None;
        for log in self.logs() {
            match signed.verify(log) {
                Ok(head) => checkpoint = Some(head),
                Err(NoteError::NotSigned) => {}
                Err(NoteError::Forged(name)) => return Err(NotAccepted::Forged(name)),
            }
        }
        let checkpoint = checkpoint.ok_or(NotAccepted::Log)?;
        Ok(AcceptedCheckpoint { checkpoint, cosignatures: self.quorum(signed)? })
    }

    /// Which of the witnesses cosigned, if the quorum did: for callers who know the log otherwise and
    /// have verified its signature.
    ///
    /// # Errors
    /// When the quorum is not reached, or a signature in a known name is not its own.
    pub fn quorum(&self, signed: &SignedCheckpoint) -> Result<Vec<Cosignature>, NotAccepted> {
        let mut cosignatures = Vec::new();
        for vkey in self.witnesses() {
            let seen = signed.cosignatures(&[vkey]).map_err(|error| match error {
                NoteError::Forged(name) => NotAccepted::Forged(name),
                NoteError::NotSigned => NotAccepted::Quorum(Vec::new()),
            })?;
            cosignatures.extend(seen);
        }
        match self.is_reached(&cosignatures) {
            true => Ok(cosignatures),
            false => Err(NotAccepted::Quorum(cosignatures)),
        }
    }

    /// Whether these cosignatures of its witnesses are as many as it asks for. Where it asks for none, always.
    pub fn is_reached(&self, cosignatures: &[Cosignature]) -> bool {
        let mut reached = Vec::<bool>::new();
        for (_, named) in &self.named {
            reached.push(match named {
                Component::Witness(vkey, _) => {
                    cosignatures.iter().any(|seen| seen.witness == vkey.name())
                }
                Component::Group { at_least, members } => {
                    // Members stand before their group.
                    members.iter().filter(|member| reached[**member]).count() >= *at_least
                }
            });
        }
        self.quorum.is_none_or(|quorum| reached[quorum])
    }

    /// Since when a quorum vouches for what was countersigned, by these cosignatures of its witnesses: in
    /// seconds, the earliest time by which as many had countersigned as it asks for, and those that had. Of `k` of
    /// some witnesses that is the `k`-th smallest time: fewer than `k` of them, however they set their clocks,
    /// cannot make it earlier than an honest one's. `None` where the quorum is not reached, or none is asked for:
    /// then nobody vouches for a time.
    pub fn reached_at<'c>(
        &self,
        cosignatures: &'c [Cosignature],
    ) -> Option<(u64, Vec<&'c Cosignature>)> {
        self.quorum?;
        let mut in_order: Vec<&Cosignature> = cosignatures.iter().collect();
        in_order.sort_by_key(|seen| seen.time_s);
        let first = (1..=in_order.len()).find(|count| {
            let by_then: Vec<Cosignature> =
                in_order[..*count].iter().map(|seen| (*seen).clone()).collect();
            self.is_reached(&by_then)
        })?;
        in_order.truncate(first);
        Some((in_order.last()?.time_s, in_order))
    }
}

fn vkey_for(used: KeyUse, text: &str) -> Result<Vkey, String> {
    let vkey = Vkey::parse(text).map_err(|error| error.to_string())?;
    if vkey.used() == used {
        return Ok(vkey);
    }
    Err(format!("key {vkey} is of type {:#04x}, must be {:#04x}", vkey.used() as u8, used as u8))
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = |url: &Option<String>| url.as_ref().map(|u| format!(" {u}")).unwrap_or_default();
        for (vkey, at) in &self.logs {
            writeln!(f, "log {vkey}{}", url(at))?;
        }
        for (name, named) in &self.named {
            match named {
                Component::Witness(vkey, at) => writeln!(f, "witness {name} {vkey}{}", url(at))?,
                Component::Group { at_least, members } => {
                    write!(f, "group {name} {at_least}")?;
                    for member in members {
                        write!(f, " {}", self.named[*member].0)?;
                    }
                    writeln!(f)?;
                }
            }
        }
        match self.quorum {
            Some(quorum) => writeln!(f, "quorum {}", self.named[quorum].0),
            None => writeln!(f, "quorum none"),
        }
    }
}

impl fmt::Display for NotAccepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotAccepted::Log => {
                f.write_str("checkpoint: none of the policy's logs signed it in its own name")
            }
            NotAccepted::Forged(name) => {
                write!(f, "checkpoint: the signature in the name of {name} is not its own")
            }
            NotAccepted::Quorum(seen) if seen.is_empty() => {
                f.write_str("checkpoint: the policy's quorum is not reached: no witness cosigned")
            }
            NotAccepted::Quorum(seen) => {
                let names: Vec<_> = seen.iter().map(|seen| seen.witness.as_str()).collect();
                let names = names.join(", ");
                write!(f, "checkpoint: the policy's quorum is not reached by {names}")
            }
        }
    }
}

impl std::error::Error for NotAccepted {}
