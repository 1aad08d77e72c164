//! Codes of nations and organisations, from the policy.

use super::{Building, Code, CodeId, CodeKind, CodesEntry, Grammar, PolicyError, Text, escaped};
use crate::limits::GRAMMAR_CODES_MAX;

impl Building<'_> {
    pub(in crate::grammar) fn codes(&mut self, entry: &CodesEntry) -> Result<(), PolicyError> {
        let kind = crate::policy::index(self.grammar.kinds.len());
        if self
            .kinds
            .insert(entry.name.get_ref().clone(), kind)
            .is_some()
            || kind == u8::MAX
        {
            return Err(self.refuse(&entry.name, "codes of this name are listed already"));
        }
        self.grammar.kinds.push(CodeKind {
            says: entry.says.as_str().into(),
        });
        for text in &entry.values {
            let id = self.grammar.codes.len();
            if id == GRAMMAR_CODES_MAX {
                return Err(self.refuse(
                    text,
                    format!("a grammar may have {GRAMMAR_CODES_MAX} codes"),
                ));
            }
            let name = self.loader.name(text)?;
            let id = CodeId(u16::try_from(id).expect("the limit is below it"));
            if self
                .grammar
                .code_by_text
                .insert(name.as_str().into(), id)
                .is_some()
            {
                return Err(self.refuse(text, format!("the code `{name}` is listed already")));
            }
            self.grammar.codes.push(Code {
                text: name.as_str().into(),
                kind,
                expands: Vec::new(),
            });
        }
        Ok(())
    }

    pub(in crate::grammar) fn expansions(&mut self, entry: &CodesEntry) -> Result<(), PolicyError> {
        let find = |grammar: &Grammar, text: &str| {
            grammar.code_by_text.get(text).copied().ok_or_else(|| {
                self.refuse(
                    &entry.name,
                    format!("`{}` is no code of this grammar", escaped(text)),
                )
            })
        };
        let mut expansions = Vec::new();
        for (code, members) in &entry.expands {
            let members: Result<Vec<_>, _> = members
                .iter()
                .map(|member| find(&self.grammar, member))
                .collect();
            expansions.push((find(&self.grammar, code)?, members?));
        }
        let mut also = Vec::new();
        for (text, code) in &entry.also {
            also.push((text.as_str().into(), find(&self.grammar, code)?));
        }
        for (CodeId(at), members) in expansions {
            self.grammar.codes[usize::from(at)].expands = members;
        }
        self.grammar.code_also.extend(also);
        Ok(())
    }

    pub(in crate::grammar) fn find_code(&self, text: &Text) -> Result<CodeId, PolicyError> {
        self.grammar
            .code_by_text
            .get(text.get_ref().as_str())
            .copied()
            .ok_or_else(|| {
                self.refuse(
                    text,
                    format!("`{}` is no code of this grammar", escaped(text.get_ref())),
                )
            })
    }
}
