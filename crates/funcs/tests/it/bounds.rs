//! Bounds: whatever a chart calls, the call ends, and soon, with an error that says why.

use std::sync::Arc;

use funcs::table::{Host, funcs};
use funcs::{FixedWorld, World};
use gotmpl::{Limits, Options, TemplateSet, Value};

struct Fixed(FixedWorld);

impl Host for Fixed {
    fn world(&self) -> &dyn World {
        &self.0
    }
}

const STEPS: &str = "the template takes too many steps";
const LARGE: &str = "the result would be too large";
const DEEP: &str = "the value is nested too deeply or contains itself";

/// Few steps, so that tests are quick.
const FEW: u64 = 100_000;
const MANY: u64 = 5_000_000;

fn run(template: &str, steps: u64) -> Result<String, String> {
    let mut all = gotmpl::Funcs::new();
    all.extend(funcs::<Fixed>());
    let mut set = TemplateSet::new("case");
    set.parse(&Arc::new(all), "case", template.as_bytes()).map_err(|error| error.to_string())?;
    let limits = Limits { steps, output: 1 << 20, memory: 64 << 20, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let output = Arc::new(set).execute("case", Value::Nil, &options, &Fixed(FixedWorld::new()));
    output.map(gotmpl::Output::into_text).map_err(|error| error.to_string())
}

fn check(template: &str, want: &str) {
    check_within(if want == STEPS { FEW } else { MANY }, template, want);
}

fn check_within(steps: u64, template: &str, want: &str) {
    let error = run(template, steps).expect_err(template);
    let shown: String = error.chars().take(500).collect();
    assert!(error.starts_with("template: case:1:"), "{template}: {shown}");
    assert!(
        error.ends_with(want) || error.contains(&format!("{want}: the limit is")),
        "{template}: {shown}"
    );
}

fn check_fine(template: &str, want: &str) {
    assert_eq!(run(template, FEW).as_deref(), Ok(want), "{template}");
}

/// Checks calls in which `L` and `M` are lists, and `D` and `E` maps, with two of the next level in each
/// level: equal, and larger than any computer if somebody writes them out.
fn check_endless(call: &str, want: &str) {
    let setup = "{{$L := list 1}}{{$M := list 1}}{{$D := dict}}{{$E := dict}}{{range 60}}\
                 {{$L = list $L $L}}{{$M = list $M $M}}\
                 {{$D = dict \"a\" $D \"b\" $D}}{{$E = dict \"a\" $E \"b\" $E}}{{end}}";
    check(&format!("{setup}{{{{$_ := {call}}}}}"), want);
}

#[test]
fn what_is_in_many_places_at_once_is_never_written_out() {
    for call in ["toJson $L", "toYaml $D", "toYamlPretty $L"] {
        check_endless(call, LARGE);
    }
    check_endless("toToml $D", LARGE);
    check_endless("deepCopy $D", STEPS);
    check_endless("merge $D $E", STEPS);
    check_endless("mergeOverwrite $D $E", STEPS);
    check_endless("deepEqual $L $M", STEPS);
    check_endless("uniq (list $D $E)", STEPS);
    check_endless("has $D (list $E)", STEPS);
    check_endless("without (list $D) $E", STEPS);
    let text = "the template prints too much";
    check_endless("quote $L", text);
}

#[test]
fn what_contains_itself_is_refused_or_left_out_as_in_go() {
    let itself =
        |call: &str| format!("{{{{$d := dict}}}}{{{{$_ := set $d \"d\" $d}}}}{{{{{call}}}}}");
    check_fine(&itself("toJson $d"), "");
    check_fine(&itself("toYaml $d"), "");
    check(&itself("mustToJson $d"), "json: unsupported value: encountered a cycle");
    check(&itself("mustToToml $d"), DEEP);
    check(&itself("deepCopy $d"), DEEP);
    let other = "{{$e := dict}}{{$_ := set $e \"d\" $e}}";
    check(&format!("{other}{}", itself("merge $d $e")), DEEP);
    check(&format!("{other}{}", itself("deepEqual $d $e")), DEEP);
    check_fine(&itself("deepEqual $d $d"), "true");
}

#[test]
fn no_function_makes_too_much_at_once() {
    for call in [
        r#"repeat 999999999 "abc""#,
        r#"indent 999999999 "a""#,
        r#"nindent 99999 (repeat 999 "\n")"#,
        r#"replace "" (repeat 9999 "x") (repeat 9999 "y")"#,
        "until 99999999",
        "untilStep 0 99999999 1",
        "seq 99999999",
        "randAlpha 999999999",
        "randBytes 999999999",
        r#"regexReplaceAll "" (repeat 9999 "x") (repeat 9999 "y")"#,
        r#"splitList "" (repeat 1100000 "a")"#,
        r#"fromYaml (repeat 9000000 " ")"#,
        r#"fromJson (repeat 9000000 " ")"#,
    ] {
        check(&format!("{{{{$_ := {call}}}}}"), LARGE);
    }
    let setup = "{{$x := repeat 9999999 \"a\"}}{{$l := list $x $x $x $x}}";
    for call in ["join \"\" $l", "sortAlpha $l", "toStrings $l", "toYaml $l", "cat $x $x"] {
        check(&format!("{setup}{{{{$_ := {call}}}}}"), LARGE);
    }
    check(r#"{{printf "%999999d%999999d" 1 1}}"#, "the template prints too much");
    check(r#"{{$x := repeat 999999 "\u0000"}}{{$_ := js $x}}"#, "the template prints too much");
}

#[test]
fn no_loop_of_expensive_calls_goes_on_for_long() {
    let setup = r#"{{$t := repeat 99999 "ab "}}{{$l := until 9999}}{{$d := dict}}{{range until 999}}{{$_ := set $d (print .) .}}{{end}}"#;
    for call in [
        "contains \"ba\" $t",
        "upper $t",
        "sha256sum $t",
        "b64enc $t",
        "wrap 80 $t",
        "title $t",
        "snakecase $t",
        "regexMatch \"(a|b)*c\" $t",
        "uniq $l",
        "has -1 $l",
        "reverse $l",
        "append $l 1",
        "sortAlpha $l",
        "keys $d",
        "values $d",
        "omit $d \"1\"",
        "deepCopy $d",
        "toYaml $d",
        "merge (dict) $d",
        "range $d",
    ] {
        let call = match call {
            "range $d" => "{{range $d}}{{break}}{{end}}".to_owned(),
            call => format!("{{{{$_ := {call}}}}}"),
        };
        let loops = format!("{setup}{{{{range 100000}}}}{call}{{{{end}}}}");
        check(&loops, STEPS);
    }
}

#[test]
fn expressions_that_are_slow_on_some_texts_pay_for_it() {
    let text = r#"{{$t := repeat 49999 "ab"}}"#;
    check(&format!(r#"{text}{{{{regexFindAll "(a|b)*a(a|b){{500}}c" $t -1}}}}"#), STEPS);
    check(&format!(r#"{text}{{{{regexReplaceAll "(?s:.*c)|a|b" $t "x"}}}}"#), STEPS);
    check(
        r#"{{mustRegexMatch (repeat 99999 "x") "x"}}"#,
        "error parsing regexp: expression too large",
    );
    let many = r#"{{range until 99999}}{{$_ := regexMatch (printf "%d[a-z]{9,99}" .) "x"}}{{end}}"#;
    check(many, STEPS);
    let large = r#"{{mustRegexMatch "(((x{10}){10}){10}){10}" "x"}}"#;
    check(large, "error parsing regexp: invalid repeat count: `{10}`");
    check_fine(r#"{{regexReplaceAll "[^a-z0-9]+" (repeat 9 "A b") "-"}}"#, &"-b".repeat(9));
}

#[test]
fn growing_values_come_to_an_end() {
    let held = "the template keeps too much in memory";
    check("{{$l := list}}{{range 1000}}{{$l = append $l (repeat 999999 \"a\")}}{{end}}", held);
    check(
        "{{$d := dict}}{{range until 1000}}{{$_ := set $d (print .) (until 99999)}}{{end}}",
        held,
    );
    check(
        "{{$x := \"a\"}}{{range 100}}{{$x = print $x $x}}{{end}}",
        "the template prints too much",
    );
    check("{{$x := \"a\"}}{{range 100}}{{$x = cat $x $x}}{{end}}", LARGE);
    check("{{$l := list 1}}{{range 100}}{{$l = concat $l $l}}{{end}}", LARGE);
}
