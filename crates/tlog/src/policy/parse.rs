//! Reading a policy file.

use thiserror::Error;

use super::{MAX_POLICY_BYTES, MAX_POLICY_ITEMS, Node, Policy, Rule};
use crate::checkpoint::{LogKey, VerifierKeyError, WitnessKey, decimal};

/// The name that stands for no witness at all.
const NONE: &[u8] = b"none";

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] names the line and the rule.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PolicyError> {
        if bytes.len() > MAX_POLICY_BYTES {
            return Err(PolicyError::TooLong(bytes.len()));
        }
        let text = match bytes {
            [] => bytes,
            [text @ .., b'\n'] => text,
            _ => return Err(PolicyError::NoLastNewline),
        };
        let mut reader = Reader::default();
        for (n, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let at = |fault| PolicyError::Line { line: n + 1, fault };
            reader.take(line).map_err(at)?;
        }
        let quorum = reader.quorum.ok_or(PolicyError::NoQuorum)?;
        Ok(Self {
            logs: reader.logs,
            nodes: reader.nodes,
            quorum,
        })
    }
}

/// What was read so far.
#[derive(Default)]
struct Reader {
    logs: Vec<LogKey>,
    nodes: Vec<Node>,
    /// Whether each node is a member of a group already.
    taken: Vec<bool>,
    groups: usize,
    quorum: Option<Option<usize>>,
}

impl Reader {
    fn take(&mut self, line: &[u8]) -> Result<(), LineFault> {
        if let Some(at) = line.iter().position(|byte| !may_occur(*byte)) {
            return Err(LineFault::ControlCharacter(at));
        }
        let words: Vec<&[u8]> = line
            .split(|byte| matches!(byte, b' ' | b'\t'))
            .filter(|word| !word.is_empty())
            .collect();
        match words.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with(b"#") => Ok(()),
            [b"log", key] => self.log(key),
            [b"log", key, url] => {
                text(url)?;
                self.log(key)
            }
            [b"witness", name, key] => self.witness(name, key, None),
            [b"witness", name, key, url] => self.witness(name, key, Some(url)),
            [b"group", name, threshold, members @ ..] => self.group(name, threshold, members),
            [b"quorum", name] => self.quorum(name),
            [b"log" | b"witness" | b"group" | b"quorum", ..] => Err(LineFault::WrongWords),
            _ => Err(LineFault::UnknownWord),
        }
    }

    fn log(&mut self, key: &[u8]) -> Result<(), LineFault> {
        let key = LogKey::parse(text(key)?)?;
        if self.logs.len() == MAX_POLICY_ITEMS {
            return Err(LineFault::TooMany("logs"));
        }
        if self
            .logs
            .iter()
            .any(|log| log.public_bytes() == key.public_bytes())
        {
            return Err(LineFault::SameKey);
        }
        self.logs.push(key);
        Ok(())
    }

    fn witness(&mut self, name: &[u8], key: &[u8], url: Option<&[u8]>) -> Result<(), LineFault> {
        let key = WitnessKey::parse(text(key)?)?;
        let witnesses = self.nodes.len() - self.groups;
        if witnesses == MAX_POLICY_ITEMS {
            return Err(LineFault::TooMany("witnesses"));
        }
        let same = |node: &Node| match &node.rule {
            Rule::Witness(other) => other.public_bytes() == key.public_bytes(),
            Rule::Group { .. } => false,
        };
        if self.nodes.iter().any(same) {
            return Err(LineFault::SameKey);
        }
        let url = url.map(|url| text(url).map(str::to_owned)).transpose()?;
        self.define(name, url, Rule::Witness(Box::new(key)))
    }

    fn group(&mut self, name: &[u8], threshold: &[u8], members: &[&[u8]]) -> Result<(), LineFault> {
        if self.groups == MAX_POLICY_ITEMS {
            return Err(LineFault::TooMany("groups"));
        }
        let threshold = match threshold {
            b"all" => members.len(),
            b"any" => 1,
            number => std::str::from_utf8(number)
                .ok()
                .and_then(decimal)
                .and_then(|number| usize::try_from(number).ok())
                .ok_or(LineFault::BadThreshold)?,
        };
        if threshold == 0 || threshold > members.len() {
            return Err(LineFault::BadThreshold);
        }
        let mut places = Vec::with_capacity(members.len());
        for member in members {
            let place = self.find(member).ok_or(LineFault::UnknownName)?;
            if std::mem::replace(&mut self.taken[place], true) {
                return Err(LineFault::MemberTwice);
            }
            places.push(place);
        }
        let members = places;
        self.define(name, None, Rule::Group { threshold, members })?;
        self.groups += 1;
        Ok(())
    }

    fn quorum(&mut self, name: &[u8]) -> Result<(), LineFault> {
        if self.quorum.is_some() {
            return Err(LineFault::SecondQuorum);
        }
        self.quorum = Some(if name == NONE {
            None
        } else {
            Some(self.find(name).ok_or(LineFault::UnknownName)?)
        });
        Ok(())
    }

    fn define(&mut self, name: &[u8], url: Option<String>, rule: Rule) -> Result<(), LineFault> {
        if name == NONE || self.find(name).is_some() {
            return Err(LineFault::NameTaken);
        }
        self.nodes.push(Node {
            name: name.to_vec(),
            url,
            rule,
        });
        self.taken.push(false);
        Ok(())
    }

    fn find(&self, name: &[u8]) -> Option<usize> {
        self.nodes.iter().position(|node| node.name == name)
    }
}

/// The octets that may occur within a line.
const fn may_occur(byte: u8) -> bool {
    matches!(byte, b'\t' | 0x20..=0x7e | 0x80..)
}

/// A word that must be text here: keys and URLs are UTF-8, names need not be.
fn text(word: &[u8]) -> Result<&str, LineFault> {
    std::str::from_utf8(word).map_err(|_| LineFault::NotUtf8)
}

/// Why a file is not a policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum PolicyError {
    /// More than [`MAX_POLICY_BYTES`].
    #[error("the policy is {0} bytes long; at most {MAX_POLICY_BYTES} are read")]
    TooLong(usize),
    /// The last line is not ended.
    #[error("the policy does not end with a newline; it was cut")]
    NoLastNewline,
    /// There is no quorum line.
    #[error("the policy has no quorum line; \"quorum none\" asks for no witness")]
    NoQuorum,
    /// A line is not one of a policy. Lines count from 1.
    #[error("line {line} of the policy: {fault}")]
    Line {
        /// Which line.
        line: usize,
        /// What is wrong with it.
        fault: LineFault,
    },
}

/// What is wrong with a line of a policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum LineFault {
    /// A control character other than tab, at this byte of the line.
    #[error("it holds a control character at byte {0}; only tabs may occur")]
    ControlCharacter(usize),
    /// A key or URL that is not UTF-8.
    #[error("its key or URL is not UTF-8")]
    NotUtf8,
    /// It begins with another word than a policy knows.
    #[error("it does not begin with log, witness, group, quorum or #")]
    UnknownWord,
    /// Too few or too many words.
    #[error(
        "it has too few or too many words; the forms are: log KEY [URL], witness NAME KEY [URL], \
         group NAME all|any|NUMBER MEMBER…, quorum NAME"
    )]
    WrongWords,
    /// The key is not one for this line.
    #[error(transparent)]
    Key(#[from] VerifierKeyError),
    /// The key was given before, perhaps by another name.
    #[error("the same public key is on a line before; it would count twice")]
    SameKey,
    /// More than [`MAX_POLICY_ITEMS`] of a kind.
    #[error("it is one too many: at most {MAX_POLICY_ITEMS} {0} are read")]
    TooMany(&'static str),
    /// The name is defined already, or is "none".
    #[error("its name is defined before, or is \"none\"")]
    NameTaken,
    /// A name that no line before defines, or "none" as a member.
    #[error("it refers to a name that no line before it defines")]
    UnknownName,
    /// A threshold that is not all, any, or a number from 1 to the members.
    #[error("its threshold is not all, any, or a number from 1 to that of its members")]
    BadThreshold,
    /// A member of two groups, or twice of one.
    #[error("one of its members is a member already; it would count twice")]
    MemberTwice,
    /// A second quorum line.
    #[error("it is the second quorum line; there is exactly one")]
    SecondQuorum,
}
