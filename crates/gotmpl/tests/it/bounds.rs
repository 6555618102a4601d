//! Bounds: whatever a template does, it ends, with an error that names it.

use std::sync::Arc;

use gotmpl::{Cache, ErrorKind, Limit, Limits, Options, TemplateSet, Unit, Value};

use crate::host::{Host, funcs};

fn run(text: &str, limits: Limits) -> Result<String, gotmpl::Error> {
    let funcs = Arc::new(funcs());
    let mut set = TemplateSet::new("root");
    set.parse(&funcs, "main", text.as_bytes())?;
    let options = Options { limits, ..Options::default() };
    let host = Host { cache: Cache::new(funcs, 1 << 20) };
    let output = Arc::new(set).execute("main", Value::Nil, &options, &host)?;
    Ok(output.into_text())
}

fn check(text: &str, limits: Limits, want: Limit) {
    let error = run(text, limits).expect_err("there is a bound");
    assert_eq!(error.limit(), Some(want), "{text}: {}", shortened(&error));
    assert!(error.to_string().contains("main"), "{}", shortened(&error));
}

fn shortened(error: &gotmpl::Error) -> String {
    error.to_string().chars().take(300).collect()
}

#[test]
fn endless_loops_run_out_of_steps() {
    let limits = || Limits { steps: 10_000, ..Limits::default() };
    check("{{range 1000000000}}{{end}}", limits(), Limit::Steps);
    check("{{range 1000}}{{range 1000}}{{end}}{{end}}", limits(), Limit::Steps);
    check("{{range 1000000000}}{{$x := add 1 2}}{{end}}", limits(), Limit::Steps);
}

#[test]
fn output_is_bounded_wherever_it_goes() {
    let limits = || Limits { output: 100_000, ..Limits::default() };
    check("{{range 1000000}}abc{{end}}", limits(), Limit::Output);
    check(r#"{{$x := "a"}}{{range 100}}{{$x = print $x $x}}{{end}}"#, limits(), Limit::Output);
    check(r#"{{printf "%999999d%999999d" 1 2}}"#, limits(), Limit::Output);
    check(
        r#"{{define "a"}}{{range 1000000}}abc{{end}}{{end}}{{include "a" .}}"#,
        limits(),
        Limit::Output,
    );
    check("{{$l := list 1}}{{range 100}}{{$l = list $l $l}}{{end}}{{$l}}", limits(), Limit::Output);
    check(
        "{{$l := list 1}}{{range 100}}{{$l = list $l $l}}{{end}}{{len (print $l)}}",
        limits(),
        Limit::Output,
    );
    check(r#"{{$d := dict}}{{$_ := set $d "d" $d}}{{$d}}"#, limits(), Limit::Output);
    let error = run(r#"{{$d := dict}}{{$_ := set $d "d" $d}}{{eq $d (list)}}"#, limits());
    assert!(error.expect_err("they are of different kinds").to_string().len() < 100_000);
}

#[test]
fn what_is_held_is_bounded_and_what_was_dropped_does_not_count() {
    let limits = || Limits { memory: 2 << 20, ..Limits::default() };
    let large = r#"(printf "%99999d" 1)"#;
    let check_all = |text: &str| check(&text.replace("LARGE", large), limits(), Limit::Memory);
    check_all("{{$l := list}}{{range 1000}}{{$l = list $l LARGE}}{{end}}");
    check_all("{{$d := dict}}{{range $i := 1000}}{{$_ := set $d (print $i) LARGE}}{{end}}");
    check_all(r#"{{define "a"}}{{template "a" LARGE}}{{end}}{{template "a"}}"#);
    check_all(&format!("{{{{$_ := list {}}}}}", "LARGE ".repeat(100)));
    check_all(&("{{with LARGE}}".repeat(100) + &"{{end}}".repeat(100)));
    let dropped = "{{range 200}}{{$l := list . LARGE}}{{end}}".replace("LARGE", large);
    assert_eq!(run(&dropped, limits()).expect("none is kept"), "");
    let shared = "{{$x := LARGE}}{{$l := list}}{{range 200}}{{$l = list $l (print $x) $x}}{{$l = list $x}}{{end}}";
    assert_eq!(run(&shared.replace("LARGE", large), limits()).expect("few are kept"), "");
}

#[test]
fn large_texts_and_lists_cost_more_steps_than_small_ones() {
    let limits = || Limits { steps: 1_000_000, ..Limits::default() };
    let large = r#"{{$x := printf "%999999d" 1}}{{range 1000}}{{$_ := CALL}}{{end}}"#;
    for call in ["eq $x $x", "print $x", "upper $x", "list (html $x)"] {
        check(&large.replace("CALL", call), limits(), Limit::Steps);
    }
    for call in ["len $x", "not $x"] {
        assert_eq!(run(&large.replace("CALL", call), limits()).expect("it costs nothing"), "");
    }
}

#[test]
fn templates_may_call_each_other_only_so_deeply() {
    let limits = || Limits { depth: 50, ..Limits::default() };
    check(r#"{{define "a"}}{{template "a"}}{{end}}{{template "a"}}"#, limits(), Limit::Depth);
    check(r#"{{define "a"}}{{include "a" .}}{{end}}{{template "a"}}"#, limits(), Limit::Depth);
    check(
        r#"{{define "a"}}{{tpl "{{include `a` .}}" .}}{{end}}{{include "a" .}}"#,
        limits(),
        Limit::Depth,
    );
    let error = run(r#"{{define "a"}}{{template "a"}}{{end}}{{template "a"}}"#, limits())
        .expect_err("there is a bound");
    assert_eq!(
        error.to_string(),
        "template: main:1:25: executing \"a\" at <{{template \"a\"}}>: exceeded maximum template depth (50)"
    );
    assert_eq!(error.trace().len(), 51);
}

#[test]
fn the_native_stack_is_never_used_up() {
    let limits = Limits::default;
    check(r#"{{define "a"}}{{template "a"}}{{end}}{{template "a"}}"#, limits(), Limit::Stack);
    check(r#"{{define "a"}}{{include "a" .}}{{end}}{{include "a" .}}"#, limits(), Limit::Stack);
    let deep = |open: &str, close: &str, n: usize| open.repeat(n) + "{{1}}" + &close.repeat(n);
    for n in [1_000, 100_000] {
        check(&deep("{{if true}}", "{{end}}", n), limits(), Limit::Stack);
        check(&deep("{{if false}}{{else if true}}", "{{end}}", n), limits(), Limit::Stack);
        check(
            &format!("{{{{{}1{}}}}}", "(".repeat(n + 1), ")".repeat(n + 1)),
            limits(),
            Limit::Stack,
        );
        check(&deep(r#"{{block "a" .}}"#, "{{end}}", n + 1), limits(), Limit::Stack);
    }
    let text = deep("{{if true}}", "{{end}}", 200);
    assert_eq!(run(&text, limits()).expect("not that deep"), "1");
    let chain = "{{if false}}".to_owned() + &"{{else if false}}".repeat(200) + "{{else}}x{{end}}";
    assert_eq!(run(&chain, limits()).expect("not that deep"), "x");
}

/// Runs with a large stack, as a host does that renders what it does not know.
fn run_with_large_stack(text: String) -> Result<String, gotmpl::Error> {
    let limits = Limits { stack: 56 << 20, ..Limits::default() };
    let thread = std::thread::Builder::new().stack_size(64 << 20);
    let thread = thread.spawn(move || run(&text, limits)).expect("a thread starts");
    thread.join().expect("it ends")
}

#[test]
fn a_larger_stack_takes_a_deeper_recursion() {
    let recursion = |end: &str| {
        let filler = "{{/* a long file */}}".repeat(2_000);
        let body = r#"{{if lt . 1000}}{{include "a" (add . 1) | print}}{{else}}END{{end}}"#;
        let body = body.replace("END", end);
        format!("{filler}{{{{define \"a\"}}}}{body}{{{{end}}}}{{{{include \"a\" 0}}}}")
    };
    assert_eq!(run_with_large_stack(recursion("{{.}}")).expect("not that deep"), "1000");
    let error = run_with_large_stack(recursion("{{.x}}")).expect_err("there is no field");
    assert_eq!(error.innermost().message(), "can't evaluate field x in type int");
    assert_eq!(error.innermost().trace().len(), 1002);
    assert_eq!(error.to_string().matches("error calling include").count(), 1001);
}

#[test]
fn nested_values_are_dropped_one_by_one() {
    let text = "{{$l := list}}{{range 200000}}{{$l = list $l}}{{end}}{{len $l}}";
    assert_eq!(run(text, Limits::default()).expect("nothing is printed"), "1");
    let text =
        r#"{{$d := dict}}{{range 200000}}{{$n := dict}}{{$_ := set $n "d" $d}}{{$d = $n}}{{end}}"#;
    assert_eq!(run(text, Limits::default()).expect("nothing is printed"), "");
}

#[test]
fn a_file_has_only_so_many_nodes() {
    check(&"{{1}}".repeat(300_000), Limits::default(), Limit::Memory);
    let text = "{{1}}text".repeat(100);
    let unit = Unit::parse(&Arc::new(funcs()), "main", text.as_bytes()).expect("it is a template");
    assert!((300..1000).contains(&unit.nodes()), "{}", unit.nodes());
}

#[test]
fn an_error_tells_the_way_to_it() {
    let text = "{{define \"a\"}}\n {{include \"b\" .}}{{end}}{{define \"b\"}}{{.x.y}}{{end}}x{{template \"a\" 1}}";
    let error = run(text, Limits::default()).expect_err("there is no field");
    assert_eq!(error.kind(), ErrorKind::Execute);
    assert_eq!(error.message(), "error calling include");
    let inner = error.innermost();
    assert_eq!(inner.message(), "can't evaluate field x in type int");
    let calls: Vec<_> =
        inner.trace().iter().map(|call| (&*call.template, call.line, call.column)).collect();
    assert_eq!(calls, [("main", 0, 0), ("a", 2, 66), ("b", 2, 3)]);
    let place = inner.place().expect("it has a place");
    assert_eq!((&*place.file, &*place.template, &*place.context), ("main", "b", ".x.y"));
    assert_eq!((place.line, place.column, place.span.start), (2, Some(43), 58));
}

#[test]
fn an_error_knows_what_the_template_saw() {
    let text = "{{define \"b\"}}{{$y := 5}}{{if 1}}{{with .k}}{{$x := .}}{{$x.z}}{{end}}{{end}}{{end}}\
                {{$x := 7}}{{include \"b\" (dict \"k\" 1)}}";
    let error = run(text, Limits::default()).expect_err("there is no field");
    assert!(error.scene().is_none());
    let scene = error.innermost().scene().expect("something was executed");
    assert_eq!(scene.dot.as_int(), Some(1));
    let names: Vec<&str> = scene.variables.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["$", "$x", "$y"]);
    let error = run("{{with 1}}{{include \"none\" .}}{{end}}", Limits::default());
    let error = error.expect_err("there is no such template");
    assert_eq!((error.kind(), error.innermost().kind()), (ErrorKind::Execute, ErrorKind::Missing));
    assert_eq!(
        (error.located().trace().len(), error.located().message()),
        (1, "error calling include")
    );
    assert_eq!(error.located().scene().expect("it was executed").dot.as_int(), Some(1));
    let shadowed = "{{$x := 1}}{{if 1}}{{$x := 2}}{{$x.z}}{{end}}";
    let error = run(shadowed, Limits::default()).expect_err("there is no field");
    assert_eq!(error.scene().expect("it was executed").variables.len(), 1);
}

#[test]
fn a_block_without_end_is_known_by_its_beginning() {
    let opened = |text: &str| {
        let error = run(text, Limits::default()).expect_err("it has no end");
        error.place().and_then(|place| place.opened)
    };
    assert_eq!(opened("a {{if 1}}{{range 2}}{{end}}"), Some(2));
    assert_eq!(opened("{{if 1}}{{else}}"), Some(8));
    assert_eq!(opened("{{if 1}}{{end}}{{define \"a\"}}x"), Some(15));
    assert_eq!(opened("{{if}}"), None);
}

#[test]
fn texts_are_parsed_once() {
    let cache = Cache::new(Arc::new(funcs()), 2000);
    let parse = |text: &str| cache.parse("x", text.as_bytes()).expect("it is a template");
    let first = parse("{{1}}");
    assert!(Arc::ptr_eq(&first, &parse("{{1}}")));
    parse("{{1}}{{2}}{{3}}{{4}}");
    assert!(!Arc::ptr_eq(&first, &parse("{{1}}")));
}

#[test]
fn the_source_map_says_what_comes_from_where() {
    let funcs = Arc::new(funcs());
    let mut set = TemplateSet::new("root");
    let text = b"one {{.}} {{template \"b\" .}}{{include \"b\" .}}";
    set.parse(&funcs, "a", text).expect("it is a template");
    set.parse(&funcs, "b", b"<{{upper .}}>").expect("it is a template");
    let options = Options { source_map: true, ..Options::default() };
    let output = Arc::new(set).execute("a", Value::from("x"), &options, &()).expect("it prints");
    let check = |offset: usize, file: &str, start: u32| {
        let segment = output.segment_at(offset).expect("it comes from somewhere");
        assert_eq!((&*segment.file, segment.span.start), (file, start), "offset {offset}");
    };
    assert_eq!(output.bytes, b"one x <X><X>");
    check(0, "a", 0);
    check(4, "a", 6);
    check(5, "a", 9);
    check(6, "b", 0);
    check(7, "b", 3);
    check(9, "a", 30);
    check(11, "a", 30);
}

#[test]
fn executions_run_side_by_side() {
    let funcs = Arc::new(funcs());
    let text = br#"{{range $i, $x := .l}}{{$i}}{{$x.a}}{{end}}{{$_ := set . "z" 1}}"#;
    let mut set = TemplateSet::new("root");
    set.add(&Unit::parse(&funcs, "main", text).expect("it is a template"));
    let set = Arc::new(set);
    let plain = value::json::from_str(r#"{"l":[{"a":1},{"a":2}]}"#).expect("it is JSON");
    let data = Value::from_plain(&plain, gotmpl::Integers::Int64);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..200 {
                    let output = set.execute("main", data.clone(), &Options::default(), &());
                    assert_eq!(output.expect("it prints").bytes, b"0112");
                }
            });
        }
    });
}
