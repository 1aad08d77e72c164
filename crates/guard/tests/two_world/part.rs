//! Records that the reader sees a part of: the same part in both worlds, and around it other words,
//! longer or shorter, more of them or fewer, by other speakers.

use crate::cast::ENCLOSURE;
use crate::generate::Gen;
use crate::script::{Part, RISES};

/// A record whose rest differs.
pub(crate) fn part(work: &mut Gen<'_>) -> Part {
    let key = work.key();
    work.parts.push(key);
    let marking = work.markings.low(&mut work.dice);
    let mut texts = [String::new(), String::new()];
    let mut fields: [Vec<&'static str>; 2] = [Vec::new(), Vec::new()];
    if work.dice.chance(20) {
        for text in &mut texts {
            text.push_str(&format!("Heading {RISES} {}\n", work.dice.words(6)));
        }
    } else {
        let heading = format!("Heading {} of {}\n", key.0, work.dice.words(4));
        texts.iter_mut().for_each(|text| text.push_str(&heading));
    }
    field(
        work,
        &mut texts,
        &mut fields,
        "Place",
        "place",
        &["Moscow", "Helsinki", "Reykjavik, Iceland"],
    );
    field(
        work,
        &mut texts,
        &mut fields,
        "Date",
        "date",
        &["May 1, 1970", "May 22, 1972", "June 1973"],
    );
    subject(work, &mut texts);
    if work.dice.chance(15) {
        fields.iter_mut().for_each(|f| f.push("source"));
    }
    // What came with the record is out of the reader's sight in any case; here its name is too.
    for fields in &mut fields {
        if work.dice.chance(25) {
            fields.push("recording");
        }
    }
    let paragraphs = 1 + work.dice.below(4);
    for n in 0..=paragraphs {
        for text in &mut texts {
            for _ in 0..work.dice.pick(&[0, 0, 1, 1, 2]) {
                text.push_str(&above(work));
            }
        }
        if n < paragraphs {
            let words = format!("\nParagraph {n} of {} on {}.\n", key.0, work.dice.words(8));
            texts.iter_mut().for_each(|text| text.push_str(&words));
        }
    }
    if work.dice.chance(30) {
        let talk = format!("\n{}\n", work.dice.talk());
        texts.iter_mut().for_each(|text| text.push_str(&talk));
    }
    for (text, fields) in texts.iter_mut().zip(&mut fields) {
        if !text.contains(RISES) && fields.is_empty() {
            text.push_str(&above(work));
        }
        if text.contains(ENCLOSURE) {
            fields.push("attachments");
        }
    }
    let to = [0, 1].map(|_| {
        (0..1 + work.dice.below(2))
            .map(|_| work.markings.raise(&mut work.dice, true))
            .collect()
    });
    Part {
        key,
        marking,
        texts,
        fields,
        to,
    }
}

fn above(work: &mut Gen<'_>) -> String {
    let speaker = work
        .dice
        .pick(&["", "", "Mr. Orlov: ", "Ambassador Dobrynin: "]);
    let words = match work.dice.below(8) {
        0 => format!("{ENCLOSURE} on {}.", work.dice.words(9)),
        1 => work.dice.talk(),
        _ => format!("Words on {}.", work.dice.words(40)),
    };
    format!("\n{speaker}What is {RISES} of it, {words}\n")
}

/// A header field: absent, below, above in both worlds, or above in one and absent in the other.
fn field(
    work: &mut Gen<'_>,
    texts: &mut [String; 2],
    fields: &mut [Vec<&'static str>; 2],
    printed: &str,
    name: &'static str,
    values: &[&'static str],
) {
    let case = work.dice.below(5);
    let same = work.dice.pick(values);
    for world in 0..2 {
        let value = match case {
            0 => continue,
            1 => same,
            2 if world == 1 => continue,
            3 if world == 0 => continue,
            _ => work.dice.pick(values),
        };
        texts[world].push_str(&format!("{printed}: {value}\n"));
        if case != 1 {
            fields[world].push(name);
        }
    }
}

fn subject(work: &mut Gen<'_>, texts: &mut [String; 2]) {
    if work.dice.chance(30) {
        for text in texts {
            if work.dice.chance(60) {
                text.push_str(&format!("Subject: {RISES} {}\n", work.dice.words(12)));
            }
        }
    }
}
