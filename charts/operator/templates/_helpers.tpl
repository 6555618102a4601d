{{/* The chart's name, or what replaces it. */}}
{{- define "chartctl-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{/* The name of the objects, with room for endings. */}}
{{- define "chartctl-operator.fullname" -}}
{{- $name := include "chartctl-operator.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "chartctl-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "chartctl-operator.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* The ServiceAccount, as a binding names it. */}}
{{- define "chartctl-operator.subjects" -}}
subjects:
  - kind: ServiceAccount
    name: {{ include "chartctl-operator.serviceAccountName" . }}
    namespace: {{ .Release.Namespace }}
{{- end }}

{{/* The labels that select pods never change in the life of a release. */}}
{{- define "chartctl-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "chartctl-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "chartctl-operator.labels" -}}
{{ include "chartctl-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "chartctl-operator.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* What the operator itself needs for the objects in the namespaces that it looks after. */}}
{{- define "chartctl-operator.rules" -}}
- apiGroups: [chartctl.dev]
  resources: [releases]
  verbs: [get, list, watch, patch]
- apiGroups: [chartctl.dev]
  resources: [releases/status]
  verbs: [patch]
- apiGroups: [chartctl.dev]
  resources: [releases/finalizers]
  verbs: [update]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, create, update, patch, delete]
{{- end }}
