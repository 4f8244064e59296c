//! How much of its article and of the title each line covers, in its words.

use foldhash::HashMap;

/// Numbers of a line.
const NUMBERS: usize = 15;
/// Stems of which a text speaks most.
const TOP: usize = 10;
/// Share of the title's stems with which a line speaks of its matter.
const TITLED_MIN: f32 = 0.3;

/// Measures each line against the title and against all lines, which count as far as they are text of the
/// article (`own`, 0 to 1). Stems are sorted, each once.
pub(super) fn of_lines(title: &[u32], lines: &[&[u32]], own: &[f32]) -> Vec<[f32; NUMBERS]> {
    let text = StemMass::new(lines, own);
    let size = |stems: &[u32]| (stems.len().max(1) as f32).sqrt();
    let in_title: Vec<f32> =
        lines.iter().map(|it| it.iter().filter(|it| has(title, **it)).count() as f32).collect();
    let like_title: Vec<f32> =
        lines.iter().zip(&in_title).map(|(line, it)| it / size(line) / size(title)).collect();
    let like_text: Vec<f32> = (0..lines.len()).map(|at| text.direction_of(at) / size(lines[at])).collect();
    let share: Vec<f32> = (0..lines.len()).map(|at| text.share_of(at)).collect();
    let titled: Vec<f32> = in_title.iter().map(|it| it / title.len().max(1) as f32).collect();
    let new = new_of_title(title, lines, own);
    let of_text = |values: &[f32]| -> Vec<f32> {
        let own_values: Vec<f32> = values.iter().zip(own).map(|(it, own)| it * own).collect();
        ranks(&own_values)
    };
    let of_each = [&like_title, &like_text, &share, &titled].map(|it| of_text(it));
    let best = titled.iter().zip(own).fold(0.0_f32, |best, (it, own)| best.max(it * own));
    let (mut best_before, mut titled_before) = (0.0_f32, 0.0);
    let mut numbers = Vec::with_capacity(lines.len());
    for at in 0..lines.len() {
        let own_titled = titled[at] * own[at];
        titled_before += if TITLED_MIN < titled[at] { own[at] } else { 0.0 };
        numbers.push([
            like_title[at],
            like_text[at],
            like_title[at] - like_text[at],
            text.top_of(at),
            share[at],
            10.0 * share[at] / lines[at].len().max(1) as f32,
            of_each[0][at].ln_1p(),
            of_each[1][at].ln_1p(),
            of_each[2][at].ln_1p(),
            titled[at],
            new[at],
            of_each[3][at],
            own_titled - best_before,
            best - own_titled,
            titled_before,
        ]);
        best_before = best_before.max(own_titled);
    }
    numbers
}

/// The place of each value among all, the greatest first; of equal ones that of the earlier is lower.
pub(super) fn ranks(values: &[f32]) -> Vec<f32> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    let mut ranks = vec![0.0; values.len()];
    order.iter().enumerate().for_each(|(rank, at)| ranks[*at] = rank as f32);
    ranks
}

fn has(stems: &[u32], stem: u32) -> bool {
    stems.binary_search(&stem).is_ok()
}

/// The share of the title's stems that each line is the first of the text to have.
fn new_of_title(title: &[u32], lines: &[&[u32]], own: &[f32]) -> Vec<f32> {
    let mut left: Vec<u32> = title.to_vec();
    let all = title.len().max(1) as f32;
    let shares = lines.iter().zip(own).map(|(line, own)| {
        let new = left.iter().filter(|it| has(line, **it)).count() as f32 / all;
        if 0.5 < *own {
            left.retain(|it| !has(line, *it));
        }
        new
    });
    shares.collect()
}

/// How much a text speaks of each of its stems.
struct StemMass {
    /// Numbers of each line's stems, in the order in which the text has them first.
    lines: Vec<Vec<usize>>,
    /// How many lines have each stem.
    counts: Vec<f32>,
    /// The same, each line of the same length, in sum of length 1.
    direction: Vec<f32>,
    total: f32,
    is_top: Vec<bool>,
}

impl StemMass {
    fn new(lines: &[&[u32]], own: &[f32]) -> Self {
        let mut numbers: HashMap<u32, usize> = HashMap::default();
        let (mut counts, mut direction) = (Vec::new(), Vec::new());
        let mut numbered = Vec::with_capacity(lines.len());
        for (line, own) in lines.iter().zip(own) {
            let length = (line.len().max(1) as f32).sqrt();
            let mut of_line = Vec::with_capacity(line.len());
            for stem in *line {
                let next = counts.len();
                let number = *numbers.entry(*stem).or_insert(next);
                if number == next {
                    counts.push(0.0);
                    direction.push(0.0);
                }
                counts[number] += own;
                direction[number] += own / length;
                of_line.push(number);
            }
            numbered.push(of_line);
        }
        let length = direction.iter().map(|it| it * it).sum::<f32>().sqrt() + 1e-6;
        direction.iter_mut().for_each(|it| *it /= length);
        let mut order: Vec<usize> = (0..counts.len()).collect();
        order.sort_by(|a, b| counts[*b].total_cmp(&counts[*a]));
        let mut is_top = vec![false; counts.len()];
        order.iter().take(TOP).for_each(|it| is_top[*it] = true);
        let total = counts.iter().sum::<f32>() + 1e-6;
        Self { lines: numbered, counts, direction, total, is_top }
    }

    fn sum(&self, line: usize, of: &[f32]) -> f32 {
        self.lines[line].iter().map(|it| of[*it]).sum()
    }

    fn direction_of(&self, line: usize) -> f32 {
        self.sum(line, &self.direction)
    }

    fn share_of(&self, line: usize) -> f32 {
        self.sum(line, &self.counts) / self.total
    }

    fn top_of(&self, line: usize) -> f32 {
        self.lines[line].iter().filter(|it| self.is_top[**it]).count() as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_measured_against_the_title_and_what_is_text() {
        let (title, lines) = ([1, 2], [[1, 5].as_slice(), &[1, 2, 3], &[1, 4], &[]]);
        let all = of_lines(&title, &lines, &[0.0, 1.0, 1.0, 1.0]);
        let of = |number: usize| all.iter().map(|it| it[number]).collect::<Vec<f32>>();
        // Of the title: what a line has, and what none of the text before it has.
        assert_eq!(of(9), [0.5, 1.0, 0.5, 0.0]);
        assert_eq!(of(10), [0.5, 1.0, 0.0, 0.0]);
        // Of the text: the words of the first line count nothing.
        let share: Vec<f32> = of(4).iter().map(|it| (it * 10.0).round()).collect();
        assert_eq!(share, [4.0, 8.0, 6.0, 0.0]);
        assert_eq!(of(8).iter().map(|it| it.exp().round()).collect::<Vec<f32>>(), [3.0, 1.0, 2.0, 4.0]);
        // Places among the text.
        assert_eq!(of(11), [2.0, 0.0, 1.0, 3.0]);
        // Beside the line that has most of the title so far, and in all.
        assert_eq!(of(12), [0.0, 1.0, -0.5, -1.0]);
        assert_eq!(of(13), [1.0, 0.0, 0.5, 1.0]);
        assert!(all.iter().flatten().all(|it| it.is_finite()));
    }
}
