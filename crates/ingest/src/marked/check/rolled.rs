//! Whether the banner of the document, and of each page, is what its portions make of it.

use strongroom_label::{PortionMark, RollUp, RollUpFacts};
use strongroom_record::PrintedPage;

use super::Checking;
use super::reading::{Meant, Read, meant};

impl Checking<'_> {
    /// What all portions make of the banner; none where no mark is understood.
    pub(super) fn roll_up(&self, read: &Read) -> Option<RollUp> {
        let marks: Vec<&Meant> = read
            .pages
            .iter()
            .flat_map(|page| &page.portions)
            .flatten()
            .collect();
        self.roll_up_marks(&marks)
    }

    fn roll_up_marks(&self, marks: &[&Meant]) -> Option<RollUp> {
        if marks.is_empty() {
            return None;
        }
        let portions: Vec<PortionMark> = marks
            .iter()
            .map(|meant| PortionMark::from(meant.marking.clone()))
            .collect();
        let facts = RollUpFacts {
            date: self.document_day().or(Some(self.on.0)),
            ..RollUpFacts::default()
        };
        self.policy.roll_up(&portions, &facts)
    }

    /// The banner of several markings together.
    pub(super) fn roll_up_of(&self, marks: &[&Meant]) -> Option<String> {
        self.roll_up_marks(marks)
            .map(|rolled| rolled.banner.banner(self.policy))
    }

    /// Compares banners with what portions make of them, where no portion is above and none is unmarked.
    pub(super) fn rolled_up(&mut self, pages: &[PrintedPage], read: &Read) {
        let Some(overall) = read.overall().cloned() else {
            return;
        };
        let known = pages.iter().zip(&read.pages).all(|(page, meant)| {
            page.portions
                .iter()
                .zip(&meant.portions)
                .all(|(portion, means)| means.is_some() || portion.mark.is_none() && !portion.due)
        });
        let within = read
            .pages
            .iter()
            .flat_map(|page| &page.portions)
            .flatten()
            .all(|portion| overall.covers(portion));
        if known && within {
            self.compare_whole(pages, read, &overall);
        }
        for (nth, (page, meant)) in pages.iter().zip(&read.pages).enumerate().skip(1) {
            self.compare_page(nth + 1, page, &meant.portions, meant.banner(), &overall);
        }
    }

    fn compare_whole(&mut self, pages: &[PrintedPage], read: &Read, overall: &Meant) {
        let Some(rolled) = self.roll_up(read) else {
            return;
        };
        let Some(line) = pages
            .first()
            .and_then(|page| page.top.as_ref().or(page.bottom.as_ref()))
        else {
            return;
        };
        let place = line.place;
        let made = meant(self.policy, rolled.banner.clone());
        let written = overall.marking.banner(self.policy);
        let right = made.marking.banner(self.policy);
        if written == right
            || self.is_theirs(read, overall)
            || self.follow_banner(read.pages.iter().flat_map(|page| &page.portions), &written)
        {
            return;
        }
        if overall.covers(&made) && !made.covers(overall) {
            // What bears no mark may be what the banner is for.
            let all = || pages.iter().flat_map(|page| &page.portions);
            if self.gives_reason(pages) || all().any(|p| p.due && p.mark.is_none()) {
                return;
            }
            let message = format!(
                "the banner `{written}` is above all portions, which make `{right}`, and the document gives no reason for \
                 the whole being more than its parts"
            );
            let instead = format!("{right}, or a statement of why the compilation is more");
            self.find("banner-above-portions", place, message, Some(instead));
            return;
        }
        let rows: Vec<String> = rolled
            .rows
            .iter()
            .map(|row| format!("{} ({})", row.says, row.cites))
            .collect();
        let message = if rows.is_empty() {
            format!("the portions make `{right}` and the banner says `{written}`")
        } else {
            format!(
                "the portions make `{right}` and the banner says `{written}`: {}",
                rows.join("; ")
            )
        };
        self.find("banner-not-rolled-up", place, message, Some(right));
    }

    /// A further page says what the document says, or what its own portions make.
    fn compare_page(
        &mut self,
        number: usize,
        page: &PrintedPage,
        portions: &[Option<Meant>],
        banner: Option<&Meant>,
        overall: &Meant,
    ) {
        let (Some(banner), Some(line)) = (banner, page.top.as_ref().or(page.bottom.as_ref()))
        else {
            return;
        };
        let understood: Vec<&Meant> = portions.iter().flatten().collect();
        let above = understood.iter().any(|portion| !banner.covers(portion));
        if banner.marking == overall.marking
            || above
            || !overall.covers(banner)
            || understood.is_empty()
        {
            return;
        }
        let Some(right) = self.roll_up_of(&understood) else {
            return;
        };
        let written = banner.marking.banner(self.policy);
        if right != written && !self.follow_banner(portions, &written) {
            let message = format!(
                "page {number} says `{}`, which is neither the document's marking nor what its own portions make, `{right}`",
                line.words(),
            );
            let instead = overall.marking.banner(self.policy);
            self.find("page-banner", line.place, message, Some(instead));
        }
    }

    /// Whether a document is of others through and through, whose banner is theirs then and no roll-up of the policy's own,
    /// and as high as its highest portion.
    fn is_theirs(&self, read: &Read, overall: &Meant) -> bool {
        let portions = || read.pages.iter().flat_map(|page| &page.portions).flatten();
        overall.marking.is_of_others(self.policy)
            && portions().all(|portion| portion.marking.is_of_same(&overall.marking))
            && portions().map(|portion| portion.rank).max() == Some(overall.rank)
    }

    /// Whether a banner is what portions make when those that are not classified, and say nothing of release, are handled as
    /// it says. The sources have both readings, so that neither is wrong.
    fn follow_banner<'m>(
        &self,
        portions: impl IntoIterator<Item = &'m Option<Meant>>,
        written: &str,
    ) -> bool {
        let Some(authority) = self.policy.authority() else {
            return false;
        };
        if !self.rules.unclassified_as_banner() {
            return false;
        }
        let follows = |meant: &&Meant| {
            let level = meant.marking.level(self.policy).name();
            let mark = PortionMark::from(meant.marking.clone());
            !authority.asked_of(level) && mark.lacks(self.policy).is_some()
        };
        let decide: Vec<&Meant> = portions
            .into_iter()
            .flatten()
            .filter(|meant| !follows(meant))
            .collect();
        self.roll_up_of(&decide)
            .is_some_and(|right| right == written)
    }

    /// Whether the document says why it is more than its parts.
    fn gives_reason(&self, pages: &[PrintedPage]) -> bool {
        pages
            .iter()
            .flat_map(|page| &page.portions)
            .map(|portion| portion.text.to_lowercase())
            .any(|text| self.rules.gives_reason(&text) || self.rules.transmits(&text))
    }
}
