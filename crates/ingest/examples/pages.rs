//! How fast PDFs are read: `cargo run --release -p strongroom-ingest --example pages -- [FILE.pdf…]`
//!
//! Prints pages a second on one core for following the pages' content with `hayro-interpret` alone, which tells each sign and
//! its place and nothing more, and for the full reading of the file, the best of several rounds in one run. Without
//! files it makes two of 500 pages, one of them in two columns.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use hayro_interpret::font::GlyphRun;
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::kurbo::{BezPath, Rect};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, SoftMask, TransformExt as _, interpret_page,
};
use strongroom_ingest::read;

const ROUNDS: usize = 5;
const PAGES: usize = 500;
/// Words of a line, and of the line of a column.
const LINE: &str =
    "and they agreed that what was said there would be kept by one hand and read by few";
const COLUMN: &str = "that what was said there would be kept";

fn main() {
    let mut files: Vec<(String, Vec<u8>)> = std::env::args()
        .skip(1)
        .map(|path| {
            let bytes = std::fs::read(&path).expect("a readable file");
            (path, bytes)
        })
        .collect();
    if files.is_empty() {
        files.push(("one column".to_owned(), made(&[72], LINE)));
        files.push(("two columns".to_owned(), made(&[72, 320], COLUMN)));
    }
    for (name, bytes) in files {
        let (mut pages, mut signs) = (0, 0);
        let following = best(|| (pages, signs) = follow(bytes.clone()));
        let mut portions = 0;
        let reading = best(|| {
            let read = read("file.pdf", &bytes).unwrap_or_else(|why| panic!("{why}"));
            portions = read.drafts.drafts()[0].portions.len();
        });
        println!("{name}: {pages} pages, {signs} signs, {portions} portions");
        for (what, took) in [
            ("hayro-interpret alone", following),
            ("full reading", reading),
        ] {
            let rate = pages as f64 / took.as_secs_f64();
            println!("  {what:24} {rate:8.0} pages/s");
        }
    }
}

/// Pages and signs of a PDF, and no more than the library tells.
fn follow(bytes: Vec<u8>) -> (usize, usize) {
    let pdf = Pdf::new(bytes).expect("a PDF");
    let cache = InterpreterCache::new();
    let mut counted = Counted(0);
    for page in pdf.pages().iter() {
        let (width, height) = page.render_dimensions();
        let bounds = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let upright = page.initial_transform(true).to_kurbo();
        let settings = InterpreterSettings::default();
        let mut context = Context::new(upright, bounds, &cache, page.xref(), settings);
        interpret_page(page, &mut context, &mut counted);
    }
    (pdf.pages().len(), counted.0)
}

struct Counted(usize);

impl<'a> Device<'a> for Counted {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, _: DrawProps<'a>, _: &DrawMode) {
        let known = run
            .glyphs()
            .iter()
            .filter(|glyph| glyph.as_unicode().is_some());
        self.0 += known.count();
    }
    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn pop_clip(&mut self) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_transparency_group(&mut self) {}
}

fn best(mut work: impl FnMut()) -> Duration {
    let rounds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed()
    });
    rounds.min().expect("some rounds")
}

/// A PDF whose pages have 46 lines, at these places of each.
fn made(columns: &[u32], words: &str) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        String::new(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut kids = String::new();
    for page in 0..PAGES {
        let mut content = "BT /F1 11 Tf ".to_owned();
        for (nth, x) in columns
            .iter()
            .flat_map(|x| (0..46).map(move |nth| (nth, x)))
        {
            let y = 740 - 14 * nth;
            write!(content, "1 0 0 1 {x} {y} Tm ({page} {nth} {words}) Tj ").expect("memory");
        }
        content.push_str("ET");
        let own = objects.len() + 1;
        write!(kids, "{own} 0 R ").expect("memory");
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {} 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
            own + 1
        ));
        objects.push(format!(
            "<< /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        ));
    }
    objects[1] = format!("<< /Type /Pages /Kids [{kids}] /Count {PAGES} >>");
    let mut out = "%PDF-1.4\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (nth, object) in (1..).zip(&objects) {
        writeln!(table, "{:010} 00000 n ", out.len()).expect("memory");
        write!(out, "{nth} 0 obj\n{object}\nendobj\n").expect("memory");
    }
    let (at, size) = (out.len(), objects.len() + 1);
    write!(
        out,
        "{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{at}\n%%EOF\n"
    )
    .expect("memory");
    out.into_bytes()
}
