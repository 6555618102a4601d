//! Which line of a template printed which part of its output.

/// What a template printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// The text.
    pub text: String,
    /// Where it comes from.
    pub lines: Lines,
}

/// The lines of a template that printed its output. What a partial printed counts as printed by the line
/// that calls it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// From which byte of the output on which line printed; ascending.
    from: Vec<(usize, usize)>,
}

impl Lines {
    /// Returns the lines of a text that is printed as it is.
    #[must_use]
    pub fn verbatim(text: &str) -> Self {
        let mut lines = Self::default();
        lines.copied(0, text, 1);
        lines
    }

    /// Returns the line of the template, from one, that printed the byte `offset` of the output.
    #[must_use]
    pub fn at(&self, offset: usize) -> Option<usize> {
        let after = self.from.partition_point(|(from, _)| *from <= offset);
        self.from.get(after.checked_sub(1)?).map(|(_, line)| *line)
    }

    /// Notes that `line` prints from `offset` on.
    pub(crate) fn printed(&mut self, offset: usize, line: usize) {
        match self.from.last_mut() {
            Some(last) if last.0 == offset => last.1 = line,
            Some(last) if last.1 == line => {}
            _ => self.from.push((offset, line)),
        }
    }

    /// Notes that `text`, which begins on `line`, is printed at `offset`.
    pub(crate) fn copied(&mut self, offset: usize, text: &str, line: usize) {
        self.printed(offset, line);
        for (more, (newline, _)) in text.match_indices('\n').enumerate() {
            self.printed(offset + newline + 1, line + more + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use funcs::FixedWorld;

    use super::*;
    use crate::{Context, Source, Templates};

    /// Renders a template and puts the line of the template before each line of the output.
    fn check(template: &str, expected: &str) {
        let partial = "a: 1\nb: 2\n";
        let sources =
            vec![Source::new("a.hbs", "app", template), Source::new("_p.hbs", "app", partial)];
        let templates = Templates::compile(sources).unwrap();
        let data = value::json::from_str(r#"{"yes":true,"list":[1,2],"text":"x\ny"}"#).unwrap();
        let context = Context { data, files: Arc::new(BTreeMap::new()) };
        let Printed { text, lines } =
            templates.render("a.hbs", &context, &FixedWorld::new()).unwrap();
        let mut offset = 0;
        let mut told = String::new();
        for line in text.split_inclusive('\n') {
            told.push_str(&lines.at(offset).unwrap().to_string());
            told.push(' ');
            told.push_str(line);
            offset += line.len();
        }
        assert_eq!(told, expected, "{template}");
    }

    #[test]
    fn each_line_of_the_output_knows_the_line_that_printed_it() {
        check("a\n\nb\n", "1 a\n2 \n3 b\n");
        check("\n\n a\n{{text}}\nb\n", "1 \n2 \n3  a\n4 x\n4 y\n5 b\n");
        check("{{#if yes}}\n  a\n{{/if}}\nb\n", "2   a\n4 b\n");
        check(
            "a\n{{#if yes}}\n\n  {{text}}\n\n{{else}}\nc\n{{/if}}\n\nb\n",
            "1 a\n3 \n4   x\n4 y\n5 \n9 \n10 b\n",
        );
        check("{{#each list}}\n- {{this}}\n{{/each}}\nb\n", "2 - 1\n2 - 2\n4 b\n");
        check("{{! x }}\na\n{{> p}}\nb\n", "2 a\n3 a: 1\n3 b: 2\n4 b\n");
        check("{{~text~}}\n\na: {{~ text}}\n", "1 x\n1 ya:x\n3 y\n");
    }

    #[test]
    fn texts_of_no_engine_are_their_own_lines() {
        let lines = Lines::verbatim("ab\nc\n");
        let check = |offset, line| assert_eq!(lines.at(offset), Some(line), "{offset}");
        check(0, 1);
        check(2, 1);
        check(3, 2);
        check(99, 3);
        assert_eq!(Lines::default().at(0), None);
    }
}
