//! What keeps a message from being read, and the way out.

/// Why a message is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailRule {
    /// The name says e-mail; the content says otherwise.
    #[error("the file is named as e-mail, but does not begin with the header of one")]
    NotMail,
    /// It is encrypted, or signed in a way that wraps it up.
    #[error("the message is encrypted, or wrapped up in its signature")]
    Encrypted,
    /// A multipart message whose parts cannot be told, or do not end.
    #[error("the parts of the message are not parted as it says, or their end is missing")]
    Parts,
    /// A part that is not in the encoding or the characters it says.
    #[error("a part of the message is not in the encoding or character set that it says")]
    Encoding,
    /// Neither text nor attachment.
    #[error("the message has neither text nor attachments")]
    Nothing,
}

impl MailRule {
    /// What the person who files can do.
    pub(crate) const fn remedy(&self) -> &'static str {
        match self {
            Self::NotMail => "Export the message as a file of its own (.eml)",
            Self::Encrypted => "Have a recipient decrypt it and save it decrypted",
            Self::Parts | Self::Encoding => "Check that it was copied whole, or export it anew",
            Self::Nothing => "Check that it was exported with its content",
        }
    }
}
