{{/* Takes a list: the root and the component. */}}
{{- define "batch.labels" -}}
{{- $root := first . -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ last . }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
{{- end }}
