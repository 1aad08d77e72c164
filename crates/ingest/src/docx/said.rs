//! What is in a file and not, or not plainly, in its text: told in one sentence, so that nothing is left out unseen.

use strongroom_record::limits::HEADER_VALUE_MAX_BYTES;

/// Counts of what a reader of the record would not see.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said {
    pub(super) insertions: usize,
    pub(super) deletions: usize,
    pub(super) hidden: usize,
    pub(super) comments: usize,
    pub(super) pictures: usize,
    pub(super) charts: usize,
    pub(super) objects: usize,
}

impl Said {
    /// The sentence; nothing if there is nothing to say.
    pub(super) fn sentence(&self) -> Option<String> {
        let told = [
            (self.insertions, "tracked insertion", "read as text"),
            (self.deletions, "tracked deletion", "left out"),
            (self.hidden, "hidden passage", "read as text"),
            (self.comments, "comment", "after the text"),
            (self.pictures, "picture", "left out"),
            (self.charts, "chart or diagram", "left out"),
            (self.objects, "embedded object", "left out"),
        ];
        let told: Vec<String> = told
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, what, fate)| {
                let many = match (count, what) {
                    (1, _) => what.to_owned(),
                    (_, "chart or diagram") => "charts or diagrams".to_owned(),
                    _ => format!("{what}s"),
                };
                format!("{count} {many} {fate}")
            })
            .collect();
        (!told.is_empty()).then(|| format!("Taken from a Word file: {}.", told.join("; ")))
    }
}

/// What the document says of how it came about, and what is said of the file.
pub(crate) fn together(document: Option<String>, file: Option<String>) -> Option<String> {
    match (document, file) {
        (Some(document), Some(file)) if document.len() + file.len() < HEADER_VALUE_MAX_BYTES => {
            Some(format!("{document} {file}"))
        }
        (document, file) => file.or(document),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences() {
        assert_eq!(Said::default().sentence(), None);
        let said = Said {
            insertions: 1,
            deletions: 2,
            charts: 2,
            ..Said::default()
        };
        assert_eq!(
            said.sentence().unwrap(),
            "Taken from a Word file: 1 tracked insertion read as text; 2 tracked deletions left out; 2 charts or diagrams left out."
        );
    }
}
