//! Banners: whether each page has them, whether they agree, and whether the first page says it all.

use strongroom_record::{Place, PrintedPage};

use super::Checking;
use super::reading::{Meant, Read};

impl Checking<'_> {
    /// Finds what is wrong with the banners as such.
    pub(super) fn banners(&mut self, pages: &[PrintedPage], read: &Read) {
        if pages
            .iter()
            .all(|page| page.top.is_none() && page.bottom.is_none())
        {
            self.no_banner_at_all(pages, read);
            return;
        }
        let overall = read
            .overall()
            .map(|meant| meant.marking.banner(self.policy));
        for (nth, (page, meant)) in pages.iter().zip(&read.pages).enumerate() {
            let number = nth + 1;
            match (&page.top, &page.bottom) {
                (None, None) => {
                    let message = format!("page {number} bears no banner");
                    self.find("banner-missing", page.place, message, overall.clone());
                }
                (None, Some(bottom)) => {
                    let message = format!("page {number} bears its banner at its bottom alone");
                    self.find("banner-missing", page.place, message, Some(bottom.words()));
                }
                (Some(top), None) => {
                    let message = format!("page {number} bears its banner at its top alone");
                    self.find(
                        "banner-bottom-missing",
                        self.end_of(nth),
                        message,
                        Some(top.words()),
                    );
                }
                (Some(top), Some(bottom)) if top.words() != bottom.words() => {
                    let message = format!(
                        "page {number} says `{}` at its top and `{}` at its bottom",
                        top.words(),
                        bottom.words()
                    );
                    let instead = match (&meant.top, &meant.bottom) {
                        (Some(a), Some(b)) if b.rank > a.rank => bottom.words(),
                        (None, Some(_)) => bottom.words(),
                        _ => top.words(),
                    };
                    self.find("banners-differ", bottom.place, message, Some(instead));
                }
                _ => {}
            }
            for between in &page.between {
                let said = [&page.top, &page.bottom];
                if said
                    .into_iter()
                    .flatten()
                    .all(|banner| banner.words() != between.words())
                {
                    let message = format!(
                        "page {number} bears another banner, `{}`, between its top and its bottom",
                        between.words()
                    );
                    let instead = page
                        .top
                        .as_ref()
                        .or(page.bottom.as_ref())
                        .map(|b| b.words());
                    self.find("banners-differ", between.place, message, instead);
                }
            }
        }
        self.first_page(pages, read);
    }

    /// Where a page ends, as far as anything stands on it: the authority block too, which is kept apart.
    fn end_of(&self, nth: usize) -> Place {
        let pages = &self.draft.marks.pages;
        let page = &pages[nth];
        let banners = [&page.top, &page.bottom].into_iter().flatten();
        let next = pages.get(nth + 1).map(|page| page.place);
        let authority = self.draft.marks.authority.iter().map(|line| line.place);
        banners
            .map(|line| line.place)
            .chain(page.portions.iter().map(|portion| portion.place))
            .chain(authority.filter(|place| next.is_none_or(|next| *place < next)))
            .max()
            .unwrap_or(page.place)
    }

    fn no_banner_at_all(&mut self, pages: &[PrintedPage], read: &Read) {
        let place = pages
            .first()
            .map_or(Place { line: 1, column: 1 }, |page| page.place);
        let marked = pages
            .iter()
            .flat_map(|page| &page.portions)
            .any(|p| p.mark.is_some());
        let message = if marked {
            "the document marks its portions and bears no banner"
        } else {
            "the document bears no marking"
        };
        let instead = self
            .roll_up(read)
            .map(|rolled| rolled.banner.banner(self.policy));
        self.find("banner-missing", place, message, instead);
    }

    /// No page is above the first one.
    fn first_page(&mut self, pages: &[PrintedPage], read: &Read) {
        let Some(first) = read.overall().cloned() else {
            return;
        };
        for (nth, (page, meant)) in pages.iter().zip(&read.pages).enumerate().skip(1) {
            let (Some(line), Some(banner)) =
                (page.top.as_ref().or(page.bottom.as_ref()), meant.banner())
            else {
                continue;
            };
            if !first.covers(banner) {
                let message = format!(
                    "page {} is `{}`, and the first page says `{}`: its banner stands for the whole document",
                    nth + 1,
                    line.words(),
                    first.marking.banner(self.policy)
                );
                let instead = self.roll_up_of(&[&first, banner]);
                self.find("first-page", line.place, message, instead);
            }
        }
    }
}

impl Meant {
    /// Whether whoever may read this may read the other, as far as level and categories go.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let joined = self.label.join(&other.label);
        self.rank >= other.rank
            && joined.restrictive() == self.label.restrictive()
            && joined.permissive() == self.label.permissive()
    }
}
