//! Gradient-boosted decision trees: evaluates models that were trained elsewhere.
//!
//! A model is a text table in the program, so that what was learned can be read and
//! compared by line. Training programs stand in `benches/`; nothing here learns.
//!
//! ```text
//! gbdt 1
//! features title_cosine hours        the names, in the order of the values
//! base -1.2                          log-odds before the first tree
//! 0:0.25:-0.1 =-0.3 1:6.5:0.2 =0.4 =-0.2
//! ```
//!
//! Each further line is one tree in pre-order: `feature:threshold:value` is an inner
//! node whose left subtree, then right subtree, follow; `=value` is a leaf. A value is
//! what the node adds to the log-odds of the cases that reach it. Cases whose feature
//! is at most the threshold go left; others, and unknown values (NaN), go right.

use std::num::ParseFloatError;
use std::num::ParseIntError;

/// Leaves of a tree of a model that can be read: one bit each.
const LEAVES_MAX: usize = 32;
/// Cases that are evaluated at once.
const LANES: usize = 8;

/// A trained binary classifier over named features.
#[derive(Clone, Debug)]
pub struct Gbdt {
    features: Vec<String>,
    base: f32,
    nodes: Vec<Node>,
    /// Where each tree begins in `nodes`.
    roots: Vec<u32>,
    /// The same trees, as they are evaluated.
    trees: Vec<Tree>,
    splits: Vec<LeafMask>,
    leaves: Vec<f32>,
}

/// Where a tree ends in `splits` and `leaves`; it begins where the one before ends.
#[derive(Clone, Copy, Debug)]
struct Tree {
    splits_end: u32,
    leaves_end: u32,
}

/// A split, as what it leaves of the tree's leaves for a case that goes right (QuickScorer, Lucchese et
/// al., SIGIR 2015): of the leaves that all splits leave, a case reaches the first. No split waits for
/// another one, so that the processor compares several cases at a time and guesses no branch.
#[derive(Clone, Copy, Debug)]
struct LeafMask {
    threshold: f32,
    feature: u16,
    /// A bit for each leaf, counted from the left; none for those of the left subtree.
    right: u32,
}

/// One node; its left child, if it has any, is the next node.
#[derive(Clone, Copy, Debug)]
struct Node {
    value: f32,
    split: Option<Split>,
}

#[derive(Clone, Copy, Debug)]
struct Split {
    feature: u16,
    threshold: f32,
    right: u32,
}

impl Gbdt {
    /// Reads a model table.
    ///
    /// # Errors
    /// Names the first line that is not as the module's documentation says.
    pub fn parse(table: &str) -> Result<Self, GbdtError> {
        let mut lines = table.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
        let (head, number) = lines.next().ok_or(GbdtError::Ends)?;
        if head.trim() != "gbdt 1" {
            return Err(GbdtError::Line { number, cause: LineError::Version });
        }
        let features = labelled(lines.next(), "features")?.split_whitespace().map(str::to_owned).collect();
        let (base, number) = labelled_at(lines.next(), "base")?;
        let base =
            base.parse().map_err(|cause| GbdtError::Line { number, cause: LineError::Value(cause) })?;
        let mut model = Self {
            features,
            base,
            nodes: Vec::new(),
            roots: Vec::new(),
            trees: Vec::new(),
            splits: Vec::new(),
            leaves: Vec::new(),
        };
        for (line, number) in lines {
            model.push_tree(line).map_err(|cause| GbdtError::Line { number, cause })?;
        }
        Ok(model)
    }

    /// Names of the features, in the order in which their values are given.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.features.iter().map(String::as_str)
    }

    /// The log-odds that a case with these feature values is a positive one.
    ///
    /// Values beyond the named features are ignored; missing ones count as unknown.
    pub fn log_odds(&self, values: &[f32]) -> f32 {
        let mut columns = vec![[f32::NAN; LANES]; self.features.len()];
        fill(&mut columns, &[values]);
        self.sums(&columns)[0]
    }

    /// The probability that a case with these feature values is a positive one.
    pub fn probability(&self, values: &[f32]) -> f32 {
        1.0 / (1.0 + (-self.log_odds(values)).exp())
    }

    /// The same for many cases at once: each tree is read once for several of them.
    pub fn probabilities(&self, cases: &[&[f32]]) -> Vec<f32> {
        let log_odds = self.log_odds_of(cases.iter().copied());
        log_odds.into_iter().map(|it| 1.0 / (1.0 + (-it).exp())).collect()
    }

    /// As [`Gbdt::log_odds`], for many cases at once.
    pub fn log_odds_of<'a>(&self, cases: impl Iterator<Item = &'a [f32]>) -> Vec<f32> {
        let cases: Vec<&[f32]> = cases.collect();
        let mut columns = vec![[f32::NAN; LANES]; self.features.len()];
        let mut sums = Vec::with_capacity(cases.len());
        for cases in cases.chunks(LANES) {
            fill(&mut columns, cases);
            sums.extend_from_slice(&self.sums(&columns)[..cases.len()]);
        }
        sums
    }

    /// The log-odds of as many cases as there are lanes, given the values of each feature.
    fn sums(&self, columns: &[[f32; LANES]]) -> [f32; LANES] {
        let mut sums = [self.base; LANES];
        let (mut splits, mut leaves) = (0, 0);
        for tree in &self.trees {
            let (splits_end, leaves_end) = (tree.splits_end as usize, tree.leaves_end as usize);
            let left = narrow(&self.splits[splits..splits_end], columns);
            for (sum, left) in sums.iter_mut().zip(left) {
                *sum += self.leaves[leaves + left.trailing_zeros() as usize];
            }
            (splits, leaves) = (splits_end, leaves_end);
        }
        sums
    }

    /// What each feature adds to the log-odds of this case, in the order of `features`.
    ///
    /// A split adds the difference between the node's value and its child's, so that the
    /// contributions and the values of all roots add up to `log_odds`.
    pub fn contributions(&self, values: &[f32]) -> Vec<f32> {
        let mut added = vec![0.0; self.features.len()];
        for &root in &self.roots {
            self.leaf(root, values, |feature, difference| added[feature] += difference);
        }
        added
    }

    /// The value of the leaf that a case reaches from `root`; `visit` is told of each split.
    fn leaf(&self, root: u32, values: &[f32], mut visit: impl FnMut(usize, f32)) -> f32 {
        let mut at = root as usize;
        loop {
            let Node { value, split } = self.nodes[at];
            let Some(Split { feature, threshold, right }) = split else { return value };
            let feature = usize::from(feature);
            let goes_left = values.get(feature).is_some_and(|it| *it <= threshold);
            at = if goes_left { at + 1 } else { right as usize };
            visit(feature, self.nodes[at].value - value);
        }
    }

    fn push_tree(&mut self, line: &str) -> Result<(), LineError> {
        self.roots.push(self.nodes.len() as u32);
        let first_leaf = self.leaves.len();
        let mut tokens = line.split_whitespace();
        self.push_node(&mut tokens, first_leaf)?;
        if tokens.next().is_some() {
            return Err(LineError::Surplus);
        }
        self.trees.push(Tree { splits_end: self.splits.len() as u32, leaves_end: self.leaves.len() as u32 });
        Ok(())
    }

    fn push_node<'a>(
        &mut self,
        tokens: &mut impl Iterator<Item = &'a str>,
        first_leaf: usize,
    ) -> Result<(), LineError> {
        let token = tokens.next().ok_or(LineError::Incomplete)?;
        if let Some(value) = token.strip_prefix('=') {
            let value = value.parse().map_err(LineError::Value)?;
            self.nodes.push(Node { value, split: None });
            self.leaves.push(value);
            return Ok(());
        }
        let mut parts = token.splitn(3, ':');
        let (Some(feature), Some(threshold), Some(value)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(LineError::Node(token.to_owned()));
        };
        let feature: u16 = feature.parse().map_err(LineError::Feature)?;
        if usize::from(feature) >= self.features.len() {
            return Err(LineError::NoFeature(feature));
        }
        let threshold = threshold.parse().map_err(LineError::Value)?;
        let (at, split) = (self.nodes.len(), self.splits.len());
        // A tree has a leaf more than splits.
        if LEAVES_MAX <= split - self.trees.last().map_or(0, |it| it.splits_end as usize) + 1 {
            return Err(LineError::TooLarge);
        }
        self.nodes.push(Node { value: value.parse().map_err(LineError::Value)?, split: None });
        self.splits.push(LeafMask { threshold, feature, right: 0 });
        let from = self.leaves.len() - first_leaf;
        self.push_node(tokens, first_leaf)?;
        let right = self.nodes.len() as u32;
        self.nodes[at].split = Some(Split { feature, threshold, right });
        let of_left = bits(self.leaves.len() - first_leaf) & !bits(from);
        self.splits[split].right = !of_left;
        self.push_node(tokens, first_leaf)
    }
}

/// The leaves that the splits of a tree leave of all, for each case.
///
/// A function of its own, as in the midst of others the compiler takes the lanes apart.
#[inline(never)]
fn narrow(splits: &[LeafMask], columns: &[[f32; LANES]]) -> [u32; LANES] {
    let mut left = [u32::MAX; LANES];
    for split in splits {
        let column = &columns[usize::from(split.feature)];
        for (left, value) in left.iter_mut().zip(column) {
            // All bits or none, by arithmetic: a branch would be mispredicted every other time.
            *left &= u32::from(*value <= split.threshold).wrapping_neg() | split.right;
        }
    }
    left
}

/// The lowest bits, so many.
fn bits(count: usize) -> u32 {
    u32::MAX.checked_shr(u32::BITS - count.min(LEAVES_MAX) as u32).unwrap_or(0)
}

/// Puts the values of some cases, each in a lane, under their features. What a case lacks is unknown; the
/// lanes that are left keep what they hold.
fn fill(columns: &mut [[f32; LANES]], cases: &[&[f32]]) {
    for (lane, case) in cases.iter().enumerate() {
        let values = case.iter().copied().chain(std::iter::repeat(f32::NAN));
        columns.iter_mut().zip(values).for_each(|(column, value)| column[lane] = value);
    }
}

fn labelled<'a>(line: Option<(&'a str, usize)>, label: &'static str) -> Result<&'a str, GbdtError> {
    labelled_at(line, label).map(|(rest, _)| rest)
}

fn labelled_at<'a>(
    line: Option<(&'a str, usize)>,
    label: &'static str,
) -> Result<(&'a str, usize), GbdtError> {
    let (line, number) = line.ok_or(GbdtError::Ends)?;
    match line.trim().split_once(' ') {
        Some((found, rest)) if found == label => Ok((rest.trim(), number)),
        _ => Err(GbdtError::Line { number, cause: LineError::Label(label) }),
    }
}

/// Why a model table cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum GbdtError {
    /// The heading is not complete.
    #[error("the model ends within its heading")]
    Ends,
    /// A line is not as it must be.
    #[error("line {number} of the model cannot be read")]
    Line {
        /// Counted from 1.
        number: usize,
        /// What is wrong with it.
        #[source]
        cause: LineError,
    },
}

/// What is wrong with a line of a model table.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The first line names another format.
    #[error("expected `gbdt 1`")]
    Version,
    /// A line of the heading has another label.
    #[error("expected `{0} …`")]
    Label(&'static str),
    /// A number cannot be read.
    #[error("a value is not a number")]
    Value(#[source] ParseFloatError),
    /// The number of a feature cannot be read.
    #[error("a feature is not a number")]
    Feature(#[source] ParseIntError),
    /// A split names a feature that the heading does not have.
    #[error("there is no feature {0}")]
    NoFeature(u16),
    /// A token is neither a leaf nor a split.
    #[error("`{0}` is neither `=value` nor `feature:threshold:value`")]
    Node(String),
    /// The tree ends before all its branches have leaves.
    #[error("the tree is incomplete")]
    Incomplete,
    /// The line goes on after its tree is complete.
    #[error("the line goes on after its tree")]
    Surplus,
    /// The tree is larger than any model of ours.
    #[error("the tree has more than {LEAVES_MAX} leaves")]
    TooLarge,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "gbdt 1\nfeatures cosine hours\nbase -1\n\
        0:0.25:0 =-0.5 1:6.5:0.25 =1.5 =-0.25\n=0.125\n";

    #[track_caller]
    fn check(values: &[f32], expected: f32) {
        let model = Gbdt::parse(TABLE).expect("the table is well-formed");
        assert_eq!(model.log_odds(values), expected);
        assert_eq!(model.probabilities(&[values, &[]]), [model.probability(values), model.probability(&[])]);
        let roots = -1.0 + 0.0 + 0.125;
        let sum: f32 = model.contributions(values).iter().sum();
        assert_eq!(roots + sum, expected, "contributions do not add up");
    }

    #[test]
    fn cases_follow_the_splits_of_every_tree() {
        check(&[0.25, 0.0], -1.375);
        check(&[0.5, 6.5], 0.625);
        check(&[0.5, 7.0], -1.125);
    }

    #[test]
    fn unknown_and_missing_values_go_right() {
        check(&[f32::NAN, f32::NAN], -1.125);
        check(&[0.5], -1.125);
    }

    #[test]
    fn a_case_reaches_the_same_leaf_beside_others_as_alone() {
        /// A tree of so many leaves, each of another value, whose splits fork at chance.
        fn tree(leaves: usize, next: &mut impl FnMut(usize) -> usize, line: &mut String) {
            if leaves == 1 {
                line.push_str(&format!("={} ", next(1_000)));
                return;
            }
            line.push_str(&format!("{}:{}:0.5 ", next(3), next(10)));
            let left = 1 + next(leaves - 1);
            tree(left, next, line);
            tree(leaves - left, next, line);
        }
        let mut state = 7_u32;
        let mut next = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize % below
        };
        let mut table = String::from("gbdt 1\nfeatures a b c\nbase 0\n");
        for leaves in 1..=LEAVES_MAX {
            tree(leaves, &mut next, &mut table);
            table.push('\n');
        }
        let model = Gbdt::parse(&table).expect("the table is well-formed");
        let cases: Vec<[f32; 3]> =
            (0..3 * LANES + 1).map(|_| std::array::from_fn(|_| next(11) as f32)).collect();
        let sums = model.log_odds_of(cases.iter().map(|it| &it[..]));
        for (case, sum) in cases.iter().zip(sums) {
            // By following the splits one after another.
            let walked = model.roots.iter().fold(0.0, |sum, root| sum + model.leaf(*root, case, |_, _| {}));
            assert_eq!((sum, model.log_odds(case)), (walked, walked), "{case:?}");
        }
    }

    #[test]
    fn damaged_tables_are_refused_by_line() {
        for (table, line) in [
            ("gbdt 2\nfeatures a\nbase 0", 1),
            ("gbdt 1\nbase 0", 2),
            ("gbdt 1\nfeatures a\nbase x", 3),
            ("gbdt 1\nfeatures a\nbase 0\n1:0:0 =1 =1", 4),
            ("gbdt 1\nfeatures a\nbase 0\n=1\n0:0:0 =1", 5),
            ("gbdt 1\nfeatures a\nbase 0\n=1 =1", 4),
            ("gbdt 1\nfeatures a\nbase 0\n0:0 =1 =1", 4),
        ] {
            match Gbdt::parse(table) {
                Err(GbdtError::Line { number, .. }) => assert_eq!(number, line, "{table}"),
                other => panic!("{table}: {other:?}"),
            }
        }
        assert!(matches!(Gbdt::parse(""), Err(GbdtError::Ends)));
        let with_leaves = |count: usize| {
            let splits = "0:0:0 ".repeat(count - 1);
            Gbdt::parse(&format!("gbdt 1\nfeatures a\nbase 0\n=0\n{splits}{}", "=1 ".repeat(count)))
        };
        assert!(with_leaves(LEAVES_MAX).is_ok());
        assert!(with_leaves(LEAVES_MAX + 1).is_err());
        assert!(with_leaves(100_000).is_err());
    }
}
