//! From pieces to text.

use std::cmp::Ordering;

use super::{Node, Param};
use crate::{Value, json, number};

/// How many things may be found at once.
const MOST: usize = 1 << 16;

/// Something that was found, or stands in the template.
#[derive(Clone, Debug)]
enum Item<'d> {
    /// Nothing at all, which a range without items goes on with.
    None,
    Data(&'d Value),
    /// Numbers of the data are never integers.
    Int(i64),
    Float(f64),
    Bool(bool),
    Text(String),
}

/// What was found until something went wrong, and what that is.
type Walked<'d> = Result<Vec<Item<'d>>, (Vec<Item<'d>>, String)>;

/// Fills in a template.
pub(super) fn fill(nodes: &[Node], data: &Value) -> Result<String, String> {
    let mut run = Run { nodes, ranges: 0, steps: 1 << 20 };
    let mut out = String::new();
    run.block(0, &Item::Data(data), &mut out)?;
    Ok(out)
}

/// One pass through a template.
struct Run<'n> {
    nodes: &'n [Node],
    /// Ranges that are open.
    ranges: usize,
    /// How many pieces may still be filled in.
    steps: usize,
}

impl Run<'_> {
    /// Fills in the pieces from number `at` up to the end of the template or to that of a range; returns the
    /// number of the last one.
    fn block(&mut self, mut at: usize, data: &Item<'_>, out: &mut String) -> Result<usize, String> {
        while let Some(node) = self.nodes.get(at) {
            self.steps = self.steps.checked_sub(1).ok_or("the template repeats too much")?;
            let found = walk(vec![data.clone()], node, self.ranges > 0);
            let found = found.map_err(|(_, problem)| problem)?;
            if is_word(node, "end") {
                return Ok(at);
            }
            if is_word(node, "range") {
                at = self.range(at + 1, &found, out)?;
            } else {
                print(&found, out);
            }
            at += 1;
        }
        Ok(at)
    }

    /// Fills in the pieces from `at` for each item; returns the number of the piece that ends the range.
    fn range(&mut self, at: usize, items: &[Item<'_>], out: &mut String) -> Result<usize, String> {
        self.ranges += 1;
        let mut end = at;
        if items.is_empty() {
            end = self.block(at, &Item::None, &mut String::new())?;
        }
        for item in items {
            end = self.block(at, item, out)?;
        }
        self.ranges -= 1;
        Ok(end)
    }
}

/// Returns whether braces hold the word `range` or `end`.
fn is_word(node: &Node, word: &str) -> bool {
    let Node::List(nodes) = node else { return false };
    nodes.iter().any(|node| matches!(node, Node::Word(found) if found == word))
}

fn walk<'d>(input: Vec<Item<'d>>, node: &Node, in_range: bool) -> Walked<'d> {
    let each = |item: Item<'d>| Ok(vec![item; input.len()]);
    match node {
        Node::Text(text) => Ok(vec![Item::Text(text.clone())]),
        Node::Int(number) => each(Item::Int(*number)),
        Node::Float(number) => each(Item::Float(*number)),
        Node::Bool(flag) => each(Item::Bool(*flag)),
        Node::List(nodes) => walk_all(input, nodes, in_range),
        Node::Field(name) => field(&input, name),
        Node::Index(params) => index(input, *params),
        Node::Wildcard => few(input.iter().flat_map(children)),
        Node::Recursive => {
            let mut found = Vec::new();
            descend(&input, &mut found);
            few(found.into_iter())
        }
        Node::Union(lists) => {
            let mut found = Vec::new();
            for nodes in lists {
                match walk_all(input.clone(), nodes, in_range) {
                    Ok(items) => found.extend(items),
                    Err((_, problem)) => return Err((input, problem)),
                }
            }
            Ok(found)
        }
        Node::Exists(nodes) => filter(input, |item| {
            let found = walk_all(vec![item], nodes, in_range);
            // What is found up to a mistake counts.
            Ok(!found.unwrap_or_else(|(found, _)| found).is_empty())
        }),
        Node::Filter { left, operator, right } => {
            filter(input, |item| compare(&item, left, operator, right, in_range))
        }
        Node::Word(word) => match word.as_str() {
            "range" => Ok(input),
            "end" if in_range => Ok(Vec::new()),
            "end" => Err((Vec::new(), "not in range, nothing to end".to_owned())),
            other => Err((input, format!("unrecognized identifier {other}"))),
        },
    }
}

fn walk_all<'d>(input: Vec<Item<'d>>, nodes: &[Node], in_range: bool) -> Walked<'d> {
    nodes.iter().try_fold(input, |found, node| walk(found, node, in_range))
}

fn field<'d>(input: &[Item<'d>], name: &str) -> Walked<'d> {
    let find = |item: &Item<'d>| match item {
        Item::Data(value) => value.get(name).map(Item::Data),
        _ => None,
    };
    let found: Vec<Item<'_>> = input.iter().filter_map(find).collect();
    if found.is_empty() && !input.is_empty() {
        return Err((found, format!("{name} is not found")));
    }
    Ok(found)
}

fn index(input: Vec<Item<'_>>, params: [Param; 3]) -> Walked<'_> {
    let mut found = Vec::new();
    for item in &input {
        let items = match item {
            Item::Data(Value::Null) => continue,
            Item::Data(Value::List(items)) => items,
            other => {
                let problem = format!("{} is not array or slice", go_type(other));
                return Err((input, problem));
            }
        };
        match range_of(params, items.len()) {
            Ok(None) => return Ok(found),
            Ok(Some((from, to, step))) => {
                let part = items.get(from..to).unwrap_or_default();
                found.extend(part.iter().step_by(step).map(Item::Data));
            }
            Err(problem) => return Err((input, problem)),
        }
    }
    Ok(found)
}

/// Returns from where to where a list of `length` items is taken and in which steps; nothing for no items.
fn range_of(params: [Param; 3], length: usize) -> Result<Option<(usize, usize, usize)>, String> {
    let [from, to, step] = params;
    let count = i64::try_from(length).unwrap_or(i64::MAX);
    let mut start = if from.known { from.value } else { 0 };
    if start < 0 {
        start += count;
    }
    let mut end = if to.known { to.value } else { count };
    if end < 0 || (end == 0 && to.derived) {
        end += count;
    }
    if start == end {
        return Ok(None);
    }
    let outside =
        |index: i64| Err(format!("array index out of bounds: index {index}, length {length}"));
    if start >= count || start < 0 {
        return outside(start);
    }
    if end > count || end < 0 {
        return outside(end - 1);
    }
    if start > end {
        return Err(format!("starting index {start} is greater than ending index {end}"));
    }
    let step = if step.known { step.value } else { 1 };
    if step <= 0 {
        return Err("step must be > 0".to_owned());
    }
    let number = |number: i64| usize::try_from(number).unwrap_or_default();
    Ok(Some((number(start), number(end), number(step))))
}

fn children<'d>(item: &Item<'d>) -> Vec<Item<'d>> {
    let bytes = |text: &str| text.bytes().map(|byte| Item::Int(byte.into())).collect();
    match item {
        Item::Data(Value::List(items)) => items.iter().map(Item::Data).collect(),
        Item::Data(Value::Map(map)) => map.values().map(Item::Data).collect(),
        Item::Data(Value::String(text)) => bytes(text),
        Item::Text(text) => bytes(text),
        _ => Vec::new(),
    }
}

/// Finds everything that has something in it, outermost first; at some point there is too much of it.
fn descend<'d>(input: &[Item<'d>], found: &mut Vec<Item<'d>>) {
    for item in input {
        let below = children(item);
        if !below.is_empty() && found.len() <= MOST {
            found.push(item.clone());
            descend(&below, found);
        }
    }
}

/// Collects what was found, unless that is too much.
fn few<'d>(found: impl Iterator<Item = Item<'d>>) -> Walked<'d> {
    let found: Vec<_> = found.take(MOST + 1).collect();
    if found.len() > MOST {
        return Err((Vec::new(), format!("more than {MOST} things are found")));
    }
    Ok(found)
}

fn filter<'d>(
    input: Vec<Item<'d>>,
    mut holds: impl FnMut(Item<'d>) -> Result<bool, String>,
) -> Walked<'d> {
    let mut found = Vec::new();
    for item in &input {
        let Item::Data(Value::List(items)) = item else {
            let problem = format!("{} is not array or slice and cannot be filtered", go_text(item));
            return Err((input, problem));
        };
        for item in items.iter().map(Item::Data) {
            match holds(item.clone()) {
                Ok(true) => found.push(item),
                Ok(false) => {}
                Err(problem) => return Err((found, problem)),
            }
        }
    }
    Ok(found)
}

fn compare(
    item: &Item<'_>,
    left: &[Node],
    operator: &str,
    right: &[Node],
    in_range: bool,
) -> Result<bool, String> {
    let one = |nodes: &[Node]| {
        let found =
            walk_all(vec![item.clone()], nodes, in_range).map_err(|(_, problem)| problem)?;
        if found.len() > 1 {
            return Err("can only compare one element at a time".to_owned());
        }
        Ok(found.into_iter().next())
    };
    let Some(left) = one(left)? else { return Ok(false) };
    let Some(right) = one(right)? else { return Ok(false) };
    let order = ordering(&left, &right);
    let is_bool = matches!(scalar(&left), Some(Item::Bool(_)));
    let sorted = |order: Result<Option<Ordering>, String>, wanted: fn(Ordering) -> bool| {
        if is_bool {
            return Err("invalid type for comparison".to_owned());
        }
        Ok(order?.is_some_and(wanted))
    };
    match operator {
        "==" => Ok(order? == Some(Ordering::Equal)),
        "!=" => Ok(order? != Some(Ordering::Equal)),
        "<" => sorted(order, Ordering::is_lt),
        ">" => sorted(order, Ordering::is_gt),
        "<=" => sorted(order, Ordering::is_le),
        ">=" => sorted(order, Ordering::is_ge),
        _ => Err(format!("unrecognized filter operator {operator}")),
    }
}

/// Compares what is of the same kind.
fn ordering(left: &Item<'_>, right: &Item<'_>) -> Result<Option<Ordering>, String> {
    let no_scalar = || "invalid type for comparison".to_owned();
    let left = scalar(left).ok_or_else(no_scalar)?;
    let right = scalar(right).ok_or_else(no_scalar)?;
    match (left, right) {
        (Item::Bool(left), Item::Bool(right)) => Ok(Some(left.cmp(&right))),
        (Item::Int(left), Item::Int(right)) => Ok(Some(left.cmp(&right))),
        (Item::Float(left), Item::Float(right)) => Ok(left.partial_cmp(&right)),
        (Item::Text(left), Item::Text(right)) => Ok(Some(left.cmp(&right))),
        _ => Err("incompatible types for comparison".to_owned()),
    }
}

fn scalar<'d>(item: &Item<'d>) -> Option<Item<'d>> {
    Some(match item {
        Item::Data(Value::Bool(flag)) => Item::Bool(*flag),
        Item::Data(value @ (Value::Int(_) | Value::Float(_))) => Item::Float(float(value)),
        Item::Data(Value::String(text)) => Item::Text(text.to_string()),
        Item::Data(_) | Item::None => return None,
        other => other.clone(),
    })
}

/// Returns a number as templates see it.
fn float(value: &Value) -> f64 {
    match value.to_floats() {
        Value::Float(number) => number,
        _ => 0.0,
    }
}

/// Prints what was found, a blank between.
fn print(items: &[Item<'_>], out: &mut String) {
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(' ');
        }
        match item {
            Item::Data(value @ (Value::List(_) | Value::Map(_))) => {
                out.push_str(&json::to_string(value));
            }
            Item::Data(Value::Null) => out.push_str("null"),
            item => out.push_str(&go_text(item)),
        }
    }
}

/// Returns what Go's `%v` prints.
fn go_text(item: &Item<'_>) -> String {
    match item {
        Item::None => "<no value>".to_owned(),
        Item::Int(number) => number.to_string(),
        Item::Float(number) => number::format_g(*number),
        Item::Bool(flag) => flag.to_string(),
        Item::Text(text) => text.clone(),
        Item::Data(value) => go_value(value),
    }
}

fn go_value(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(_) | Value::Float(_) => number::format_g(float(value)),
        Value::String(text) => text.to_string(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(go_value).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Map(map) => {
            let entries: Vec<String> =
                map.iter().map(|(key, value)| format!("{key}:{}", go_value(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
    }
}

fn go_type(item: &Item<'_>) -> &'static str {
    match item {
        Item::None => "<nil>",
        Item::Int(_) => "int",
        Item::Bool(_) => "bool",
        Item::Text(_) => "string",
        Item::Float(_) | Item::Data(Value::Int(_)) => "float64",
        Item::Data(value) => value.go_type(),
    }
}
