//! Random charts: the same input gives the same bytes, on whatever thread a template is executed.

use std::sync::Arc;

use chart::File;
use proptest::prelude::*;
use render::{FixedWorld, RenderOptions, Target, World};
use value::Value;

/// What prints the same wherever it stands.
const FREE: &[&str] = &[
    "{{ .Values.list | toYaml | nindent 4 }}",
    "{{ include \"name\" . }}",
    "{{ range $k, $v := .Values.map }}{{ $k }}={{ $v }} {{ end }}",
    "{{ $d := dict \"a\" 1 }}{{ $d = mustDeepCopy $d }}{{ toJson $d }}",
    "{{ .Template.Name }} {{ .Release.Name }} {{ .Chart.Version }}",
    "{{ printf \"%v\" .Values.map | sha256sum }}",
    "{{ (.Files.Get \"files/a\") | b64enc }}",
    "{{ with .Values.none }}{{ . }}{{ else }}nothing{{ end }}",
];

/// What changes something for those after it, or draws from a source that gives each something else.
const ORDERED: &[&str] = &[
    "{{ randAlphaNum 8 }}",
    "{{ $_ := set .Values.map \"n\" (add (default 0 .Values.map.n) 1) }}{{ .Values.map.n }}",
    "{{ tpl \"{{ randNumeric 5 }} {{ .Values.list }}\" . }}",
    "{{ uuidv4 }} {{ now | unixEpoch }}",
    "{{ $_ := mergeOverwrite .Values (dict \"list\" (list .Template.Name)) }}",
    "{{ include \"draws\" . }}",
];

fn snippet() -> impl Strategy<Value = String> {
    let free = prop::sample::select(FREE);
    let ordered = prop::sample::select(ORDERED);
    let piece = prop_oneof![12 => free, 1 => ordered];
    prop::collection::vec(piece, 1..4).prop_map(|pieces| pieces.join("\n"))
}

fn rendered(templates: &[String]) -> Vec<(String, String)> {
    let helpers = "{{ define \"name\" }}{{ .Chart.Name | upper }}-{{ .Values.map.k }}{{ end }}\
                   {{ define \"draws\" }}{{ randAlpha 3 }}{{ end }}";
    let mut files = vec![
        File::new("Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n"),
        File::new("values.yaml", "list: [1, two, {three: 3}]\nmap: {k: v, l: 1.5}\n"),
        File::new("files/a", "text"),
        File::new("templates/_helpers.tpl", helpers),
    ];
    for (number, template) in templates.iter().enumerate() {
        // Text that the reader of manifests leaves alone.
        let text = format!("text: |2-\n  {}\n", template.replace('\n', "\n  "));
        files.push(File::new(format!("templates/t{number:03}.txt"), text));
    }
    let chart = chart::load_files(files).expect("a chart");
    let world: Arc<dyn World> = Arc::new(FixedWorld::new());
    let (target, options) = (Target::install("rel", "ns"), RenderOptions::default());
    let rendered = render::render(&chart, &Value::map(), &target, &options, &world).expect("text");
    rendered.files.into_iter().map(|(path, text)| (path, text.to_string())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_same_chart_prints_the_same_bytes(templates in prop::collection::vec(snippet(), 1..70)) {
        let once = rendered(&templates);
        prop_assert_eq!(&once, &rendered(&templates));
        // Alone no template has others beside it.
        let is_free = |text: &str| !ORDERED.iter().any(|ordered| text.contains(ordered));
        if templates.iter().all(|text| is_free(text))
            && let Some((_, text)) = once.iter().find(|(path, _)| path.ends_with("t000.txt"))
        {
            let alone = rendered(templates.get(..1).unwrap_or_default());
            prop_assert!(alone.iter().any(|(_, other)| other == text));
        }
    }
}
