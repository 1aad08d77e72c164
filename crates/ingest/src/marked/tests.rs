//! Documents taken apart: what is a mark, what only looks like one, and what is left of the words.

use std::fmt::Write;

use super::{Lifted, Words, lift};
use crate::plain;

fn words() -> Words {
    Words::from_lists(
        [
            "TOP SECRET",
            "SECRET",
            "CONFIDENTIAL",
            "UNCLASSIFIED",
            "TS",
            "S",
            "C",
            "U",
            "NATO SECRET",
            "NS",
        ],
        [
            "NOFORN", "NF", "REL TO", "REL", "FOUO", "SI", "TK", "ORCON", "OC", "RELIDO",
        ],
        [
            ("Classified By", "classified_by", true),
            ("Derived From", "derived_from", true),
            ("Declassify On", "declassify_on", true),
            ("DECL ON", "declassify_on", true),
            ("Reason", "reason", false),
            ("Sources", "sources", false),
        ],
        ["upon removal of", "compilation"],
    )
}

/// What was lifted, a line each: page, banners, portions with place, form and mark; then what is left.
fn shown(text: &str) -> String {
    let Lifted { document, marks } = lift(plain::document(text), &words()).unwrap();
    let mut out = String::new();
    for page in &marks.pages {
        let banner = |line: &Option<strongroom_record::PrintedLine>| {
            line.as_ref().map_or_else(
                || "-".to_owned(),
                |b| format!("{}@{}:{}", b.words(), b.place.line, b.place.column),
            )
        };
        writeln!(
            out,
            "page {} .. {}",
            banner(&page.top),
            banner(&page.bottom)
        )
        .unwrap();
        for between in &page.between {
            writeln!(out, "  between {}", between.text).unwrap();
        }
        for p in &page.portions {
            let mark = p.mark.as_ref().map_or_else(
                || {
                    if p.due {
                        "due".to_owned()
                    } else {
                        "-".to_owned()
                    }
                },
                |m| format!("({})@{}:{}", m.words(), m.place.line, m.place.column),
            );
            writeln!(
                out,
                "  {mark} {}@{}:{}",
                p.text, p.place.line, p.place.column
            )
            .unwrap();
        }
    }
    for line in &marks.authority {
        writeln!(
            out,
            "{} = {}@{}:{}",
            line.name, line.text, line.place.line, line.place.column
        )
        .unwrap();
    }
    for page in &document.pages {
        for block in &page.blocks {
            let lines: Vec<String> = block
                .lines
                .iter()
                .map(|line| {
                    let mark = line
                        .mark
                        .as_ref()
                        .map(|m| format!("<{m}>"))
                        .unwrap_or_default();
                    format!(
                        "{}:{} {mark}{}",
                        line.line,
                        line.column,
                        line.text.trim_end()
                    )
                })
                .collect();
            writeln!(out, "> {}", lines.join(" / ")).unwrap();
        }
    }
    out
}

#[test]
fn a_memorandum() {
    let text = "SECRET//NOFORN\n\nMEMORANDUM FOR THE RECORD\n\nDATE: 5 May 2026\nSUBJECT: (U) Talks in Vienna\n\n\
                1. (S//NF) He said that the other\nside had agreed.\n\n   a. (S//REL TO USA,\n      GBR) They told London.\n\n\
                (C) Comment: Nothing.\n\n(1) (U//FOUO) A sub-paragraph.\n\nClassified By: J. Doe, Director\n\
                Derived From: Multiple Sources\nDeclassify On: 20450101\n\nSECRET//NOFORN\n   Page 1 of 2\n\x0c\
                SECRET//NOFORN   2\n\nTable of things (U)\n\nand goes on.\n\nSECRET//NOFORN\n";
    assert_eq!(
        shown(text),
        "\
page SECRET//NOFORN@1:1 .. SECRET//NOFORN@22:1
  - MEMORANDUM FOR THE RECORD@3:1
  - DATE: 5 May 2026@5:1
  (U)@6:11 Talks in Vienna@6:14
  (S//NF)@8:5 He said that the other side had agreed.@8:12
  (S//REL TO USA, GBR)@11:8 They told London.@12:12
  (C)@14:2 Comment: Nothing.@14:5
  (U//FOUO)@16:6 A sub-paragraph.@16:15
page SECRET//NOFORN@24:2 .. SECRET//NOFORN@30:1
  (U)@26:18 Table of things@26:1
  - and goes on.@28:1
Classified By = J. Doe, Director@18:16
Derived From = Multiple Sources@19:15
Declassify On = 20450101@20:16
> 3:1 MEMORANDUM FOR THE RECORD
> 5:1 DATE: 5 May 2026 / 6:1 <U>SUBJECT: Talks in Vienna
> 8:1 <S//NF>1. He said that the other / 9:1 side had agreed.
> 11:1 <S//REL TO USA, GBR>   a. / 12:12 They told London.
> 14:5 <C>Comment: Nothing.
> 16:1 <U//FOUO>(1) A sub-paragraph.
> 26:1 <U>Table of things
> 28:1 and goes on.
"
    );
}

/// The marks of a text's portions, `-` where one has none.
fn marks(text: &str) -> Vec<String> {
    lift(plain::document(text), &words())
        .unwrap()
        .marks
        .pages
        .iter()
        .flat_map(|page| &page.portions)
        .map(|p| {
            p.mark
                .as_ref()
                .map_or_else(|| "-".to_owned(), |m| m.text.clone())
        })
        .collect()
}

#[test]
fn what_only_looks_like_a_mark() {
    let unmarked = [
        "Minutes\n\n(C) 2026 Acme. All rights reserved.\n\nWords.",
        "Rules\n\n(a) one\n\n(b) two\n\n(c) three\n\n(s) nineteen",
        "Rules\n\n(A) one\n\n(B) two\n\n(C) three\n\n(D) four",
        "Report\n\nHe (S. Smith) came. (U) is a letter.",
        "Report\n\n(S)mith and (C)ompany and (U)nion.",
        "Report\n\n(U.S. person 1) said so.\n\n(FBI) agents. (CEO) too.",
        "The secret of (see above) it\n\nSecret Service\n\nSECRET SERVICE BUDGET",
        "http://example.org//x\n\n(see http://example.org)",
        "Classified by nobody\n\nReason: he was late",
    ];
    for text in unmarked {
        let lifted = lift(plain::document(text), &words()).unwrap();
        assert_eq!(
            lifted.marks,
            strongroom_record::PrintedMarks::default(),
            "{text}"
        );
        assert_eq!(lifted.document, plain::document(text), "{text}");
    }
    let text =
        "SECRET\n\n(S) Rules:\n\n(a) (U) one\n\n(b) (C) two\n\n(c) three\n\n(d) (U) four\n\nSECRET";
    assert_eq!(marks(text), ["S", "U", "C", "-", "U"]);
    let text = "SECRET\n\n(S) One.\n\n(C) 1999 Acme Corp. All Rights Reserved.\n\nSECRET";
    assert_eq!(marks(text), ["S", "-"]);
}

#[test]
fn where_marks_stand() {
    for (line, mark, left) in [
        ("(S//NF) Words.", "S//NF", "Words."),
        ("  ( S//NF )  Words.", "S//NF", "Words."),
        ("(S//NF)Words.", "S//NF", "Words."),
        ("1. (S) Words.", "S", "Words."),
        ("(S | PROJECT HERON) Words.", "S | PROJECT HERON", "Words."),
        ("1 (S) Words.", "S", "Words."),
        ("1.(S) Words.", "S", "Words."),
        ("1) (S) Words.", "S", "Words."),
        ("(1) (S) Words.", "S", "Words."),
        ("1.2.3. (TS//SI//NF) Words.", "TS//SI//NF", "Words."),
        ("a. (C) Words.", "C", "Words."),
        ("a. (1) (C) Words.", "C", "Words."),
        ("iv) (C) Words.", "C", "Words."),
        ("- (C) Words.", "C", "Words."),
        ("\u{2022} (U//FOUO) Words.", "U//FOUO", "Words."),
        ("* (U) Words.", "U", "Words."),
        ("SUBJECT: (U) Words", "U", "Words"),
        ("(U) SUBJECT: Words", "U", "SUBJECT: Words"),
        ("Subject: Words (U)", "U", "Subject: Words"),
        ("SUBJECT (U): Words", "U", "Words"),
        ("o (U) Words.", "U", "Words."),
        ("Figure 3. (S//NF) Words", "S//NF", "Words"),
        ("Figure 3 (S//NF) Words", "S//NF", "Words"),
        ("Words of a title (S//NF)", "S//NF", "Words of a title"),
        ("2. Background. (C) Words.", "C", "Words."),
        ("[S//NF] Words.", "S//NF", "Words."),
        ("(S//nf) Words.", "S//nf", "Words."),
        ("(s//NF) Words.", "s//NF", "Words."),
        ("(SECRET//NOFORN) Words.", "SECRET//NOFORN", "Words."),
        ("(Secret) Words.", "Secret", "Words."),
        ("(S/NF) Words.", "S/NF", "Words."),
        ("(TS/SI/NF) Words.", "TS/SI/NF", "Words."),
        ("(S NF) Words.", "S NF", "Words."),
        ("(REL) Words.", "REL", "Words."),
        ("(NF) Words.", "NF", "Words."),
        ("(S//REL) Words.", "S//REL", "Words."),
        ("(S//XYZ QQ) Words.", "S//XYZ QQ", "Words."),
        ("(//NS) Words.", "//NS", "Words."),
        (
            "(//GBR S//REL TO USA, GBR) Words.",
            "//GBR S//REL TO USA, GBR",
            "Words.",
        ),
        ("| (S) Words | more |", "S", "Words | more |"),
    ] {
        let text = format!("SECRET//NOFORN\n\n{line}\n\nSECRET//NOFORN\n");
        let lifted = lift(plain::document(&text), &words()).unwrap();
        let portions = &lifted.marks.pages[0].portions;
        assert_eq!(portions.len(), 1, "{line}");
        let found = portions[0].mark.as_ref().map(|m| m.text.as_str());
        assert_eq!(
            (found, portions[0].text.as_str()),
            (Some(mark), left),
            "{line}"
        );
    }
    assert_eq!(
        marks("SECRET\n\n| (S) one | (U) two |\n| (C) three | (U) four |\n\nSECRET"),
        ["S", "U", "C", "U"]
    );
}

#[test]
fn banners_as_printed() {
    for (line, banner) in [
        ("SECRET//NOFORN", Some("SECRET//NOFORN")),
        (
            "          TOP SECRET//SI//NOFORN",
            Some("TOP SECRET//SI//NOFORN"),
        ),
        (
            "SECRET//NOFORN                 Page 1 of 3",
            Some("SECRET//NOFORN"),
        ),
        ("Page 1        SECRET//NOFORN", Some("SECRET//NOFORN")),
        ("SECRET//NOFORN | 1", Some("SECRET//NOFORN")),
        ("SECRET Page 2", Some("SECRET")),
        ("Classification: SECRET//NOFORN", Some("SECRET//NOFORN")),
        ("CLASSIFICATION: UNCLASSIFIED", Some("UNCLASSIFIED")),
        ("Secret//Noforn", Some("Secret//Noforn")),
        ("SECRET // NOFORN", Some("SECRET // NOFORN")),
        ("SECRET/NOFORN", Some("SECRET/NOFORN")),
        ("SECRET NOFORN", Some("SECRET NOFORN")),
        ("S//NF", Some("S//NF")),
        ("TS//SI//NF", Some("TS//SI//NF")),
        ("(S//NF)", Some("(S//NF)")),
        (
            "SECRET//NOFORN/REL TO USA, GBR",
            Some("SECRET//NOFORN/REL TO USA, GBR"),
        ),
        (
            "//NATO SECRET//REL TO USA, NATO",
            Some("//NATO SECRET//REL TO USA, NATO"),
        ),
        (
            "UNCLASSIFIED//FOR OFFICIAL USE ONLY",
            Some("UNCLASSIFIED//FOR OFFICIAL USE ONLY"),
        ),
        (
            "SECRET//REL TO USA, AUS, CAN,\nGBR, NZL",
            Some("SECRET//REL TO USA, AUS, CAN, GBR, NZL"),
        ),
        (
            "DEPARTMENT OF STATE\nWASHINGTON\n\nSECRET//NOFORN",
            Some("SECRET//NOFORN"),
        ),
        (
            "From: A\nTo: B\nSubject: (U) C\n\nSECRET//NOFORN",
            Some("SECRET//NOFORN"),
        ),
        ("SECRET SERVICE REPORT", None),
        ("CONFIDENTIAL MEMORANDUM", None),
        ("UNCLASSIFIED WHEN SEPARATED FROM ATTACHMENT", None),
    ] {
        let text = format!("{line}\n\n(S//NF) Words.\n\nMore words.\n");
        let lifted = lift(plain::document(&text), &words()).unwrap();
        let top = lifted.marks.pages[0].top.as_ref().map(|b| b.words());
        assert_eq!(top.as_deref(), banner, "{line}");
    }
    let restricted = "RESTRICTED\n\n(U) One.\n\n(U) Two.\n\nRESTRICTED";
    let pages = lift(plain::document(restricted), &words())
        .unwrap()
        .marks
        .pages;
    assert_eq!(pages[0].top.as_ref().unwrap().text, "RESTRICTED");
    assert_eq!(pages[0].bottom.as_ref().unwrap().text, "RESTRICTED");
}

#[test]
fn authority_blocks() {
    for (block, expected) in [
        (
            "Classified By: J. Doe\nReason: 1.4(c)\nDeclassify On: 20450101",
            vec![
                ("Classified By", "J. Doe"),
                ("Reason", "1.4(c)"),
                ("Declassify On", "20450101"),
            ],
        ),
        (
            "CLASSIFIED BY: J. Doe,\n    Director of Things\nDERIVED FROM: Guide X,\n    dated 20200101\nDECL ON: 25X1, 20700101",
            vec![
                ("CLASSIFIED BY", "J. Doe, Director of Things"),
                ("DERIVED FROM", "Guide X, dated 20200101"),
                ("DECL ON", "25X1, 20700101"),
            ],
        ),
        (
            "Classified By: J. Doe  Derived From: Guide X  Declassify On: 20450101",
            vec![
                ("Classified By", "J. Doe"),
                ("Derived From", "Guide X"),
                ("Declassify On", "20450101"),
            ],
        ),
        (
            "Classified By: J. Doe. Reason: 1.4(b); Declassify On: 20450101",
            vec![
                ("Classified By", "J. Doe."),
                ("Reason", "1.4(b)"),
                ("Declassify On", "20450101"),
            ],
        ),
        (
            "Derived From: Multiple Sources\nDeclassify On: 20450101\nSources:\n1. Guide X, 20200101\n2. Guide Y",
            vec![
                ("Derived From", "Multiple Sources"),
                ("Declassify On", "20450101"),
                ("Sources", ""),
                ("SOURCES", "Guide X, 20200101"),
                ("SOURCES", "Guide Y"),
            ],
        ),
        ("Declassify On:", vec![("Declassify On", "")]),
    ] {
        let text = format!("SECRET\n\n(S) Words.\n\n{block}\n\nSECRET\n");
        let lifted = lift(plain::document(&text), &words()).unwrap();
        let found: Vec<_> = lifted
            .marks
            .authority
            .iter()
            .map(|line| (line.name.as_str(), line.text.as_str()))
            .collect();
        assert_eq!(found, expected, "{block}");
        assert_eq!(lifted.marks.pages[0].portions.len(), 1, "{block}");
    }
}
