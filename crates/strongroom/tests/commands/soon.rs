//! What must come soon, on a machine that others use as well.

use std::time::{Duration, Instant};

/// Does something that must come within so long. A machine that is busy with others may be late once; what waits for
/// something that hangs is late every time.
///
/// # Panics
///
/// If it is late three times in a row.
#[track_caller]
pub(crate) fn soon<T>(within: Duration, mut act: impl FnMut() -> T) -> T {
    let mut late = 0;
    loop {
        let asked = Instant::now();
        let done = act();
        let took = asked.elapsed();
        if took < within {
            return done;
        }
        late += 1;
        assert!(late < 3, "{took:?}, three times");
    }
}
