//! Lines that differ.

use similar::{ChangeTag, TextDiff};

/// One line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it stands.
    pub tag: Tag,
    /// The line, without its end.
    pub text: String,
}

/// Where a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Before and after.
    Same,
    /// Only before.
    Removed,
    /// Only after.
    Added,
    /// Nowhere: lines that are the same on both sides are left out here.
    Gap,
}

/// Returns the lines of two texts, with `context` only those as near to a change.
#[must_use]
pub fn lines(before: &str, after: &str, context: Option<usize>) -> Vec<Line> {
    let diff = TextDiff::from_lines(before, after);
    let all = diff.iter_all_changes().map(|change| Line {
        tag: match change.tag() {
            ChangeTag::Equal => Tag::Same,
            ChangeTag::Delete => Tag::Removed,
            ChangeTag::Insert => Tag::Added,
        },
        text: change.value().trim_end_matches('\n').to_owned(),
    });
    let all: Vec<Line> = all.collect();
    context.map_or_else(|| all.clone(), |context| near(&all, context))
}

/// Returns the lines that are at most `context` lines away from a change.
fn near(all: &[Line], context: usize) -> Vec<Line> {
    let changed = |line: &Line| line.tag != Tag::Same;
    let (mut shown, mut gap) = (Vec::new(), false);
    for (place, line) in all.iter().enumerate() {
        let (first, last) = (place.saturating_sub(context), place.saturating_add(context));
        let around = all.get(first..=last.min(all.len() - 1)).unwrap_or_default();
        if around.iter().any(changed) {
            if gap {
                shown.push(Line { tag: Tag::Gap, text: "...".to_owned() });
            }
            shown.push(line.clone());
        }
        gap = !around.iter().any(changed);
    }
    if gap && !shown.is_empty() {
        shown.push(Line { tag: Tag::Gap, text: "...".to_owned() });
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, after: &str, context: Option<usize>, expected: &str) {
        let found: Vec<String> = lines(before, after, context)
            .into_iter()
            .map(|line| {
                let sign = match line.tag {
                    Tag::Same => " ",
                    Tag::Removed => "-",
                    Tag::Added => "+",
                    Tag::Gap => "~",
                };
                format!("{sign}{}", line.text)
            })
            .collect();
        assert_eq!(found.join(" "), expected, "{before:?} {after:?}");
    }

    #[test]
    fn lines_are_told_apart() {
        check("a\nb\nc\n", "a\nx\nc\n", None, " a -b +x  c");
        check("", "a\n", None, "+a");
        check("a\n", "", None, "-a");
    }

    #[test]
    fn far_lines_are_left_out() {
        let before = "1\n2\n3\n4\n5\n6\n7\n";
        check(before, "1\n2\n3\nx\n5\n6\n7\n", Some(1), "~...  3 -4 +x  5 ~...");
        check(before, "x\n2\n3\n4\n5\n6\ny\n", Some(0), "-1 +x ~... -7 +y");
        check(before, before, Some(3), "");
    }
}
