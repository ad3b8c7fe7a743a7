//! A week as a picture: a row for each day, a bar for each window.

use maud::{Markup, html};

use crate::output::hours;
use crate::time::Week;

const HOUR: u16 = 12;
const ROW: u16 = 14;
const LEFT: u16 = 32;

/// The picture of a week.
pub(super) fn picture(week: &Week, label: &str) -> Markup {
    let width = LEFT + 24 * HOUR + 8;
    let height = 8 * ROW + 4;
    let x = |minute: u16| f32::from(LEFT) + f32::from(minute) * f32::from(HOUR) / 60.0;
    html! {
        svg role="img" aria-label=(label) width=(width) height=(height) viewBox=(format!("0 0 {width} {height}")) {
            @for hour in [0u16, 6, 12, 18, 24] {
                text x=(x(hour * 60)) y=(10) text-anchor="middle" { (hour) }
            }
            @for day in 0..7u16 {
                @let top = ROW + day * ROW;
                text x="0" y=(top + 11) { (hours::day(usize::from(day))) }
                rect.day x=(LEFT) y=(top) width=(24 * HOUR) height=(ROW - 2) {}
                @for (from, to) in week.day(usize::from(day)).as_slice() {
                    rect.open x=(x(*from)) y=(top) width=(x(*to) - x(*from)) height=(ROW - 2) {}
                }
            }
        }
    }
}
