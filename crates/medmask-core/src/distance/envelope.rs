//! The lowest of the parabolas over the places of a line (Felzenszwalb and Huttenlocher, 2012, "Distance Transforms of Sampled
//! Functions", Theory of Computing 8:415).

/// The lower envelope of parabolas along a line.
pub(crate) struct Envelope {
    /// From one place to the next, in mm.
    step: f64,
    /// Ascending by foot and by where each is the lowest from on.
    lowest: Vec<Parabola>,
}

#[derive(Clone, Copy)]
struct Parabola {
    foot: f64,
    square: f64,
    from: f64,
}

impl Envelope {
    /// Of lines whose places are `step` mm apart.
    pub fn new(step: f64) -> Self {
        Self { step, lowest: Vec::new() }
    }

    /// Takes the parabolas over `feet` with their squares in mm^2 at the foot; feet ascend.
    pub fn fill(&mut self, feet: impl Iterator<Item = (usize, f64)>) {
        self.lowest.clear();
        for (foot, square) in feet.filter(|(_, square)| square.is_finite()) {
            let foot = foot as f64;
            let mut from = f64::NEG_INFINITY;
            while let Some(last) = self.lowest.last() {
                // Where both are equal; from there on the new one is lower.
                let apart = foot - last.foot;
                let rise = (square - last.square) / (self.step * self.step);
                from = last.foot + (apart + rise / apart) / 2.0;
                if from > last.from {
                    break;
                }
                self.lowest.pop();
                from = f64::NEG_INFINITY;
            }
            self.lowest.push(Parabola { foot, square, from });
        }
    }

    /// Calls `each` with every one of `places`, which ascend, and the lowest square there: infinity where there is no parabola.
    pub fn evaluate(&self, places: impl Iterator<Item = usize>, mut each: impl FnMut(usize, f64)) {
        let mut current = 0;
        for place in places {
            let at = place as f64;
            while self.lowest.get(current + 1).is_some_and(|next| next.from <= at) {
                current += 1;
            }
            let lowest = self.lowest.get(current);
            let square = |one: &Parabola| one.square + ((at - one.foot) * self.step).powi(2);
            each(place, lowest.map_or(f64::INFINITY, square));
        }
    }
}
