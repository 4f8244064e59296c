//! Trains gradient-boosted decision trees (logistic loss, histograms, best-first growth)
//! and writes them as the tables that `bylined::gbdt` evaluates.
//!
//! Shared by the training programs, each of which includes it with `#[path]`. Nothing is
//! drawn at random: the same cases give the same table, to the byte.

#![allow(dead_code, reason = "each training program uses a part of it")]

use std::collections::BinaryHeap;
use std::fmt::Write as _;

use bylined::gbdt::Gbdt;

/// Most values that a feature is told apart by.
const BINS_MAX: usize = 250;
/// Bin of unknown values (NaN): above all others, so that they go right.
const BIN_UNKNOWN: u8 = 255;

/// One labelled case.
pub struct Case {
    /// Feature values in the order of their names; NaN where unknown.
    pub values: Vec<f32>,
    /// Whether it is a positive one.
    pub is_positive: bool,
    /// How much it counts.
    pub weight: f32,
}

/// How a model is grown.
#[derive(Clone, Copy)]
pub struct Settings {
    pub trees: usize,
    pub learning_rate: f64,
    pub leaves: usize,
    /// Added to the sum of second derivatives of a leaf.
    pub l2: f64,
    /// Least sum of second derivatives of a leaf.
    pub leaf_weight_min: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { trees: 250, learning_rate: 0.05, leaves: 12, l2: 3.0, leaf_weight_min: 1.0 }
    }
}

/// Learns from all cases; returns the table and its model.
pub fn train(names: &[&str], cases: &[Case], settings: Settings) -> (String, Gbdt) {
    train_in_parts(names, cases, settings, 1)
}

/// The same, each tree shown about one in `parts` of the features, so that no few of them decide
/// everything where cases are scarce.
pub fn train_in_parts(names: &[&str], cases: &[Case], settings: Settings, parts: u32) -> (String, Gbdt) {
    let data = Data::bin(names.len(), cases);
    let (positive, total) = cases.iter().fold((0.0, 0.0), |(positive, total), case| {
        let weight = f64::from(case.weight);
        (positive + if case.is_positive { weight } else { 0.0 }, total + weight)
    });
    let rate = (positive / total).clamp(1e-6, 1.0 - 1e-6);
    let base = (rate / (1.0 - rate)).ln();
    let mut table = format!("gbdt 1\nfeatures {}\nbase {}\n", names.join(" "), short(base));
    let mut scores = vec![base; cases.len()];
    for turn in 0..settings.trees {
        let gradients: Vec<_> =
            cases.iter().zip(&scores).map(|(case, score)| gradient(case, *score)).collect();
        let shown: Vec<bool> = (0..names.len()).map(|it| is_shown(it, turn, parts)).collect();
        let tree = Tree::grow(&data, &gradients, settings, &shown);
        for leaf in tree.nodes.iter().filter(|node| node.children.is_none()) {
            for row in &leaf.rows {
                scores[*row as usize] += leaf.value;
            }
        }
        tree.write(0, &data, &mut table);
        table.truncate(table.trim_end().len());
        table.push('\n');
    }
    let model = Gbdt::parse(&table).expect("what was written can be read");
    (table, model)
}

/// Whether a tree is shown a feature: as if drawn, and always the same.
fn is_shown(feature: usize, turn: usize, parts: u32) -> bool {
    let mut hash = (feature as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (turn as u64 + 1) << 20;
    hash = (hash ^ (hash >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((hash ^ (hash >> 29)) as u32).is_multiple_of(parts)
}

/// First and second derivative of the weighted logistic loss.
fn gradient(case: &Case, score: f64) -> (f64, f64) {
    let probability = 1.0 / (1.0 + (-score).exp());
    let target = if case.is_positive { 1.0 } else { 0.0 };
    let weight = f64::from(case.weight);
    (weight * (probability - target), weight * (probability * (1.0 - probability)).max(1e-9))
}

/// Four significant digits, and nothing below a millionth: what more would say is noise.
fn short(value: f64) -> String {
    let value = if value.abs() < 1e-6 { 0.0 } else { value };
    let text = format!("{value:.3e}");
    let rounded: f32 = text.parse().expect("a number was written");
    format!("{rounded}")
}

/// Cases by column, each value replaced by its bin.
struct Data {
    /// For each feature the bin of each case.
    columns: Vec<Vec<u8>>,
    /// For each feature the largest value of each bin but the last.
    edges: Vec<Vec<f32>>,
}

impl Data {
    fn bin(features: usize, cases: &[Case]) -> Self {
        let mut data = Self { columns: Vec::new(), edges: Vec::new() };
        for feature in 0..features {
            let mut known: Vec<f32> =
                cases.iter().map(|case| case.values[feature]).filter(|value| !value.is_nan()).collect();
            known.sort_by(f32::total_cmp);
            let edges = edges(&known);
            let column = cases.iter().map(|case| bin(&edges, case.values[feature])).collect();
            data.columns.push(column);
            data.edges.push(edges);
        }
        data
    }
}

/// Thresholds that part sorted values into bins of about equal size.
fn edges(sorted: &[f32]) -> Vec<f32> {
    let mut distinct = sorted.to_vec();
    distinct.dedup();
    let between = |low: f32, high: f32| {
        let middle = short(f64::midpoint(f64::from(low), f64::from(high))).parse().expect("a number");
        if low <= middle && middle < high { middle } else { low }
    };
    let mut edges: Vec<f32> = if distinct.len() <= BINS_MAX {
        distinct.windows(2).map(|pair| between(pair[0], pair[1])).collect()
    } else {
        (1..BINS_MAX)
            .map(|part| {
                let value = sorted[part * sorted.len() / BINS_MAX];
                let next = distinct.partition_point(|it| *it <= value);
                distinct.get(next).map_or(value, |next| between(value, *next))
            })
            .collect()
    };
    edges.dedup();
    edges
}

fn bin(edges: &[f32], value: f32) -> u8 {
    if value.is_nan() { BIN_UNKNOWN } else { edges.partition_point(|edge| *edge < value) as u8 }
}

/// A tree while it grows; each node keeps the cases that reach it.
struct Tree {
    nodes: Vec<Grown>,
}

struct Grown {
    rows: Vec<u32>,
    value: f64,
    children: Option<(Cut, usize, usize)>,
}

/// A way to part the cases of a node.
#[derive(Clone, Copy)]
struct Cut {
    feature: usize,
    /// Bins up to this one go left.
    bin: u8,
    gain: f64,
}

/// A leaf that may be parted, best gain first; the earlier node where gains are equal.
struct Open {
    node: usize,
    cut: Cut,
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Open {}
impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Open {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.cut.gain.total_cmp(&other.cut.gain).then(other.node.cmp(&self.node))
    }
}

impl Tree {
    fn grow(data: &Data, gradients: &[(f64, f64)], settings: Settings, shown: &[bool]) -> Self {
        let mut tree = Self { nodes: Vec::new() };
        let mut open = BinaryHeap::new();
        let add = |tree: &mut Self, open: &mut BinaryHeap<Open>, rows: Vec<u32>| {
            let node = tree.nodes.len();
            if let Some(cut) = best_cut(data, gradients, &rows, settings, shown) {
                open.push(Open { node, cut });
            }
            let (first, second) = sums(gradients, &rows);
            let value = -settings.learning_rate * first / (second + settings.l2);
            let value = short(value).parse().expect("a number was written");
            tree.nodes.push(Grown { rows, value, children: None });
            node
        };
        add(&mut tree, &mut open, (0..gradients.len() as u32).collect());
        for _ in 1..settings.leaves {
            let Some(Open { node, cut }) = open.pop() else { break };
            let column = &data.columns[cut.feature];
            let (left, right) =
                tree.nodes[node].rows.iter().partition(|row| column[**row as usize] <= cut.bin);
            let left = add(&mut tree, &mut open, left);
            let right = add(&mut tree, &mut open, right);
            tree.nodes[node].children = Some((cut, left, right));
        }
        tree
    }

    fn write(&self, node: usize, data: &Data, table: &mut String) {
        let Grown { value, children, .. } = &self.nodes[node];
        let value = short(*value);
        match children {
            None => write!(table, "={value} ").expect("strings take everything"),
            Some((cut, left, right)) => {
                let threshold = data.edges[cut.feature].get(usize::from(cut.bin)).copied();
                // Only unknown values go right where no edge is above.
                let threshold = threshold.unwrap_or(f32::MAX);
                write!(table, "{}:{threshold}:{value} ", cut.feature).expect("strings take everything");
                self.write(*left, data, table);
                self.write(*right, data, table);
            }
        }
    }
}

fn sums(gradients: &[(f64, f64)], rows: &[u32]) -> (f64, f64) {
    rows.iter().fold((0.0, 0.0), |(first, second), row| {
        let (one, two) = gradients[*row as usize];
        (first + one, second + two)
    })
}

fn best_cut(
    data: &Data,
    gradients: &[(f64, f64)],
    rows: &[u32],
    settings: Settings,
    shown: &[bool],
) -> Option<Cut> {
    let (first, second) = sums(gradients, rows);
    let worth = |first: f64, second: f64| first * first / (second + settings.l2);
    let mut best: Option<Cut> = None;
    for (feature, column) in data.columns.iter().enumerate().filter(|it| shown[it.0]) {
        let mut histogram = [(0.0, 0.0); 256];
        for row in rows {
            let (one, two) = gradients[*row as usize];
            let cell = &mut histogram[usize::from(column[*row as usize])];
            cell.0 += one;
            cell.1 += two;
        }
        let (mut left, mut left_second) = (0.0, 0.0);
        for (bin, (one, two)) in histogram.iter().enumerate().take(data.edges[feature].len() + 1) {
            left += one;
            left_second += two;
            let right_second = second - left_second;
            if left_second < settings.leaf_weight_min || right_second < settings.leaf_weight_min {
                continue;
            }
            let gain = worth(left, left_second) + worth(first - left, right_second) - worth(first, second);
            if gain > 1e-6 && best.is_none_or(|it| gain > it.gain) {
                best = Some(Cut { feature, bin: bin as u8, gain });
            }
        }
    }
    best
}

/// The fold of a group in cross-validation: groups are never parted, and the fold of one
/// depends on its name alone.
pub fn fold(group: &str, folds: u64) -> u64 {
    let hash = group.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 32)) % folds
}

/// Area under the ROC curve of scores and labels; ties count half.
pub fn auc(scored: &[(f32, bool)]) -> f64 {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut won) = (0.0, 0.0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let positive = tied.iter().filter(|it| it.1).count() as f64;
        let negative = tied.len() as f64 - positive;
        won += positive * (below + negative / 2.0);
        below += negative;
    }
    won / (below * (sorted.len() as f64 - below)).max(1.0)
}
