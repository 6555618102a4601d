{{/* The name of all objects: the release's, followed by the chart's where it does not say so already. */}}
{{- define "guestbook.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains .Chart.Name .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "guestbook.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- include "guestbook.fullname" . }}
{{- else }}
{{- required "serviceAccount.name is needed when serviceAccount.create is false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* The labels that select pods never change in the life of a release. Takes a list: the root and the component. */}}
{{- define "guestbook.selector" -}}
{{- $root := first . -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ last . }}
{{- end }}

{{/* The labels of objects. Takes the same list. */}}
{{- define "guestbook.labels" -}}
{{- $root := first . -}}
{{ include "guestbook.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- range $name, $text := $root.Values.commonLabels }}
{{ $name }}: {{ $text | quote }}
{{- end }}
{{- end }}

{{- define "guestbook.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  capabilities:
    drop:
      - ALL
{{- end }}

{{/* A probe of a path; whatever else it has is passed on. */}}
{{- define "guestbook.probe" -}}
httpGet:
  path: {{ .path }}
  port: http
{{- with omit . "path" }}
{{ toYaml . }}
{{- end }}
{{- end }}
