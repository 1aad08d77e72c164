//! Lists of codes.

use super::{Reader, shown};
use crate::grammar::{CodeId, CodeList, ListId};

impl Reader<'_, '_> {
    /// The codes between two bytes, in order and each once; and whether all of them are known.
    pub(super) fn codes(&mut self, id: ListId, from: usize, to: usize) -> (Vec<CodeId>, bool) {
        let grammar = self.grammar;
        let list = grammar.list(id);
        let mut read: Vec<(CodeId, usize)> = Vec::new();
        let mut known = true;
        for (start, stop) in self.code_pieces(list, from, to) {
            match self.code(list, start, stop) {
                Some(code) => read.push((code, start)),
                None => known = false,
            }
        }
        (self.list_in_order(list, read, from, known), known)
    }

    /// Where the pieces of a list stand. Whatever parts them; another sign than the list's is a fault.
    fn code_pieces(&mut self, list: &CodeList, from: usize, to: usize) -> Vec<(usize, usize)> {
        let text = self.piece(from, to);
        let is_sign = |c: char| c == ' ' || c == ',' || c == '/' || c == ';' || c.is_whitespace();
        let mut pieces = Vec::with_capacity(8);
        let mut at = 0;
        let mut last: Option<usize> = None;
        while at <= text.len() {
            let rest = &text[at..];
            let length = rest.find(is_sign).unwrap_or(rest.len());
            if length > 0 {
                if let Some(end) = last {
                    let sign = &text[end..at];
                    if sign != &*list.between {
                        let message = format!(
                            "codes of this list are parted by `{}`, and here by `{}`",
                            list.between,
                            shown(sign)
                        );
                        self.fault(from + end, "list-separator", message);
                    }
                } else if at > 0 {
                    let rule = if text[..at].trim().is_empty() {
                        "spacing"
                    } else {
                        "empty"
                    };
                    self.fault(
                        from,
                        rule,
                        "a code stands here, with nothing before it".to_owned(),
                    );
                }
                pieces.push((from + at, from + at + length));
                last = Some(at + length);
            }
            at += length;
            match text[at..].chars().next() {
                Some(sign) => at += sign.len_utf8(),
                None => break,
            }
        }
        if let Some(end) = last
            && end < text.len()
        {
            let rule = if text[end..].trim().is_empty() {
                "spacing"
            } else {
                "empty"
            };
            self.fault(
                from + end,
                rule,
                "behind the last code stands nothing".to_owned(),
            );
        }
        pieces
    }

    fn code(&mut self, list: &CodeList, from: usize, to: usize) -> Option<CodeId> {
        let text = self.piece(from, to);
        let grammar = self.grammar;
        let known = grammar.code_by_text.get(text).copied();
        if let Some(id) = known {
            if list.never.contains(&id) {
                self.lost(
                    from,
                    "code-never",
                    format!("`{text}` never stands in this list"),
                );
                return None;
            }
            if grammar.code_order(list, id).is_some() {
                return Some(id);
            }
            let says = &grammar.kinds[usize::from(grammar.code(id).kind)].says;
            self.lost(
                from,
                "code-kind",
                format!("`{text}` is a {says}, which this list does not have"),
            );
            return None;
        }
        let says: Vec<&str> = list
            .kinds
            .iter()
            .map(|kind| &*grammar.kinds[usize::from(*kind)].says)
            .collect();
        let says = says.join(" or ");
        if let Some(id) = grammar.code_also.get(text).copied() {
            let right = &grammar.code(id).text;
            self.fault(
                from,
                "code-unknown",
                format!("`{text}` is no {says}: the code is `{right}`"),
            );
            return Some(id);
        }
        self.lost(
            from,
            "code-unknown",
            format!("`{}` is no {says} of this policy", shown(text)),
        );
        None
    }

    /// Checks the order of what was read, and gives it in order.
    fn list_in_order(
        &mut self,
        list: &CodeList,
        read: Vec<(CodeId, usize)>,
        from: usize,
        known: bool,
    ) -> Vec<CodeId> {
        let grammar = self.grammar;
        let order = |id: CodeId| grammar.code_order(list, id);
        let mut codes: Vec<CodeId> = read.iter().map(|(id, _)| *id).collect();
        let leads = list.first.is_none_or(|first| codes.first() == Some(&first));
        for (nth, (id, at)) in read.iter().enumerate() {
            if codes[..nth].contains(id) {
                let text = &grammar.code(*id).text;
                self.fault(
                    *at,
                    "duplicate",
                    format!("`{text}` stands in this list already"),
                );
            } else if nth > 0
                && order(codes[nth - 1]) > order(*id)
                && (leads || list.first != Some(*id))
            {
                let (text, before) = (&grammar.code(*id).text, &grammar.code(codes[nth - 1]).text);
                self.list_fault(
                    list,
                    *at,
                    "list-order",
                    format!("`{text}` stands before `{before}` in this list"),
                );
            }
        }
        if let Some(first) = list.first.filter(|_| !leads) {
            let text = &grammar.code(first).text;
            let at = read.first().map_or(from, |(_, at)| *at);
            self.list_fault(
                list,
                at,
                "list-first",
                format!("this list begins with `{text}`"),
            );
            codes.push(first);
        }
        let there = grammar.expanded(&codes);
        let lacks = |has: &CodeId| !codes.contains(has) && !there.contains(has);
        if let Some(has) = list.has.filter(lacks) {
            let text = &grammar.code(has).text;
            self.list_fault(
                list,
                from,
                "list-has",
                format!("`{text}` is one of every such list"),
            );
            codes.push(has);
        }
        codes.sort_by(|one, other| order(*one).cmp(&order(*other)));
        codes.dedup();
        if known && codes.len() < list.least {
            let message = format!(
                "this list has {} codes or more, and here {}",
                list.least,
                codes.len()
            );
            self.list_fault(list, from, "list-least", message);
        }
        if codes.len() > list.most {
            let message = format!(
                "this list has {} codes at most, and here {}",
                list.most,
                codes.len()
            );
            self.lost(from, "list-most", message);
        }
        codes
    }

    /// A fault of a list, with the list's own citation if it has one.
    fn list_fault(&mut self, list: &CodeList, at: usize, rule: &str, message: String) {
        let cites = list
            .cites
            .clone()
            .unwrap_or_else(|| self.grammar.citation(rule));
        self.fault_of(at, rule, message, cites);
    }
}
