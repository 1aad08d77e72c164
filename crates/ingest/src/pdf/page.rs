//! What is drawn on one page: signs with their places, and what may hide them.
//!
//! The page's own content is drawn, and the appearances of its annotations: what was entered into a form, what was typed onto
//! the page. Coordinates are points from the upper left corner of the page as it is shown.

use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::hayro_syntax::page::Page;
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect, Shape};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, Paint, SoftMask, TransformExt, interpret_page,
};

use super::limits::{BOXES_MAX, Budget};

/// A sign on the page.
#[derive(Debug, Clone)]
pub(super) struct Sign {
    /// Where it begins on its base line.
    pub(super) at: Point,
    /// Where the next one would.
    pub(super) end: Point,
    /// Its height: of the font, in points as shown.
    pub(super) size: f64,
    /// None where the file does not tell what it stands for.
    pub(super) text: Option<String>,
    /// Why nobody sees it, if nobody does.
    pub(super) hidden: Option<&'static str>,
}

/// One page as drawn.
#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) signs: Vec<Sign>,
    /// The share of the page that its largest picture covers.
    pub(super) picture: f64,
    /// Pictures on it.
    pub(super) pictures: usize,
    /// Shapes that are filled or drawn.
    pub(super) shapes: usize,
    /// Its text runs from top to bottom.
    pub(super) vertical: bool,
    /// A bound was passed while it was drawn.
    pub(super) beyond: Option<(&'static str, usize)>,
    pub(super) height: f64,
}

/// Draws a page.
pub(super) fn draw<'a>(
    page: &Page<'a>,
    cache: &InterpreterCache<'a>,
    settings: InterpreterSettings,
    budget: &mut Budget,
) -> Drawn {
    let (width, height) = page.render_dimensions();
    let bounds = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let upright = page.initial_transform(true).to_kurbo();
    let mut context = Context::new(upright, bounds, cache, page.xref(), settings);
    let mut canvas = Canvas {
        bounds,
        signs: Vec::new(),
        clips: Vec::new(),
        boxes: Vec::new(),
        picture: 0.0,
        pictures: 0,
        shapes: 0,
        vertical: false,
        beyond: None,
        budget,
    };
    interpret_page(page, &mut context, &mut canvas);
    let Canvas {
        signs,
        picture,
        pictures,
        shapes,
        vertical,
        beyond,
        ..
    } = canvas;
    Drawn {
        signs,
        picture,
        pictures,
        shapes,
        vertical,
        beyond,
        height: bounds.height(),
    }
}

struct Canvas<'b> {
    bounds: Rect,
    signs: Vec<Sign>,
    /// What each clip leaves of the page.
    clips: Vec<Rect>,
    /// Filled boxes and pictures so far, and whether each is white.
    boxes: Vec<(Rect, bool)>,
    picture: f64,
    pictures: usize,
    shapes: usize,
    vertical: bool,
    beyond: Option<(&'static str, usize)>,
    budget: &'b mut Budget,
}

/// Fonts below this size, in points, are no print: nobody reads them on paper.
const READABLE_MIN: f64 = 1.0;
/// How near to white a colour counts as white, of 1.
const WHITE_MIN: f32 = 0.95;
/// Boxes thinner than this, in points, are rules and borders: they hide no sign.
const BOX_MIN: f64 = 3.0;
/// A second drawing of a sign this near to the first, of its size, makes it bold and says nothing.
const OVERPRINT_MAX: f64 = 0.1;

impl Canvas<'_> {
    fn clip(&self) -> Rect {
        self.clips.last().copied().unwrap_or(self.bounds)
    }

    fn add(&mut self, sign: Sign) {
        if let Some(last) = self.signs.last()
            && last.text == sign.text
            && (last.at - sign.at).hypot() < OVERPRINT_MAX * sign.size
        {
            return;
        }
        self.signs.push(sign);
    }

    /// Whether nobody sees a sign whose middle is here, drawn in this paint.
    fn hides(
        &self,
        middle: Point,
        paint: &Paint<'_>,
        mode: &DrawMode,
        size: f64,
    ) -> Option<&'static str> {
        if matches!(mode, DrawMode::Invisible) {
            return Some("it is drawn without ink, as the text behind a scan");
        }
        if !self.bounds.contains(middle) {
            return Some("it stands outside the page");
        }
        if !self.clip().contains(middle) {
            return Some("it is cut away");
        }
        if size < READABLE_MIN {
            return Some("it is too small to be read");
        }
        let Paint::Color(color) = paint else {
            return None;
        };
        let [red, green, blue, alpha] = color.to_rgba().components();
        if alpha < 1.0 - WHITE_MIN {
            return Some("it is transparent");
        }
        let white = [red, green, blue].iter().all(|&part| part >= WHITE_MIN);
        if !white {
            return None;
        }
        let ground = self
            .boxes
            .iter()
            .rev()
            .find(|(area, _)| area.contains(middle));
        ground
            .is_none_or(|(_, white)| *white)
            .then_some("it is white on white")
    }

    /// A box is filled: what stands under it is covered.
    fn cover(&mut self, area: Rect, white: bool) {
        let area = area.intersect(self.clip());
        if area.width() < BOX_MIN || area.height() < BOX_MIN {
            return;
        }
        if self.boxes.len() == BOXES_MAX {
            self.beyond = Some(("filled boxes on one page of a PDF", BOXES_MAX));
            return;
        }
        self.boxes.push((area, white));
        for sign in &mut self.signs {
            if sign.hidden.is_none() && area.contains(sign.middle()) {
                sign.hidden = Some("something is drawn over it");
            }
        }
    }
}

impl Sign {
    /// Whether it is anything but a space.
    pub(super) fn says(&self) -> bool {
        !self
            .text
            .as_ref()
            .is_some_and(|text| text.chars().all(crate::fold::is_space))
    }

    /// Its middle: as far along its width, and a quarter of its height above the base line.
    fn middle(&self) -> Point {
        let along = self.end - self.at;
        let length = along.hypot();
        let up = if length > 0.0 {
            // Up is to the left of where the line runs; the page's y grows downwards.
            hayro_interpret::kurbo::Vec2::new(along.y, -along.x) * (self.size / 4.0 / length)
        } else {
            hayro_interpret::kurbo::Vec2::new(0.0, -self.size / 4.0)
        };
        self.at.midpoint(self.end) + up
    }
}

impl<'a> Device<'a> for Canvas<'_> {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        self.vertical |= run.writing_mode() != hayro_interpret::hayro_cmap::WritingMode::Horizontal;
        for glyph in run.glyphs() {
            let text = glyph.as_unicode().map(|found| match found {
                hayro_interpret::hayro_cmap::BfString::Char(c) => c.to_string(),
                hayro_interpret::hayro_cmap::BfString::String(text) => text,
            });
            if let Err(beyond) = self.budget.sign(text.as_ref().map_or(0, String::len)) {
                self.beyond = Some(beyond);
                return;
            }
            let placed = props.transform * glyph.transform();
            let width = match &**glyph {
                Glyph::Outline(outline) => outline.advance_width(),
                Glyph::Type3(drawn) => drawn.advance_width(),
            };
            let at = placed * Point::ZERO;
            let end = placed * Point::new(f64::from(width.unwrap_or(500.0)), 0.0);
            let size = height(placed);
            if !(at.is_finite() && end.is_finite() && size.is_finite()) {
                continue;
            }
            let mut sign = Sign {
                at,
                end,
                size,
                text,
                hidden: None,
            };
            sign.hidden = self.hides(sign.middle(), &props.paint, mode, size);
            self.add(sign);
        }
    }

    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.shapes += 1;
        let filled = matches!(mode, DrawMode::Fill(_) | DrawMode::FillAndStroke(..));
        if filled
            && props.blend_mode == BlendMode::Normal
            && props.soft_mask.is_none()
            && let Paint::Color(color) = &props.paint
            && let Some(area) = as_box(path)
        {
            let [red, green, blue, alpha] = color.to_rgba().components();
            if alpha >= WHITE_MIN {
                let white = [red, green, blue].iter().all(|&part| part >= WHITE_MIN);
                self.cover(props.transform.transform_rect_bbox(area), white);
            }
        }
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        let left = self.clip().intersect(clip.path.bounding_box());
        self.clips.push(left);
    }

    fn pop_clip(&mut self) {
        self.clips.pop();
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let size = Rect::new(
            0.0,
            0.0,
            f64::from(image.width()),
            f64::from(image.height()),
        );
        let area = props
            .transform
            .transform_rect_bbox(size)
            .intersect(self.clip());
        let share = area.area() / self.bounds.area().max(1.0);
        self.pictures += 1;
        self.picture = self.picture.max(share);
        // A picture is a ground that white text is seen on. What it covers is not told: it may be clear in parts.
        if self.boxes.len() < BOXES_MAX {
            self.boxes.push((area, false));
        }
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_transparency_group(&mut self) {}
}

/// The height of a font whose signs are placed so: a sign is 1,000 units high.
fn height(placed: Affine) -> f64 {
    let [a, b, c, d, _, _] = placed.as_coeffs();
    let width = a.hypot(b);
    // The height across the direction that the line runs in.
    if width > 0.0 {
        (a * d - b * c).abs() / width * 1_000.0
    } else {
        c.hypot(d) * 1_000.0
    }
}

/// The box that a path draws, if it draws one.
fn as_box(path: &BezPath) -> Option<Rect> {
    let area = path.bounding_box();
    let corners = path.segments().count() <= 5;
    let full = (path.area().abs() - area.area()).abs() <= 0.02 * area.area();
    (corners && full).then_some(area)
}
